import Foundation
import Interchange
import Measures
import Testing

/// Which of two scores is the better one, and what is remembered of it.
struct ScoreTests {
  private func score(_ figure: Figure, loss: Double = 1) -> Score {
    Score(loss: loss, figures: [figure], decidedBy: figure.key, count: 3, text: "")
  }

  @Test func theFigureThatDecidesDoesSoInItsDirection() {
    func accuracy(_ value: Double) -> Score {
      score(Figure("accuracy", value, .share, .higherIsBetter), loss: value)
    }
    func rate(_ value: Double) -> Score {
      score(Figure("wer", value, .share, .lowerIsBetter), loss: -value)
    }
    #expect(accuracy(0.6).isBetter(than: accuracy(0.5)))
    #expect(!accuracy(0.5).isBetter(than: accuracy(0.5)))
    #expect(rate(0.5).isBetter(than: rate(0.6)) && !rate(0.6).isBetter(than: rate(0.5)))
    #expect(!accuracy(.nan).isBetter(than: accuracy(0)))
    #expect(Score(loss: 2, count: 1, text: "").deciding == Figure("loss", 2, .nats, .lowerIsBetter))
  }

  /// torch.optim.lr_scheduler.ReduceLROnPlateau: a < best · (1 − threshold) in mode `min`,
  /// a > best · (1 + threshold) in mode `max`.
  @Test func progressIsAShareOfTheBestInEitherDirection() {
    func isProgress(_ value: Double, from best: Double, _ direction: Figure.Direction) -> Bool {
      Standing(Figure("x", value, .number, direction)).isBetter(
        than: Standing(Figure("x", best, .number, direction)), byShare: 0.1)
    }
    #expect(isProgress(0.89, from: 1, .lowerIsBetter) && !isProgress(0.91, from: 1, .lowerIsBetter))
    #expect(
      isProgress(1.11, from: 1, .higherIsBetter) && !isProgress(1.09, from: 1, .higherIsBetter))
    #expect(!isProgress(1, from: 1, .higherIsBetter) && isProgress(0.1, from: 0, .higherIsBetter))
  }

  /// Checkpoints of version 0.1 hold a plain number, negated where more is better.
  @Test func whatIsRememberedIsAPlainNumber() throws {
    let standing = score(Figure("f1", 0.875, .share, .higherIsBetter)).standing
    #expect(String(decoding: try JSONEncoder().encode([standing]), as: UTF8.self) == "[-0.875]")
    let read = try JSONDecoder().decode([Standing].self, from: Data("[-0.875, 2]".utf8))
    #expect(read == [standing, Standing(number: 2)])
  }

  @Test func peopleReadPercentAndMachinesShares() {
    let f1 = Figure("f1", 0.875, .share, .higherIsBetter)
    #expect(f1.text == "87.50 %")
    #expect(Figure("bleu", 31.25, .points, .higherIsBetter).text == "31.25")
    #expect(Figure("loss", 1.25, .nats, .lowerIsBetter).text == "1.2500 nats")
    #expect(
      Evaluation(score: score(f1)).json.description == #"{"loss":1.0,"f1":0.875,"count":3}"#)
  }
}
