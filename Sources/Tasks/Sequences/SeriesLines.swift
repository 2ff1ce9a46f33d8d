import Compute
import Corpora
import Foundation

/// Reads series that are to be predicted for, a line each, as those were read that a model was trained on.
struct SeriesLines {
  let form: SeriesForm
  /// Numbers a step.
  let width: Int
  let facts: SeriesFacts
  /// Of the training; nil where there are none.
  var labels: LabelSet?
  /// Whether rows of the training data begin with a number to predict.
  var hasTargets = false

  /// One series, on the model's scale.
  ///
  /// Throws a `UserError` naming the place for what is no series of the model's, a row that still has its
  /// label or target among them: it would be read as the first number.
  func sequence(_ line: String, at place: String) throws -> VectorSequences {
    try refuseLabelled(line, at: place)
    let numbers = try form.numbers(
      line: line, width: width, usual: facts.separator, place: place)
    if let length = facts.length, numbers.count == length * width + 1,
      hasTargets || labels != nil && isLabel(line)
    {
      throw UserError(
        "\(place): found \(numbers.count) numbers, one more than each row of the training data had",
        hint: Self.hint)
    }
    var sequences = VectorSequences(width: width)
    sequences.append(numbers)
    return facts.scaled(sequences)
  }

  private static let hint = "rows go in without their label or target, as with: cut -d, -f2-"

  /// A label that is no number cannot be part of a series.
  private func refuseLabelled(_ line: String, at place: String) throws {
    guard isLabel(line), let first = first(of: line), Double(first) == nil else { return }
    throw UserError("\(place): found the label '\(first)', expected a number", hint: Self.hint)
  }

  private func isLabel(_ line: String) -> Bool {
    first(of: line).flatMap { labels?.id($0) } != nil
  }

  /// What stands before the first separator.
  private func first(of line: String) -> String? {
    line.split(maxSplits: 1, omittingEmptySubsequences: false) { ",;\t".contains($0) }.first
      .map { $0.trimmingCharacters(in: .init(charactersIn: " \"")) }
  }
}
