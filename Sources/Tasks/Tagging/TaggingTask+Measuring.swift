import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Runs

extension TaggingTask {
  public var monitored: String { vocabularies.tags.learnt != nil ? "f1" : "accuracy" }

  /// Span F1 as conlleval computes it, or the share of right tags where tags are no spans.
  public func evaluate(_ examples: TaggingData) -> Evaluation {
    let tags = vocabularies.tags
    var scores = SpanScores()
    var intents = (right: 0, count: 0)
    var words: [TakenTag: Int] = [:]
    let (sum, count) = reader.read(examples) { reading in
      let sentence = examples.sentences[reading.sentence]
      let (truth, predicted) = (tags.truth(sentence.tags), tags.written(reading.tags))
      scores.add(truth: truth, predicted: predicted)
      for (truth, predicted) in zip(truth, predicted) {
        words[TakenTag(truth: truth, predicted: predicted), default: 0] += 1
      }
      guard let intent = reading.intent, sentence.intent != nil else { return }
      intents.count += 1
      if intent == examples.intents[reading.sentence] { intents.right += 1 }
    }
    let hasSpans = tags.learnt != nil
    var evaluation = Evaluation(
      score: score(loss: count > 0 ? sum / Double(count) : 0, scores, intents, hasSpans: hasSpans),
      report: hasSpans ? scores.report : "",
      details: (hasSpans ? [.init("scores", scores.json)] : []) + [
        .init("unknown_tags", .integer(examples.unknownTags.count)),
        .init("unknown_intents", .integer(examples.unknownIntents.count)),
      ]
    )
    evaluation.confusion = confusion(words)
    return evaluation.told(examples.warnings)
  }

  /// What was taken for what.
  private struct TakenTag: Hashable {
    let truth: String
    let predicted: String
  }

  /// Which tag was taken for which, and how often.
  private func confusion(_ words: [TakenTag: Int]) -> ConfusionMatrix? {
    let names = LabelSet(words.keys.lazy.flatMap { [$0.truth, $0.predicted] })
    guard names.count > 0 else { return nil }
    var matrix = ConfusionMatrix(classes: names.names)
    for (word, count) in words {
      guard let truth = names.id(word.truth), let predicted = names.id(word.predicted) else {
        continue
      }
      matrix.add(truth: Int(truth), prediction: Int(predicted), count: count)
    }
    return matrix
  }

  private func score(
    loss: Double, _ scores: SpanScores, _ intents: (right: Int, count: Int), hasSpans: Bool
  ) -> Score {
    var text = Figure.Unit.nats.text(loss)
    var figures: [Figure] = []
    if hasSpans {
      figures = [
        .init("f1", scores.overall.f1, .share, .higherIsBetter),
        .init("precision", scores.overall.precision, .share, .higherIsBetter),
        .init("recall", scores.overall.recall, .share, .higherIsBetter),
      ]
      text += String(format: "  F1 %.2f", scores.overall.f1Percent)
    }
    figures.append(.init("accuracy", scores.accuracy, .share, .higherIsBetter))
    text += String(format: "  accuracy %.2f %%", scores.accuracyPercent)
    if intents.count > 0 {
      let share = Double(intents.right) / Double(intents.count)
      figures.append(.init("intent_accuracy", share, .share, .higherIsBetter))
      text += String(
        format: "  intents %.2f %%", Double(100 * intents.right) / Double(intents.count))
    }
    return Score(
      loss: loss, figures: figures, decidedBy: hasSpans ? "f1" : "accuracy",
      // In percent, as the checkpoints of version 0.1 keep it.
      standing: Standing(
        number: hasSpans ? -scores.overall.f1Percent : -scores.accuracyPercent),
      count: scores.tokenCount, text: text)
  }
}
