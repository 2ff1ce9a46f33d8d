import Compute
import Corpora
import Foundation
import Runs

/// Reads series that are to be predicted for, a line each, as those were read that a model was trained on.
///
/// A first row that names the columns has a prediction that says nothing, as other lines without numbers.
struct SeriesLines<Query>: QueryReader {
  /// What lines are compared with.
  struct Form {
    let series: SeriesForm
    /// Numbers a step.
    let width: Int
    let facts: SeriesFacts
    /// Of the training; nil where there are none.
    var labels: LabelSet?
    /// Whether rows of the training data begin with a number to predict.
    var hasTargets = false
  }

  private let form: Form
  private let query: (VectorSequences) -> Query
  private var isFirst = true
  /// Whether the first row says that the first column numbers the rows.
  private var numbersRows = false
  /// What is wrong with the columns that the first row names, and so with all rows.
  private var otherColumns: UserError?
  private(set) var remark: UserError?

  /// - Parameter query: makes one of a series on the model's scale.
  init(_ form: Form, query: @escaping (VectorSequences) -> Query) {
    self.form = form
    self.query = query
  }

  var answersEveryLine: Bool { true }
  func finish() -> Query? { nil }

  /// One series.
  ///
  /// Throws a `UserError` naming the place for what is no series of the model's, a row that still has its
  /// label or target among them: it would be read as the first number.
  mutating func read(_ line: String, at place: String) throws -> Query? {
    remark = nil
    if isFirst, !line.allSatisfy(\.isWhitespace) {
      isFirst = false
      try refuseNames(line, at: place)
    }
    guard !numbersRows else { throw numbered(place) }
    if let otherColumns {
      throw UserError("\(place): stands under columns of another table", hint: otherColumns.hint)
    }
    return query(try sequence(line, at: place))
  }

  private mutating func sequence(_ line: String, at place: String) throws -> VectorSequences {
    try refuseLabelled(line, at: place)
    let (width, facts) = (form.width, form.facts)
    let numbers = try form.series.numbers(
      line: line, width: width, usual: facts.separator, place: place)
    let hasAnswers = form.hasTargets || form.labels != nil
    if hasAnswers, let length = facts.length, numbers.count != length * width {
      if numbers.count == length * width + 1, form.hasTargets || isLabel(line) {
        throw UserError(
          "\(place): found \(numbers.count) numbers, one more than each row of the training data had",
          hint: Self.hint)
      }
      remark = UserError(
        "\(place): found \(numbers.count) \(numbers.count == 1 ? "number" : "numbers"), each row of the training data had "
          + "\(length * width)")
    }
    return try facts.scaled(VectorSequences(width: width, [numbers]))
  }

  private static var hint: String {
    "rows go in without their label or target, as with: cut -d, -f2-"
  }

  private mutating func refuseNames(_ line: String, at place: String) throws {
    let texts = try form.series.fields(line: line, usual: form.facts.separator, place: place)
    numbersRows = SeriesForm.numbersRows(texts)
    guard texts == form.facts.names && !texts.isEmpty || SeriesForm.isCounted(texts) else {
      return try refuseOthers(texts, at: place)
    }
    throw UserError(
      "\(place): found the names of columns, '\(texts.prefix(3).joined(separator: "', '"))'"
        + (texts.count > 3 ? ", …" : "") + ", and no series")
  }

  /// Columns of the training data in another order, or beside others, say of all rows that they are no series of
  /// the model's; behind the label's, of each row that it has one.
  private mutating func refuseOthers(_ texts: [String], at place: String) throws {
    var series = form.series
    series.names = form.facts.names
    // Numbers are a series, whatever numbers columns are called.
    guard !texts.contains(where: { Double($0) != nil }),
      TextColumns.labelPlace(in: texts) != 0 || Array(texts.dropFirst()) != series.names
    else { return }
    do { try series.check(order: texts, place) } catch let error as UserError {
      otherColumns = error
      throw error
    }
  }

  private func numbered(_ place: String) -> UserError {
    UserError(
      "\(place): the first column has no name, as if it numbered the rows",
      hint: "leave it out, as with pandas' to_csv(…, index=False)")
  }

  /// A label that is no number cannot be part of a series.
  private func refuseLabelled(_ line: String, at place: String) throws {
    guard isLabel(line), let first = first(of: line), Double(first) == nil else { return }
    throw UserError("\(place): found the label '\(first)', expected a number", hint: Self.hint)
  }

  private func isLabel(_ line: String) -> Bool {
    first(of: line).flatMap { form.labels?.id($0) } != nil
  }

  /// What stands before the first separator.
  private func first(of line: String) -> String? {
    line.split(maxSplits: 1, omittingEmptySubsequences: false) { ",;\t".contains($0) }.first
      .map { $0.trimmingCharacters(in: .init(charactersIn: " \"")) }
  }
}
