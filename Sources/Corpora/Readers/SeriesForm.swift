import Compute

/// How series of numbers are read, as far as files do not say it themselves.
package struct SeriesForm: Sendable, Equatable {
  /// The order of a sequence's numbers where a step has several.
  package enum Layout: String, Sendable, CaseIterable {
    /// All numbers of the first step, then all of the second.
    case step
    /// The first number of all steps, then the second of all steps: channel after channel.
    case channel
  }

  /// Numbers a step; nil or 1: one in a table with a sequence a row, elsewhere as many as there are.
  package var features: Int?
  package var layout = Layout.step
  /// What stands for numbers that are not there.
  package var missing = MissingValues.refuse
  /// What stands between the fields of a table; nil: what its first rows look like.
  package var separator: UInt8?
  /// The column of labels or targets, by name or by number from 1; nil: the first one.
  package var labelColumn: String?
  /// In a table with a step a row, the column that tells sequences apart; nil: one that is called like
  /// that, if another is called like time.
  package var group: String?
  /// What the training table called its columns of numbers; a first row that says the same is no data.
  package var names: [String] = []

  package init(
    features: Int? = nil, layout: Layout = .step, missing: MissingValues = .refuse,
    separator: UInt8? = nil, labelColumn: String? = nil, group: String? = nil
  ) {
    self.features = features
    self.layout = layout
    self.missing = missing
    self.separator = separator
    self.labelColumn = labelColumn
    self.group = group
  }

  /// What `--separator` says: one ASCII character, or `tab`; nothing for nil. Throws a usage `UserError`.
  package static func separator(_ text: String) throws -> UInt8? {
    if text.isEmpty { return nil }
    if ["tab", "\\t"].contains(text.lowercased()) { return 0x09 }
    guard text.count == 1, let byte = text.first?.asciiValue, byte == 0x09 || byte >= 0x20,
      text != "\""
    else {
      throw UserError.usage(
        "--separator '\(text)': expected one ASCII character, such as ',' or ';', or 'tab'")
    }
    return byte
  }

  /// Whether a first row has a name for each column but those at the front that number the rows.
  package static func numbersRows(_ texts: [String]) -> Bool {
    let count = TableColumn.indexCount(in: texts)
    guard count > 0 else { return false }
    let others = Array(texts.dropFirst(count))
    return others.count > 1 && TableColumn.areCounted(others)
      || others.contains(where: TableColumn.isName)
        && others.allSatisfy { TableColumn.isName($0) || Int($0) != nil }
  }

  /// Whether a first row is 0, 1, 2 …, as pandas names columns.
  package static func isCounted(_ texts: [String]) -> Bool {
    texts.count > 2 && TableColumn.areCounted(texts)
  }

  /// Refuses another number of features than `--features` says.
  package func check(features found: Int, _ place: String) throws {
    guard let features, features > 1, features != found else { return }
    throw UserError.usage(
      "--features \(features): \(place) has \(found) numbers a step", hint: "drop --features")
  }

  /// Refuses the columns of the training table in another order, or some of them beside others: numbers would be
  /// taken for others. A series may go on longer, `x4` behind `x3`, or end before.
  package func check(order found: [String], _ place: String) throws {
    guard !names.isEmpty, !Set(found).isDisjoint(with: names), !Self.isOneSeries(found, names)
    else {
      return
    }
    let isOrder = Set(found) == Set(names)
    throw UserError(
      "\(place) has " + (isOrder ? "the" : "some") + " columns of the training data "
        + (isOrder ? "in another order" : "and lacks others, or has more"),
      hint: "bring them into theirs: \(names.prefix(12).joined(separator: ", "))")
  }

  private static func isOneSeries(_ a: [String], _ b: [String]) -> Bool {
    func stem(_ name: String) -> Substring {
      name[..<(name.lastIndex { !$0.isNumber }.map(name.index(after:)) ?? name.startIndex)]
    }
    let common = min(a.count, b.count)
    guard common > 0, a[..<common] == b[..<common] else { return false }
    return (a[common...] + b[common...]).allSatisfy { stem($0) == stem(a[common - 1]) }
  }

  /// Numbers in the order of steps.
  package func inSteps<Number>(_ numbers: [Number], features: Int) -> [Number] {
    guard layout == .channel, features > 1 else { return numbers }
    let steps = numbers.count / features
    return (0..<steps).flatMap { step in (0..<features).map { numbers[$0 * steps + step] } }
  }
}

extension SeriesForm {
  /// The fields of a row that somebody typed, as `numbers` finds them.
  package func fields(line: String, usual: UInt8?, place: String) throws -> [String] {
    guard let row = try reader(line, usual, place).next() else { return [] }
    return (0..<row.count).map(row.text)
  }

  /// The numbers of a series that somebody typed, step after step.
  ///
  /// - Parameters:
  ///   - width: numbers a step.
  ///   - usual: what stood between fields in the training data, if that is known.
  /// - Throws: a `UserError` that names place and column.
  package func numbers(
    line: String, width: Int, usual: UInt8?, place: String
  ) throws -> [Float] {
    let reader = try reader(line, usual, place)
    var numbers = CSVNumbers(reader, missing: missing)
    guard let row = try reader.next() else { throw UserError("\(place): found no number") }
    guard row.count.isMultiple(of: width) else {
      throw UserError(
        "\(place): found \(row.count) numbers, expected a multiple of \(width), the numbers of a step",
        hint: "rows go in without their label or target")
    }
    return try numbers.numbers(
      row, inSteps(Array(0..<row.count), features: width), width: width, reader)
  }

  private func reader(_ line: String, _ usual: UInt8?, _ place: String) throws -> CSVReader {
    try CSVReader(
      text: line, place: place, separator: separator ?? Self.separator(in: line, usual: usual),
      isOneRow: true)
  }

  /// A tab or a semicolon that is there; else what is usual, but for a comma that cannot be a decimal one.
  private static func separator(in line: String, usual: UInt8?) -> UInt8 {
    for byte in [0x09, UInt8(ascii: ";")] where line.utf8.contains(byte) { return byte }
    let comma = UInt8(ascii: ",")
    let commas = line.utf8.count { $0 == comma }
    return commas > 1 || commas == 1 && line.utf8.contains(UInt8(ascii: "."))
      ? comma : usual ?? comma
  }
}
