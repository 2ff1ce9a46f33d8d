import Compute
import Foundation

extension LabelledSeries {
  /// Reads a table of numbers, one sequence a row: `label,number,number,…` with `features` numbers a
  /// step, so that 784 numbers with 28 features are 28 steps. The numbers of a step stand side by side,
  /// all of the first step, then all of the second, or as `layout` says.
  ///
  /// Fields are separated and quoted as `CSVReader` says; between semicolons and tabs numbers may have
  /// decimal commas. Rows may differ in length. Labels stand in the column that the first row calls like
  /// one, else in the first. A first row that names the columns is skipped: one
  /// without any number, one that says what the training table's did, or one whose names are 0, 1, 2 …
  /// as pandas gives them, if the label's is no other row's label, or if all columns are numbered and
  /// every other row has a number with a fraction. Blank lines are skipped; rows that have a label and
  /// nothing else are skipped and counted. Labels are ordered by their UTF-8 bytes.
  ///
  /// Throws a `UserError` naming row and column for a field that is no finite number (`inf` is none), for
  /// a row whose numbers are not a multiple of `features`, and for a first column that has no name, or that
  /// of an index, while all others have one: it numbers the rows.
  /// Cost: about 60 ns a number.
  package static func read(
    table url: URL, _ form: SeriesForm = SeriesForm(), firstColumn: FirstColumn = .label()
  ) throws -> LabelledSeries {
    guard form.features ?? 1 > 0 else {
      throw UserError.usage("--features \(form.features ?? 0): expected at least 1")
    }
    var table = SeriesTable(form, firstColumn)
    try table.read(url)
    var columns = table.mayBeNamed ? "the first row, 0, 1, 2 …, taken for an example" : nil
    if table.beginsWithNumberedNames {
      columns = "columns named by numbers"
      let names = table.names
      table = SeriesTable(form, firstColumn)
      try table.read(url, behind: names)
    }
    let look = TableLook.words(
      separator: form.separator == nil ? table.separator : nil,
      hasDecimalCommas: table.hasDecimalCommas, columns: columns)
    return try table.rows.series(
      "'\(url.path)'", separator: table.separator, look: look,
      names: table.firstRowNames,
      hint: table.rows.empty.count > 0 && form.separator == nil
        ? "each row is one sequence, its fields between commas, semicolons or tabs: name what else "
          + "stands there with --separator"
        : "each row is one sequence"
    ) {
      "'\(url.path)' row \($0)"
    }
  }
}

/// The rows of a table on their way to sequences.
private struct SeriesTable {
  private let form: SeriesForm
  private let features: Int
  private(set) var rows: SeriesRows
  private(set) var separator: UInt8?
  private(set) var hasDecimalCommas = false
  /// The column of labels or targets; nil where there is none.
  private var labelPlace: Int?
  /// What else the first row looks like, which is read as data.
  private var firstRow = FirstRow.data
  /// What the first row calls the columns of numbers, if it names columns.
  private(set) var names: [String] = []
  var firstRowNames: [String] { firstRow == .data ? names : [] }
  /// Whether each row but the first has a number that is not whole.
  private var othersHaveFractions = true

  /// The names that pandas gives to columns are 0, 1, 2 …: of all columns, or of those beside the label.
  private enum FirstRow { case data, namesBesideLabel, namesOfAll }

  init(_ form: SeriesForm, _ firstColumn: LabelledSeries.FirstColumn) {
    self.form = form
    features = form.features ?? 1
    rows = SeriesRows(firstColumn, features: features)
    if case .value = firstColumn { return }
    labelPlace = form.labelColumn.flatMap(TableColumn.place(numbered:)) ?? 0
  }

  /// - Parameter names: those in the first row; nil: that is still to be found out.
  mutating func read(_ url: URL, behind names: [String]? = nil) throws {
    let reader = try CSVReader(url, separator: form.separator)
    separator = reader.separator
    var numbers = CSVNumbers(reader, missing: form.missing)
    if let names {
      self.names = names
      _ = try reader.next()
    }
    var isFirst = names == nil
    while let row = try reader.next() {
      if isFirst {
        isFirst = false
        if try isHeader(row, reader) { continue }
      } else if firstRow == .namesOfAll {
        othersHaveFractions = othersHaveFractions && row.hasFraction
      }
      try append(row, reader, &numbers)
    }
    hasDecimalCommas = numbers.hasDecimalCommas
  }

