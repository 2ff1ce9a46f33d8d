import Foundation
import Interchange

/// Which class was taken for which: accuracy, precision, recall and F1 of a classification.
///
/// Counts only, so the order of the examples does not matter. Classes without an example are
/// reported and count as scikit-learn counts them: the macro averages take the classes that occur
/// in truth or prediction.
///
/// Memory grows with the classes and with the pairs that occur, not with the square of the classes.
package struct ConfusionMatrix: Sendable, Equatable {
  /// Precision, recall and F1 of one class, 0 ... 1; 0 where there is nothing to divide by.
  package struct ClassScores: Sendable, Equatable {
    package let name: String
    package let precision: Double
    package let recall: Double
    package let f1: Double
    /// Examples of the class.
    package let present: Int
    /// Examples taken for the class.
    package let predicted: Int
  }

  private struct Cell: Hashable, Sendable {
    let truth: Int, prediction: Int
  }

  /// Of more classes nobody reads a square of numbers: the table then shows the classes alone, and
  /// JSON the cells that are not zero.
  package static let largestSquare = 1000

  /// The name of each class.
  package let classes: [String]
  /// Those that are not zero.
  private var counts: [Cell: Int] = [:]
  package private(set) var exampleCount = 0

  /// - Parameter classes: the name of each class id; at least one.
  package init(classes: [String]) {
    precondition(!classes.isEmpty, "a confusion matrix without a class")
    self.classes = classes
  }

  /// Takes one example into account.
  package mutating func add(truth: Int, prediction: Int, count: Int = 1) {
    precondition(
      classes.indices.contains(truth) && classes.indices.contains(prediction),
      "classes \(truth), \(prediction) outside 0..<\(classes.count)")
    counts[Cell(truth: truth, prediction: prediction), default: 0] += count
    exampleCount += count
  }

  /// Examples of class `truth` that were taken for `prediction`.
  package subscript(truth: Int, prediction: Int) -> Int {
    counts[Cell(truth: truth, prediction: prediction)] ?? 0
  }

  /// The cells that are not zero, by truth, then prediction.
  package var cells: [(truth: Int, prediction: Int, count: Int)] {
    counts.map { ($0.key.truth, $0.key.prediction, $0.value) }
      .sorted { ($0.0, $0.1) < ($1.0, $1.1) }
  }

  /// The share of examples that are right; NaN without any.
  package var accuracy: Double { Double(correctCount) / Double(exampleCount) }

  /// Micro F1. With one class an example, every wrong answer is a false positive once and a false
  /// negative once, so it is the accuracy.
  package var microF1: Double { accuracy }

  /// The mean F1 of the classes that occur in truth or prediction; NaN without any.
  package var macroF1: Double {
    let occurring = classScores.filter { $0.present + $0.predicted > 0 }
    return occurring.reduce(0) { $0 + $1.f1 } / Double(occurring.count)
  }

  package var classScores: [ClassScores] {
    let nothing = [Int](repeating: 0, count: classes.count)
    var (present, predicted) = (nothing, nothing)
    for (cell, count) in counts {
      present[cell.truth] += count
      predicted[cell.prediction] += count
    }
    return classes.indices.map { index in
      let correct = self[index, index]
      return ClassScores(
        name: classes[index], precision: ratio(correct, predicted[index]),
        recall: ratio(correct, present[index]),
        f1: ratio(2 * correct, present[index] + predicted[index]), present: present[index],
        predicted: predicted[index])
    }
  }

  private var correctCount: Int { classes.indices.reduce(0) { $0 + self[$1, $1] } }

  // MARK: Text

  /// The matrix as text: a row a true class, a column a prediction, then recall, precision and F1 of
  /// the class in percent. Zeros are dots. Columns are headed by the number of the row. Of more than
  /// `largestSquare` classes the predictions are left out.
  package var table: String {
    let columns = classes.count > Self.largestSquare ? 0..<0 : classes.indices
    let nameWidth = max(5, classes.map(\.count).max() ?? 0)
    let numberWidth = String(classes.count).count
    let cellWidth = max(numberWidth, String(counts.values.max() ?? 0).count) + 1
    func left(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(0, width - text.count))
    }
    func right(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(0, width - text.count)) + text
    }
    func percent(_ value: Double) -> String { right(String(format: "%.1f", 100 * value), 8) }
    let indent = String(repeating: " ", count: numberWidth + 1)
    let heads = columns.map { right(String($0 + 1), cellWidth) }.joined()
    var text =
      indent + left("truth", nameWidth) + heads
      + ["recall", "prec", "F1"].map { right($0, 8) }.joined() + "\n"
    for (index, score) in classScores.enumerated() {
      let cells = columns.map {
        let count = self[index, $0]
        return right(count == 0 ? "." : String(count), cellWidth)
      }.joined()
      text +=
        right(String(index + 1), numberWidth) + " " + left(score.name, nameWidth) + cells
        + percent(score.recall) + percent(score.precision) + percent(score.f1) + "\n"
    }
    return text
  }

  // MARK: JSON

  /// Everything as JSON; the matrix as rows of true classes or, of more than `largestSquare` classes,
  /// as the cells that are not zero.
  package var json: JSONValue {
    let scores = classScores
    func names(_ examples: Int) -> JSONValue {
      .array(scores.filter { $0.present == examples }.map { .string($0.name) })
    }
    return .object([
      .init("examples", .integer(exampleCount)), .init("accuracy", .number(accuracy)),
      .init("macro_f1", .number(macroF1)), .init("micro_f1", .number(microF1)),
      .init(
        "classes",
        .array(
          scores.map {
            .object([
              .init("name", .string($0.name)), .init("precision", .number($0.precision)),
              .init("recall", .number($0.recall)), .init("f1", .number($0.f1)),
              .init("examples", .integer($0.present)), .init("predicted", .integer($0.predicted)),
            ])
          })),
      classes.count > Self.largestSquare
        ? .init("confusion_cells", cellList) : .init("confusion", square),
      // Nothing was measured about these.
      .init("empty_classes", names(0)),
      // The recall of these is 0 or 1.
      .init("classes_seen_once", names(1)),
    ])
  }

  private var square: JSONValue {
    .array(
      classes.indices.map { row in
        .array(classes.indices.map { .integer(self[row, $0]) })
      })
  }

  /// `[truth, prediction, count]`, by truth, then prediction: places in the list of classes.
  private var cellList: JSONValue {
    .array(
      cells.map { truth, prediction, count in
        .array([.integer(truth), .integer(prediction), .integer(count)])
      })
  }
}

/// a / b, or 0 where b is 0.
func ratio(_ a: Int, _ b: Int) -> Double { b == 0 ? 0 : Double(a) / Double(b) }
