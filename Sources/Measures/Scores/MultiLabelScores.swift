import Interchange

/// Precision, recall and F1 of several labels an example, each predicted if its probability is at
/// least 0.5.
///
/// Counts only, so the order of the examples does not matter. A ratio without anything to divide by
/// is 0, as in scikit-learn; macro averages take the labels that occur in truth or prediction.
package struct MultiLabelScores: Sendable, Equatable {
  package struct Counts: Sendable, Equatable {
    /// Predicted and there.
    package fileprivate(set) var correct = 0
    package fileprivate(set) var predicted = 0
    package fileprivate(set) var present = 0

    package var precision: Double { ratio(correct, predicted) }
    package var recall: Double { ratio(correct, present) }
    package var f1: Double { ratio(2 * correct, predicted + present) }
  }

  package static let threshold = 0.5

  /// The name of each label.
  package let labels: [String]
  /// One a label.
  package private(set) var counts: [Counts]
  package private(set) var exampleCount = 0
  /// Examples all of whose labels are right.
  package private(set) var exactCount = 0

  package init(labels: [String]) {
    self.labels = labels
    counts = Array(repeating: Counts(), count: labels.count)
  }

  /// Takes one example into account: the labels that are there, as distinct ids, and the probability
  /// of each label. A probability that is not a number predicts nothing.
  package mutating func add(truth: some Collection<Int32>, probabilities: some Collection<Float>) {
    precondition(
      probabilities.count == labels.count,
      "\(probabilities.count) probabilities for \(labels.count) labels")
    var isPresent = [Bool](repeating: false, count: labels.count)
    for id in truth { isPresent[Int(id)] = true }
    var isExact = true
    for (index, probability) in probabilities.enumerated() {
      let isPredicted = Double(probability) >= Self.threshold
      if isPredicted { counts[index].predicted += 1 }
      if isPresent[index] { counts[index].present += 1 }
      if isPredicted, isPresent[index] { counts[index].correct += 1 }
      if isPredicted != isPresent[index] { isExact = false }
    }
    exampleCount += 1
    if isExact { exactCount += 1 }
  }

  /// All labels together: micro precision, recall and F1.
  package var overall: Counts {
    counts.reduce(into: Counts()) {
      $0.correct += $1.correct
      $0.predicted += $1.predicted
      $0.present += $1.present
    }
  }

  /// The mean F1 of the labels that occur in truth or prediction; NaN without any.
  package var macroF1: Double {
    let occurring = counts.filter { $0.present + $0.predicted > 0 }
    return occurring.reduce(0) { $0 + $1.f1 } / Double(occurring.count)
  }

  /// The share of examples all of whose labels are right; NaN without any.
  package var exactMatch: Double { Double(exactCount) / Double(exampleCount) }

  /// Labels that no example has.
  package var emptyLabels: [String] {
    labels.indices.filter { counts[$0].present == 0 }.map { labels[$0] }
  }

  /// Labels that a single example has.
  package var labelsSeenOnce: [String] {
    labels.indices.filter { counts[$0].present == 1 }.map { labels[$0] }
  }

  package var json: JSONValue {
    func members(_ counts: Counts) -> [JSONValue.Member] {
      [
        .init("precision", .number(counts.precision)), .init("recall", .number(counts.recall)),
        .init("f1", .number(counts.f1)), .init("examples", .integer(counts.present)),
        .init("predicted", .integer(counts.predicted)),
      ]
    }
    return .object([
      .init("examples", .integer(exampleCount)), .init("exact_match", .number(exactMatch)),
      .init("micro", .object(members(overall))), .init("macro_f1", .number(macroF1)),
      .init(
        "labels",
        .array(
          labels.indices.map {
            .object([.init("name", .string(labels[$0]))] + members(counts[$0]))
          })),
      .init("empty_labels", .array(emptyLabels.map { .string($0) })),
      .init("labels_seen_once", .array(labelsSeenOnce.map { .string($0) })),
    ])
  }
}
