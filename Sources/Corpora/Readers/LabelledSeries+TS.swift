import Compute
import Foundation

extension LabelledSeries {
  /// Reads a `.ts` file of sktime and aeon: lines `@name value` up to `@data`, then a sequence a line,
  /// its channels separated by colons, the numbers of a channel by commas, the label last.
  ///
  /// ```
  /// @univariate false
  /// @classLabel true up down
  /// @data
  /// 1.0,0.9,0.7:0.1,0.2,0.3:up
  /// ```
  ///
  /// `#` begins a comment; a missing number is `?` or `NaN`. Sequences may differ in length, the channels
  /// of one may not. Throws a `UserError` naming line and channel.
  /// Source: sktime's documentation, "Representing time series problems in .ts files".
  static func read(
    ts url: URL, _ form: SeriesForm, _ firstColumn: FirstColumn
  ) throws -> LabelledSeries {
    let reader = try LineReader(url)
    try readHeader(reader, firstColumn)
    var rows: SeriesRows?
    while let line = try reader.next() {
      if line.isBlank || line.first == UInt8(ascii: "#") { continue }
      var channels = line.text.split(separator: ":", omittingEmptySubsequences: false)
      var label: String?
      if case .value = firstColumn {
      } else {
        label = channels.popLast().map { $0.trimmingCharacters(in: .whitespaces) }
        if label == "?", case .label = firstColumn {
          throw reader.error(
            "found '?', which stands for a label that is missing", hint: "leave the line out")
        }
      }
      let numbers = try channels.enumerated().map { channel, text in
        try text.split(separator: ",", omittingEmptySubsequences: false).map { field in
          try number(field, form.missing) {
            reader.error(
              "channel \(channel + 1): found '\(field.prefix(40))', expected a finite number",
              hint: "say what stands for missing numbers, as with --missing mean")
          }
        }
      }
      guard let length = numbers.first?.count, length > 0 else {
        rows?.empty.add(at: "\(reader.place) line \(reader.number)")
        continue
      }
      guard numbers.allSatisfy({ $0.count == length }) else {
        throw reader.error(
          "its channels have \(numbers.map { "\($0.count)" }.joined(separator: ", ")) numbers, "
            + "expected as many each", hint: "fill the shorter ones up")
      }
      let features = numbers.count
      if rows == nil {
        try form.check(features: features, reader.place)
        rows = SeriesRows(firstColumn, features: features)
      }
      guard var all = rows, features == all.sequences.width else {
        throw reader.error(
          "found \(features) channels, expected \(rows?.sequences.width ?? 0) as before")
      }
      rows = nil
      let steps = try form.missing.filled(
        (0..<length).flatMap { step in numbers.map { $0[step] } }, width: features
      ) { reader.error("channel \($0 + 1) has no number at all", hint: "remove the line") }
      var target: Float?
      if case .number = firstColumn {
        target = try Self.target(label ?? "") {
          reader.error("found the target '\(label ?? "")', expected a finite number")
        }
      }
      try all.add(steps, label: label, target: target, line: reader.number)
      rows = all
    }
    return try (rows ?? SeriesRows(firstColumn, features: 1)).series(reader.place) {
      "\(reader.place) line \($0)"
    }
  }

  /// Lines up to `@data`.
  private static func readHeader(_ reader: LineReader, _ firstColumn: FirstColumn) throws {
    while let line = try reader.nextText() {
      let words = line.split(whereSeparator: \.isWhitespace).map { $0.lowercased() }
      guard let name = words.first, !name.hasPrefix("#") else { continue }
      if name == "@data" { return }
      guard name.hasPrefix("@") else {
        throw reader.error(
          "found no '@' before '@data'",
          hint: "a .ts file begins with lines such as '@univariate true'")
      }
      let isTrue = words.dropFirst().first == "true"
      if name == "@timestamps", isTrue {
        throw reader.error(
          "its numbers have time stamps, expected '@timeStamps false'",
          hint: "write the numbers alone: steps are taken as evenly spaced")
      }
      if name == "@classlabel" || name == "@targetlabel", !isTrue {
        if case .value = firstColumn { continue }
        throw reader.error("its sequences have no label", hint: "name a file that has them")
      }
    }
    throw UserError("\(reader.place) has no line '@data'", hint: "name a whole .ts file")
  }

  /// A number, nil for a missing one that something stands for.
  private static func number(
    _ field: Substring, _ missing: MissingValues, error: () -> UserError
  ) throws -> Float? {
    if let value = DecimalNumber.parse(Array(field.utf8)) { return value }
    let text = field.trimmingCharacters(in: .whitespaces)
    guard missing != .refuse, CSVNumbers.isMissing(text) else { throw error() }
    return nil
  }

  private static func target(_ text: String, error: () -> UserError) throws -> Float {
    guard let value = DecimalNumber.parse(Array(text.utf8)) else { throw error() }
    return value
  }
}