  private mutating func append(
    _ row: CSVReader.Row, _ reader: CSVReader, _ numbers: inout CSVNumbers
  ) throws {
    var columns = Array(0..<row.count)
    if let labelPlace {
      guard row.count > labelPlace else {
        throw reader.error(
          row, labelPlace, "there is no such column",
          hint: "the column of labels is counted from 1")
      }
      columns.remove(at: labelPlace)
    }
    guard !columns.isEmpty else {
      if row.text(0).hasPrefix("#") {
        throw reader.error(
          row, 0, "found a comment, which tables have none of", hint: "remove the row")
      }
      rows.empty.add(at: "\(reader.place) row \(row.line)")
      return
    }
    var (label, target): (String?, Float?)
    switch rows.firstColumn {
    case .label:
      label = row.text(labelPlace ?? 0)
      guard label != "" else {
        throw reader.error(
          row, labelPlace ?? 0, "found nothing, expected a label", hint: "mend or remove the row")
      }
    case .number: target = try numbers.number(row, labelPlace ?? 0, reader)
    case .value: break
    }
    guard columns.count.isMultiple(of: features) else {
      throw UserError(
        "\(reader.place) row \(row.line): found \(columns.count) numbers, expected a multiple of "
          + "\(features), the features a step",
        hint: "--features says how many numbers one step has")
    }
    try rows.add(
      numbers.numbers(row, form.inSteps(columns, features: features), width: features, reader),
      label: label, target: target, line: row.line)
  }

  // MARK: The names of columns

  private mutating func isHeader(_ row: CSVReader.Row, _ reader: CSVReader) throws -> Bool {
    let texts = (0..<row.count).map(row.text)
    if let name = form.labelColumn, TableColumn.place(numbered: name) == nil {
      guard labelPlace != nil, let place = texts.firstIndex(of: name) else {
        throw UserError.usage(
          "\(reader.place) has no column '\(name)'",
          hint: "its first row is \(texts.prefix(12).joined(separator: ", "))")
      }
      labelPlace = place
      names = texts
      names.remove(at: place)
      return true
    }
    if form.labelColumn == nil, labelPlace != nil, texts.allSatisfy(TableColumn.isName),
      let place = TextColumns.labelPlace(in: texts)
    {
      labelPlace = place
    }
    var others = texts
    if let labelPlace, labelPlace < others.count { others.remove(at: labelPlace) }
    names = others
    if !names.isEmpty, names == form.names { return true }
    if SeriesForm.numbersRows(texts) {
      throw reader.error(
        row, 0,
        texts[0].isEmpty
          ? "the first column has no name, as if it numbered the rows"
          : "the first column is called '\(texts[0])', as if it numbered the rows",
        hint: "leave it out, as with pandas' to_csv(…, index=False), or give it a name")
    }
    let isNumbered =
      texts.count > 2
      && TableColumn.areCounted(labelPlace == nil ? Array(texts.dropFirst()) : others)
    let hasLabels = if case .label = rows.firstColumn { true } else { false }
    let words = hasLabels ? others : texts
    if !words.isEmpty, words.allSatisfy(TableColumn.isName) {
      try form.check(order: others, reader.place)
      return true
    }
    if texts.count > 2, TableColumn.areCounted(texts) {
      firstRow = .namesOfAll
    } else if isNumbered {
      firstRow = .namesBesideLabel
    } else {
      names = []
    }
    guard firstRow != .data, let labelPlace, texts.indices.contains(labelPlace) else {
      return false
    }
    let isHeader =
      switch rows.firstColumn {
      case .label(let known?): known.id(texts[labelPlace]) == nil
      case .number: TableColumn.isName(texts[labelPlace])
      case .label, .value: false
      }
    if isHeader { firstRow = .data }
    return isHeader
  }

  /// Whether the first row could be names of all columns, and is read as data.
  var mayBeNamed: Bool { firstRow == .namesOfAll && !names.isEmpty }

  /// Labels repeat, and the name of a column is no label; or all other rows have fractions.
  var beginsWithNumberedNames: Bool {
    guard firstRow != .data, rows.sequences.count > 1 else { return false }
    if firstRow == .namesOfAll, othersHaveFractions { return true }
    guard case .label(nil) = rows.firstColumn else { return false }
    return rows.beginsWithNames
  }
}
