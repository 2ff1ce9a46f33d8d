import Compute
import Foundation

/// What files of labelled texts say, one file behind the other, before labels have ids.
struct LabelledTextReading: Sendable {
  private(set) var texts = TextList()
  /// The labels of each text, each once, by their numbers.
  private(set) var labels = RaggedList<Int32>()
  private var found = FoundLabels()
  private(set) var places = ExamplePlaces()
  private(set) var blankLineCount = 0
  private(set) var empty = EmptyExamples()
  /// How the first file was found to be written, in words.
  private(set) var look: String?
  /// Rows that turned out to name the columns of their table.
  private(set) var headers: Set<Int> = []
  private let separator: Character?

  /// - Parameter separator: what stands between several labels of one text; nil: each has one.
  init(_ separator: Character?) { self.separator = separator }

  /// All labels, by their numbers.
  var names: [String] { found.names }

  /// Reads a file or a folder.
  ///
  /// - Parameter mayBeEmpty: whether a file of a folder may hold no text.
  mutating func read(_ url: URL, mayBeEmpty: Bool, _ columns: TextColumns) throws {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
    if exists && isFolder.boolValue { return try read(folder: url, mayBeEmpty: mayBeEmpty) }
    if url.contentExtension == "csv" || columns.describeTable {
      try read(table: url, columns)
    } else {
      try read(lines: url)
    }
  }

  private mutating func add(
    _ names: [String], _ text: some Collection<UInt8>, line: Int
  ) throws {
    var numbers: [Int32] = []
    for name in names {
      let number = found.number(of: name)
      if !numbers.contains(number) { numbers.append(number) }
    }
    try texts.append(utf8: text)
    try labels.append(numbers)
    try places.add(line: line)
  }

  private mutating func read(lines url: URL) throws {
    places.begin(url)
    let reader = try LineReader(url)
    let hint = "each line is a label, a tab and the text"
    while let line = try reader.next() {
      guard !line.isBlank else {
        blankLineCount += 1
        continue
      }
      guard let tab = line.firstIndex(of: 0x09) else {
        throw reader.error("found no tab, expected 'label<TAB>text'", hint: hint)
      }
      let field = Self.trimmed(UnsafeBufferPointer(rebasing: line[..<tab]))
      let text = Self.trimmed(UnsafeBufferPointer(rebasing: line[(tab + 1)...]))
      if reader.number == 1, TextColumns.nameBoth([field.text, text.text]) {
        throw reader.error(
          "found the names of columns, '\(field.text)' and '\(text.text)', expected a label and its text",
          hint: "say that it is a table, with --separator tab, or remove the line")
      }
      guard !text.isEmpty else {
        empty.add(at: "\(reader.place) line \(reader.number)")
        continue
      }
      let names = try names(field.text) {
        reader.error("found no label before the tab", column: 1, hint: hint)
      }
      try add(names, text, line: reader.number)
    }
  }

  /// The labels in a field. Throws `missing` for none, unless there may be several.
  private func names(_ field: String, missing: () -> UserError) throws -> [String] {
    guard let separator else {
      guard !field.isEmpty else { throw missing() }
      return [field]
    }
    return field.split(separator: separator).map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }
  }

  private mutating func read(folder url: URL, mayBeEmpty: Bool) throws {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: url.path)
    } catch {
      throw UserError(
        "cannot list '\(url.path)': \(error.localizedDescription)", hint: "check its permissions")
    }
    let files = names.filter { $0.hasSuffix(".txt") && !$0.hasPrefix(".") }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    guard !files.isEmpty else {
      throw UserError(
        "'\(url.path)' holds no '.txt' file, expected one for each label",
        hint: "name each file after its label, as in Greek.txt, with one text a line")
    }
    for name in files {
      let (file, label) = (url.appendingPathComponent(name), String(name.dropLast(4)))
      places.begin(file)
      let before = texts.count
      if try InputFile(file).length > 0 {
        let reader = try LineReader(file)
        while let line = try reader.next() {
          let text = Self.trimmed(line)
          if text.isEmpty {
            blankLineCount += 1
          } else {
            try add([label], text, line: reader.number)
          }
        }
      }
      guard mayBeEmpty || texts.count > before else {
        throw UserError(
          "'\(file.path)' holds no text: the class '\(label)' is empty",
          hint: "add a text to it, or remove the file")
      }
    }
  }

  /// The examples of a table, whose first row names the columns. Where both columns are given by their
  /// number, it does so if its label is that of no other row, while theirs repeat.
  ///
  /// Line breaks inside a text become blanks: a text is a line.
  private mutating func read(table url: URL, _ columns: TextColumns) throws {
    let isFirst = places.firstFile.isEmpty
    places.begin(url)
    let reader = try CSVReader(url, separator: columns.separator)
    guard let header = try reader.next() else { return }
    let before = texts.count
    let (text, label) = try columns.places(
      in: (0..<header.count).map(header.text), reader.place)
    if isFirst {
      look = TableLook.words(
        separator: reader.isGuessed ? reader.separator : nil,
        columns: columns.areCounted
          ? nil : "texts in '\(header.text(text))', labels in '\(header.text(label))'")
    }
    var row: CSVReader.Row? = columns.areCounted ? header : try reader.next()
    while let found = row {
      guard found.count == header.count else {
        throw UserError(
          "\(reader.place) row \(found.line): found \(found.count) fields, expected \(header.count)",
          hint: "a field that holds the separator stands in double quotes")
      }
      let words = found.text(text).split(whereSeparator: \.isNewline).joined(separator: " ")
      if words.isEmpty {
        empty.add(at: "\(reader.place) row \(found.line)")
      } else {
        let names = try names(found.text(label)) {
          reader.error(found, label, "found no label", hint: "remove the row")
        }
        try add(names, words.utf8, line: found.line)
      }
      row = try reader.next()
    }
    if columns.areCounted, beginsWithNames(before) { headers.insert(before) }
  }

  /// Whether the labels of example `first` are those of no later one, while theirs repeat.
  private func beginsWithNames(_ first: Int) -> Bool {
    guard first < labels.count else { return false }
    let names = Array(labels[first])
    var seen: Set<[Int32]> = []
    var repeats = false
    for index in first + 1..<labels.count {
      let others = Array(labels[index])
      if others == names { return false }
      if !repeats { repeats = !seen.insert(others).inserted }
    }
    return repeats
  }

  fileprivate static func trimmed(
    _ bytes: UnsafeBufferPointer<UInt8>
  ) -> UnsafeBufferPointer<UInt8> {
    guard let first = bytes.firstIndex(where: { !WordScanner.isWhiteSpace($0) }),
      let last = bytes.lastIndex(where: { !WordScanner.isWhiteSpace($0) })
    else { return UnsafeBufferPointer(rebasing: bytes[..<0]) }
    return UnsafeBufferPointer(rebasing: bytes[first...last])
  }
}

extension LabelledTexts {
  /// Without the ASCII white space around it, as labels and texts of files are read.
  package static func trimmed(_ text: some StringProtocol) -> String {
    var text = String(text)
    return text.withUTF8 { String(decoding: LabelledTextReading.trimmed($0), as: UTF8.self) }
  }
}
