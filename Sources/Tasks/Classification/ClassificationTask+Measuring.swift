import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Runs

extension ClassificationTask {
  public var monitored: String { form.isMultiLabel ? "micro_f1" : "accuracy" }

  /// Accuracy or F1, with the table of all classes.
  public func evaluate(_ data: SequenceDataset) -> Evaluation {
    switch data.targets {
    case .classes(let classes, _): evaluate(data, classes)
    case .labels(let sets, _): evaluate(data, sets)
    default: preconditionFailure("no classes")
    }
  }

  private func evaluate(
    _ data: SequenceDataset, _ classes: LongList<Int32>
  ) -> Evaluation {
    var matrix = ConfusionMatrix(classes: labels.names + data.unseen)
    let (sum, _) = core.reader.read(data) { reading in
      matrix.add(
        truth: Int(classes[reading.example]), prediction: reading.outputs[0].indexOfMaximum)
    }
    // Of a label that was never trained no probability is known.
    let loss = sum / Double(classes.count { $0 < labels.count })
    var evaluation = Evaluation(
      score: Score(
        loss: loss,
        figures: [
          .init("accuracy", matrix.accuracy, .share, .higherIsBetter),
          .init("macro_f1", matrix.macroF1, .share, .higherIsBetter),
        ], decidedBy: "accuracy", count: matrix.exampleCount,
        text: String(
          format: "%.4f nats  accuracy %.2f %%  macro F1 %.2f", loss, 100 * matrix.accuracy,
          100 * matrix.macroF1)),
      report: matrix.table, details: [.init("scores", matrix.json)] + unseen(data))
    evaluation.confusion = matrix
    return evaluation
  }

  private func evaluate(
    _ data: SequenceDataset, _ sets: RaggedList<Int32>
  ) -> Evaluation {
    var scores = MultiLabelScores(labels: labels.names + data.unseen)
    let never = data.unseen.map { _ in Float(0) }
    let (sum, count) = core.reader.read(data) { reading in
      scores.add(
        truth: Array(sets[reading.example]), probabilities: probabilities(reading) + never)
    }
    let loss = sum / Double(count)
    return Evaluation(
      score: Score(
        loss: loss,
        figures: [
          .init("micro_f1", scores.overall.f1, .share, .higherIsBetter),
          .init("macro_f1", scores.macroF1, .share, .higherIsBetter),
          .init("exact_match", scores.exactMatch, .share, .higherIsBetter),
        ], decidedBy: "micro_f1", count: count,
        text: String(
          format: "%.4f nats  micro F1 %.2f  macro F1 %.2f  all labels right %.2f %%", loss,
          100 * scores.overall.f1, 100 * scores.macroF1, 100 * scores.exactMatch)),
      details: [.init("scores", scores.json)] + unseen(data))
  }

  /// Labels that were never trained, where there are some.
  private func unseen(_ data: SequenceDataset) -> [JSONValue.Member] {
    data.unseen.isEmpty
      ? [] : [.init("unseen_labels", .array(data.unseen.map { .string($0) }))]
  }
}
