import Compute

/// What stands for numbers that are not there.
package enum MissingValues: String, Sendable, CaseIterable {
  /// Nothing does: they are an error.
  case refuse
  /// The mean of the sequence's other numbers of the same feature.
  case mean
  /// The number of the step before, at the start of a sequence that of the first step that has one.
  case forward
  case zero

  /// The numbers of a sequence, step after step, with what stands for those that are not there.
  ///
  /// - Parameters:
  ///   - width: the features of a step.
  ///   - error: for a feature that has no number at all.
  package func filled(
    _ values: [Float?], width: Int, error: (_ feature: Int) -> UserError
  ) throws -> [Float] {
    guard self != .zero else { return values.map { $0 ?? 0 } }
    var values = values
    for feature in 0..<width {
      let places = stride(from: feature, to: values.count, by: width)
      let known = places.compactMap { values[$0] }
      guard known.count < (values.count - feature + width - 1) / width else { continue }
      guard let first = known.first else { throw error(feature) }
      let mean = Float(known.reduce(0.0) { $0 + Double($1) } / Double(known.count))
      var last = first
      for place in places {
        last = values[place] ?? (self == .mean ? mean : last)
        values[place] = last
      }
    }
    return values.map { $0 ?? 0 }
  }
}

/// Reads the numbers of a table.
///
/// Where fields are not separated by commas, numbers may have a decimal comma: all of a table's, or
/// none.
struct CSVNumbers {
  private let mayHaveComma: Bool
  private let missing: MissingValues
  /// The mark that the table's numbers have, once one has any.
  private var mark: UInt8?

  init(_ reader: CSVReader, missing: MissingValues) {
    mayHaveComma = reader.separator != UInt8(ascii: ",")
    self.missing = missing
  }

  /// Whether the numbers read so far have commas where others have points.
  var hasDecimalCommas: Bool { mark == UInt8(ascii: ",") }

  /// What stands in tables for a number that is not known.
  private static let spellings: Set<String> = [
    "", "na", "n/a", "#n/a", "<na>", "nan", "-nan", "null", "none", "nil", "?", "-", ".",
  ]

  static func isMissing(_ text: String) -> Bool { spellings.contains(text.lowercased()) }

  /// Whether marks alone keep a field from being a number: those between thousands, of a currency, of percents.
  static func isMarked(_ text: String) -> Bool {
    let bare = text.filter { !",%$€£ '_".contains($0) }
    return bare.count < text.count && Double(bare) != nil
  }

  /// The number in a field.
  ///
  /// Throws a `UserError` that names row and column for anything but a finite number.
  mutating func number(
    _ row: CSVReader.Row, _ column: Int, _ reader: CSVReader
  ) throws -> Float {
    if let value = try parse(row[column], row, column, reader) { return value }
    let text = row.text(column)
    guard !text.contains("\r") else {
      throw reader.error(
        row, column, "found a carriage return, at which no line ends",
        hint: "end lines otherwise, as with: tr '\\r' '\\n'")
    }
    let isMissing = Self.isMissing(text)
    throw reader.error(
      row, column,
      "found \(text.isEmpty ? "nothing" : "'\(text.prefix(40))'"), expected a finite number",
      hint: isMissing
        ? "fill in missing values, or say what stands for them, as with --missing mean"
        : Self.isMarked(text)
          ? "write numbers without marks, as 1100.5"
          : "mend the row or remove it; a column of labels or targets that is not the first is named, with "
            + "--label-column or --target; texts are read from lines 'label<TAB>text'")
  }

  /// The number in a field; nil for a missing one that something stands for.
  mutating func optional(
    _ row: CSVReader.Row, _ column: Int, _ reader: CSVReader
  ) throws -> Float? {
    missing != .refuse && Self.isMissing(row.text(column)) ? nil : try number(row, column, reader)
  }

  /// The numbers of a sequence, with what stands for missing ones.
  ///
  /// - Parameters:
  ///   - columns: where they stand, step after step.
  ///   - width: the features of a step.
  mutating func numbers(
    _ row: CSVReader.Row, _ columns: [Int], width: Int, _ reader: CSVReader
  ) throws -> [Float] {
    guard missing != .refuse else { return try columns.map { try number(row, $0, reader) } }
    let values = try columns.map { try optional(row, $0, reader) }
    return try missing.filled(values, width: width) { feature in
      reader.error(
        row, columns[feature], "feature \(feature + 1) of the sequence has no number at all",
        hint: "remove the row")
    }
  }

  private mutating func parse(
    _ field: ArraySlice<UInt8>, _ row: CSVReader.Row, _ column: Int, _ reader: CSVReader
  ) throws -> Float? {
    guard mayHaveComma,
      let found = field.first(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: ".") })
    else { return DecimalNumber.parse(field) }
    let decimal = mark ?? found
    mark = decimal
    guard found == decimal else {
      throw reader.error(
        row, column,
        "found '\(row.text(column).prefix(40))', but other numbers of the table have a decimal "
          + (decimal == UInt8(ascii: ",") ? "comma" : "point"),
        hint: "write all numbers alike, without marks between thousands")
    }
    guard found == UInt8(ascii: ",") else { return DecimalNumber.parse(field) }
    return DecimalNumber.parse(field.map { $0 == found ? UInt8(ascii: ".") : $0 })
  }
}
