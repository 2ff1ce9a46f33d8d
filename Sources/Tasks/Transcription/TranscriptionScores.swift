import Foundation
import Interchange
import Measures
import Networks

/// How many words and characters a transcriber gets wrong.
struct TranscriptionScores {
  private(set) var words = EditCounts()
  private(set) var characters = EditCounts()
  private let loss: Double
  private let count: Int
  private let infeasible: Int

  init(_ task: TranscriptionTask, _ data: TranscriptionExamples) {
    var (words, characters) = (EditCounts(), EditCounts())
    let (nats, labels) = task.read(data.utterances.sequences, targets: data.targets) {
      let (truth, found) = (data.texts[$0], task.alphabet.text(task.decoder.decode($1).classes))
      words.add(reference: truth.split(separator: " "), hypothesis: found.split(separator: " "))
      characters.add(
        reference: Array(truth.unicodeScalars), hypothesis: Array(found.unicodeScalars))
    }
    (self.words, self.characters) = (words, characters)
    loss = nats / Double(max(1, labels))
    count = data.count
    infeasible = data.infeasible.count
  }

  /// The word error rate picks the best weights, the character error rate decides between equals.
  var score: Score {
    Score(
      loss: loss,
      figures: [
        .init("wer", words.rate, .share, .lowerIsBetter),
        .init("cer", characters.rate, .share, .lowerIsBetter),
      ], decidedBy: "wer", standing: Standing(number: words.rate + 1e-6 * characters.rate),
      count: count,
      text: Figure.Unit.nats.text(loss) + "  WER " + Figure.Unit.share.text(words.rate)
        + "  CER " + Figure.Unit.share.text(characters.rate))
  }

  var evaluation: Evaluation {
    func line(_ name: String, _ counts: EditCounts) -> String {
      "\(name): \(counts.errors) errors in \(counts.referenceCount): "
        + "\(counts.substitutions) substitutions, \(counts.deletions) deletions, "
        + "\(counts.insertions) insertions"
    }
    var report = line("words", words) + "\n" + line("characters", characters)
    if infeasible > 0 {
      report +=
        "\n\(infeasible) of \(count) recordings are too short for their labels; "
        + "the loss leaves them out"
    }
    return Evaluation(
      score: score, report: report,
      details: [
        .init("words", words.json), .init("characters", characters.json),
        .init("infeasible", .integer(infeasible)),
      ])
  }
}
