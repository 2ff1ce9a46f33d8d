import Foundation
import Interchange

/// Which class was taken for which: accuracy, precision, recall and F1 of a classification.
///
/// Counts only, so the order of the examples does not matter. Classes without an example are
/// reported and count as scikit-learn counts them: the macro averages take the classes that occur
/// in truth or prediction.
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

  /// The name of each class.
  package let classes: [String]
  /// [truth, prediction]
  private var counts: [Int]

  /// - Parameter classes: the name of each class id; at least one.
  package init(classes: [String]) {
    precondition(!classes.isEmpty, "a confusion matrix without a class")
    self.classes = classes
    counts = [Int](repeating: 0, count: classes.count * classes.count)
  }

  /// Takes one example into account.
  package mutating func add(truth: Int, prediction: Int) {
    precondition(
      classes.indices.contains(truth) && classes.indices.contains(prediction),
      "classes \(truth), \(prediction) outside 0..<\(classes.count)")
    counts[truth * classes.count + prediction] += 1
  }

  /// Examples of class `truth` that were taken for `prediction`.
  package subscript(truth: Int, prediction: Int) -> Int {
    counts[truth * classes.count + prediction]
  }

  package var exampleCount: Int { counts.reduce(0, +) }

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
    classes.indices.map { index in
      let correct = self[index, index]
      let present = classes.indices.reduce(0) { $0 + self[index, $1] }
      let predicted = classes.indices.reduce(0) { $0 + self[$1, index] }
      return ClassScores(
        name: classes[index], precision: ratio(correct, predicted), recall: ratio(correct, present),
        f1: ratio(2 * correct, present + predicted), present: present, predicted: predicted)
    }
  }

  /// Classes without an example: nothing was measured about them.
  package var emptyClasses: [String] { classScores.filter { $0.present == 0 }.map(\.name) }

  /// Classes with a single example: their recall is 0 or 1.
  package var classesSeenOnce: [String] { classScores.filter { $0.present == 1 }.map(\.name) }

  private var correctCount: Int { classes.indices.reduce(0) { $0 + self[$1, $1] } }

  /// The matrix as text: a row a true class, a column a prediction, then recall, precision and F1 of
  /// the class in percent. Zeros are dots. Columns are headed by the number of the row.
  package var table: String {
    let scores = classScores
    let nameWidth = max(5, classes.map(\.count).max() ?? 0)
    let numberWidth = String(classes.count).count
    let cellWidth = max(numberWidth, String(counts.max() ?? 0).count) + 1
    func left(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(0, width - text.count))
    }
    func right(_ text: String, _ width: Int) -> String {
      String(repeating: " ", count: max(0, width - text.count)) + text
    }
    func percent(_ value: Double) -> String { right(String(format: "%.1f", 100 * value), 8) }
    let indent = String(repeating: " ", count: numberWidth + 1)
    let heads = classes.indices.map { right(String($0 + 1), cellWidth) }.joined()
    var text =
      indent + left("truth", nameWidth) + heads
      + ["recall", "prec", "F1"].map { right($0, 8) }.joined() + "\n"
    for index in classes.indices {
      let cells = classes.indices.map {
        right(self[index, $0] == 0 ? "." : String(self[index, $0]), cellWidth)
      }.joined()
      let score = scores[index]
      text +=
        right(String(index + 1), numberWidth) + " " + left(score.name, nameWidth) + cells
        + percent(score.recall) + percent(score.precision) + percent(score.f1) + "\n"
    }
    return text
  }

  /// Everything as JSON; the matrix as rows of true classes.
  package var json: JSONValue {
    .object([
      .init("examples", .integer(exampleCount)), .init("accuracy", .number(accuracy)),
      .init("macro_f1", .number(macroF1)), .init("micro_f1", .number(microF1)),
      .init(
        "classes",
        .array(
          classScores.map {
            .object([
              .init("name", .string($0.name)), .init("precision", .number($0.precision)),
              .init("recall", .number($0.recall)), .init("f1", .number($0.f1)),
              .init("examples", .integer($0.present)), .init("predicted", .integer($0.predicted)),
            ])
          })),
      .init(
        "confusion",
        .array(
          classes.indices.map { row in
            .array(classes.indices.map { .integer(self[row, $0]) })
          })),
      .init("empty_classes", .array(emptyClasses.map { .string($0) })),
      .init("classes_seen_once", .array(classesSeenOnce.map { .string($0) })),
    ])
  }
}

/// a / b, or 0 where b is 0.
func ratio(_ a: Int, _ b: Int) -> Double { b == 0 ? 0 : Double(a) / Double(b) }
