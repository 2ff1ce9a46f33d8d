import Foundation
import Interchange
import Measures
import Runs

extension AnsweringTask {
  public var monitored: String { "accuracy" }

  /// The share of right answers, of all and of each file's.
  public func evaluate(_ examples: StoryData) -> Evaluation {
    var (all, tallies) = (Tally(), [Tally](repeating: Tally(), count: examples.files.count))
    let sum = read(examples, hasTargets: true) { reading in
      let question = examples.questions[reading.question]
      let isRight = reading.answer == Int(question.answer)
      all.add(isRight)
      tallies[question.file].add(isRight)
    }
    let loss = sum / Double(max(1, examples.questions.count { $0.answer >= 0 }))
    let files = zip(examples.files, tallies)
    let rows = files.map { file, tally in
      String(format: "%6.2f %%  %ld of %ld  ", tally.percent, tally.right, tally.count) + file
    }
    return Evaluation(
      score: Score(
        loss: loss, figures: [.init("accuracy", all.share, .share, .higherIsBetter)],
        decidedBy: "accuracy",
        // Wrong answers; of equals the smaller loss.
        standing: Standing(number: Double(all.count - all.right) + loss / (1 + loss)),
        count: all.count,
        text: String(format: "%.4f nats  accuracy %.2f %%", loss, all.percent)),
      report: (examples.warnings.map { "warning: \($0)" } + (rows.count > 1 ? rows : []))
        .joined(separator: "\n"),
      details: [
        .init(
          "files",
          .array(
            files.map { file, tally in
              [
                "file": .string(file), "accuracy": .number(tally.share),
                "count": .integer(tally.count),
              ]
            })), .init("unknown_answers", .integer(examples.unknown.count)),
      ])
  }
}

/// Right answers of some.
private struct Tally {
  var (right, count) = (0, 0)

  mutating func add(_ isRight: Bool) {
    count += 1
    if isRight { right += 1 }
  }

  var share: Double { Double(right) / Double(max(1, count)) }
  /// Not 100 times the share, which rounds otherwise.
  var percent: Double { Double(100 * right) / Double(max(1, count)) }
}
