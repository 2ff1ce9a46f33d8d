import Compute
import Foundation

/// Sequences of real vectors, each with a class, with a number to predict, or with nothing.
package struct LabelledSeries: Sendable {
  /// What each sequence is to be mapped to.
  package enum Targets: Sendable, Equatable {
    /// A class each, as ids of the set.
    case classes([Int32], LabelSet)
    /// A number each.
    case numbers([Float])
    case none
  }

  /// What the first column of a table of numbers is.
  package enum FirstColumn: Sendable {
    /// A label; those of the training, if the data is to be predicted or measured.
    case label(known: LabelSet? = nil)
    /// A number to predict.
    case number
    /// The first number of the sequence: there is no target.
    case value
  }

  package let sequences: VectorSequences
  package let targets: Targets

  package init(sequences: VectorSequences, targets: Targets) {
    switch targets {
    case .classes(let ids, _):
      precondition(ids.count == sequences.count, "\(ids.count) classes, \(sequences.count) rows")
    case .numbers(let values):
      precondition(
        values.count == sequences.count, "\(values.count) numbers, \(sequences.count) rows")
    case .none: break
    }
    self.sequences = sequences
    self.targets = targets
  }

  package var count: Int { sequences.count }

  /// Reads a table of numbers separated by commas, one sequence a row:
  /// `label,number,number,…` with `features` numbers a step, so that 784 numbers with 28 features
  /// are 28 steps.
  ///
  /// Rows may differ in length. A first row without any number is a header and skipped; blank lines
  /// are skipped. Labels are ordered by their UTF-8 bytes.
  ///
  /// Throws a `UserError` naming row and column for a field that is no finite number (`nan` and
  /// `inf` are none), for a row without numbers, for a row whose numbers are not a multiple of
  /// `features`, and for an unknown label. Cost: about 60 ns a number.
  package static func read(
    table url: URL, features: Int = 1, firstColumn: FirstColumn = .label()
  ) throws -> LabelledSeries {
    guard features > 0 else {
      throw UserError.usage("--features \(features): expected at least 1")
    }
    var sequences = VectorSequences(width: features)
    var (labels, rows, numbers): ([String], [Int], [Float]) = ([], [], [])
    let reader = try LineReader(url)
    var isFirst = true
    while let line = try reader.next() {
      if line.isBlank { continue }
      let fields = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
      if isFirst {
        isFirst = false
        if isHeader(fields, firstColumn) { continue }
      }
      let steps: ArraySlice<Slice<UnsafeBufferPointer<UInt8>>>
      switch firstColumn {
      case .label:
        let label = String(decoding: fields[0], as: UTF8.self)
          .trimmingCharacters(in: .whitespaces)
        guard !label.isEmpty else {
          throw error(reader, 1, "found nothing, expected a label")
        }
        labels.append(label)
        rows.append(reader.number)
        steps = fields.dropFirst()
      case .number:
        numbers.append(try number(fields[0], reader, column: 1))
        steps = fields.dropFirst()
      case .value:
        steps = fields[...]
      }
      guard !steps.isEmpty else {
        throw error(
          reader, 2, "found a sequence of length zero, expected at least \(features) numbers")
      }
      guard steps.count.isMultiple(of: features) else {
        throw reader.error(
          "found \(steps.count) numbers, expected a multiple of \(features), the features a step",
          hint: "--features says how many numbers one step has")
      }
      sequences.append(
        try steps.indices.map { try number(steps[$0], reader, column: $0 + 1) })
    }
    guard sequences.count > 0 else {
      throw UserError("'\(url.path)' holds no row of numbers", hint: "each row is one sequence")
    }
    return LabelledSeries(
      sequences: sequences,
      targets: try targets(firstColumn, labels, numbers) { "'\(url.path)' row \(rows[$0])" })
  }

  private static func targets(
    _ firstColumn: FirstColumn, _ labels: [String], _ numbers: [Float], place: (Int) -> String
  ) throws -> Targets {
    switch firstColumn {
    case .value: return .none
    case .number: return .numbers(numbers)
    case .label(let known):
      let set = known ?? LabelSet(labels)
      return .classes(
        try labels.enumerated().map { index, label in
          guard let id = set.id(label) else { throw set.unknown(label, at: place(index)) }
          return id
        }, set)
    }
  }

  /// No field beyond a label's is a number.
  private static func isHeader(
    _ fields: [Slice<UnsafeBufferPointer<UInt8>>], _ firstColumn: FirstColumn
  ) -> Bool {
    let numbers = if case .label = firstColumn { fields.dropFirst() } else { fields[...] }
    // What `Double` reads but is not finite is a mistake in a row of numbers, not a name.
    return !numbers.isEmpty
      && numbers.allSatisfy {
        let text = String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespaces)
        return !text.isEmpty && Double(text) == nil
      }
  }

  private static func number(
    _ field: Slice<UnsafeBufferPointer<UInt8>>, _ reader: LineReader, column: Int
  ) throws -> Float {
    guard let value = DecimalNumber.parse(field) else {
      let text = String(decoding: field.prefix(40), as: UTF8.self)
      throw error(
        reader, column,
        "found \(text.isEmpty ? "nothing" : "'\(text)'"), expected a finite number")
    }
    return value
  }

  private static func error(_ reader: LineReader, _ column: Int, _ what: String) -> UserError {
    UserError(
      "'\(reader.url.path)' row \(reader.number), column \(column): \(what)",
      hint: "mend the row or remove it; missing values have to be filled in before")
  }
}
