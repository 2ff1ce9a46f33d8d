import Compute
import Foundation

extension LabelledSeries {
  /// Reads a table of numbers, one sequence a row: `label,number,number,…` with `features` numbers a
  /// step, so that 784 numbers with 28 features are 28 steps. The numbers of a step stand side by side:
  /// all of the first step, then all of the second.
  ///
  /// Fields are separated and quoted as `CSVReader` says; between semicolons and tabs numbers may have
  /// decimal commas. Rows may differ in length. A first row that names the columns is skipped: one
  /// without any number, or one whose names are 0, 1, 2 … as pandas gives them, if its label is that of
  /// no other row. Blank lines are skipped. Labels are ordered by their UTF-8 bytes.
  ///
  /// - `missing`: what stands for numbers that are empty, `NA`, `nan` and the like.
  /// - `separator`: what stands between fields; nil: what the first rows look like.
  ///
  /// Throws a `UserError` naming row and column for a field that is no finite number (`inf` is none), for
  /// a row without numbers, for a row whose numbers are not a multiple of `features`, for an unknown
  /// label, and for a first column that has no name while all others have one: it numbers the rows.
  /// Cost: about 60 ns a number.
  package static func read(
    table url: URL, features: Int = 1, firstColumn: FirstColumn = .label(),
    missing: MissingValues = .refuse, separator: Character? = nil
  ) throws -> LabelledSeries {
    guard features > 0 else {
      throw UserError.usage("--features \(features): expected at least 1")
    }
    var table = SeriesTable(
      features: features, firstColumn: firstColumn, missing: missing,
      separator: try separator.map(fieldSeparator))
    try table.read(url)
    if table.beginsWithNumberedNames {
      table = SeriesTable(like: table)
      try table.read(url, skipsFirstRow: true)
    }
    return try table.series(url)
  }

  private static func fieldSeparator(_ character: Character) throws -> UInt8 {
    guard let byte = character.asciiValue, character != "\"", !character.isNewline else {
      throw UserError.usage(
        "--separator '\(character)': expected one ASCII character, such as ',' or ';'")
    }
    return byte
  }
}

/// The rows of a table on their way to sequences.
private struct SeriesTable {
  private let features: Int
  private let firstColumn: LabelledSeries.FirstColumn
  private let missing: MissingValues
  private let separator: UInt8?
  private var sequences: VectorSequences
  private var labels: [String] = []
  private var targets: [Float] = []
  private var rows: [Int] = []
  /// The first row looks like data and like the names that pandas gives to columns.
  private var firstRowIsOpen = false

  init(
    features: Int, firstColumn: LabelledSeries.FirstColumn, missing: MissingValues,
    separator: UInt8?
  ) {
    self.features = features
    self.firstColumn = firstColumn
    self.missing = missing
    self.separator = separator
    sequences = VectorSequences(width: features)
  }

  init(like other: SeriesTable) {
    self.init(
      features: other.features, firstColumn: other.firstColumn, missing: other.missing,
      separator: other.separator)
  }

  mutating func read(_ url: URL, skipsFirstRow: Bool = false) throws {
    let reader = try CSVReader(url, separator: separator)
    var numbers = CSVNumbers(reader, missing: missing)
    if skipsFirstRow { _ = try reader.next() }
    var isFirst = !skipsFirstRow
    while let row = try reader.next() {
      if isFirst {
        isFirst = false
        if try isHeader(row, reader) { continue }
      }
      try append(row, reader, &numbers)
    }
  }

  private mutating func append(
    _ row: CSVReader.Row, _ reader: CSVReader, _ numbers: inout CSVNumbers
  ) throws {
    let first: Int
    switch firstColumn {
    case .label:
      let label = row.text(0)
      guard !label.isEmpty else {
        throw reader.error(
          row, 0, "found nothing, expected a label", hint: "mend or remove the row")
      }
      labels.append(label)
      first = 1
    case .number:
      targets.append(try numbers.number(row, 0, reader))
      first = 1
    case .value: first = 0
    }
    guard row.count > first else {
      throw reader.error(
        row, 1, "found a sequence of length zero, expected at least \(features) numbers",
        hint: "each row is one sequence, its fields separated by commas, semicolons or tabs")
    }
    guard (row.count - first).isMultiple(of: features) else {
      throw UserError(
        "\(reader.place) row \(row.line): found \(row.count - first) numbers, expected a multiple of "
          + "\(features), the features a step",
        hint: "--features says how many numbers one step has")
    }
    rows.append(row.line)
    sequences.append(try numbers.numbers(row, from: first, width: features, reader))
  }

  // MARK: The names of columns

  private mutating func isHeader(_ row: CSVReader.Row, _ reader: CSVReader) throws -> Bool {
    let texts = (0..<row.count).map(row.text)
    let isNumbered =
      texts.count > 2 && texts.dropFirst().elementsEqual((0..<texts.count - 1).map(String.init))
    let hasLabels = if case .label = firstColumn { true } else { false }
    let names = texts.dropFirst(hasLabels || texts[0].isEmpty ? 1 : 0)
    let isNamed = !names.isEmpty && names.allSatisfy { !CSVNumbers.isMissing($0) && isWord($0) }
    if texts[0].isEmpty, texts.count > 1, isNamed || isNumbered {
      throw reader.error(
        row, 0, "the first column has no name, as if it numbered the rows",
        hint: "leave it out, as with pandas' to_csv(…, index=False), or give it a name")
    }
    if isNamed { return true }
    guard isNumbered else { return false }
    switch firstColumn {
    case .label(let known?): return known.id(texts[0]) == nil
    case .label: firstRowIsOpen = true
    case .number: return isWord(texts[0])
    case .value: break
    }
    return false
  }

  /// A name holds a letter. What `Double` reads but is not finite, as `inf`, is a mistake in a row of
  /// numbers.
  private func isWord(_ text: String) -> Bool {
    text.contains(where: \.isLetter) && Double(text) == nil
  }

  /// Labels repeat, and the name of a column is no label.
  var beginsWithNumberedNames: Bool {
    guard firstRowIsOpen, let first = labels.first else { return false }
    let others = labels.dropFirst()
    return !others.contains(first) && Set(others).count < others.count
  }

  // MARK: What was read

  func series(_ url: URL) throws -> LabelledSeries {
    guard sequences.count > 0 else {
      throw UserError("'\(url.path)' holds no row of numbers", hint: "each row is one sequence")
    }
    return LabelledSeries(sequences: sequences, targets: try makeTargets(url))
  }

  private func makeTargets(_ url: URL) throws -> LabelledSeries.Targets {
    switch firstColumn {
    case .value: return .none
    case .number: return .numbers(targets)
    case .label(let known):
      let set = known ?? LabelSet(labels)
      return .classes(
        try labels.enumerated().map { index, label in
          guard let id = set.id(label) else {
            throw set.unknown(label, at: "'\(url.path)' row \(rows[index])")
          }
          return id
        }, set)
    }
  }
}
