import Compute
import Foundation

/// Texts, each with the labels it carries: what classification of text learns from.
///
/// Three forms are read, all UTF-8:
/// - a file of lines `label<TAB>text`; further tabs belong to the text;
/// - a table whose first row names its columns (`LabelledTexts+Table.swift`): a `.csv`, or any file whose
///   columns a user names;
/// - a folder of files `LABEL.txt`, every line one text of that label; other files are left alone.
///
/// White space around labels and texts is dropped. Blank lines are skipped and counted, and so are labels
/// without a text: a sequence has at least one step.
public struct LabelledTexts: Sendable {
  package let labels: LabelSet
  package private(set) var texts: [String] = []
  /// The labels of each text: one, or any number for several labels a text.
  package private(set) var labelIDs: [[Int32]] = []
  /// Lines that were skipped because they hold nothing.
  package private(set) var blankLineCount = 0
  package private(set) var empty: EmptyExamples
  package private(set) var unseen = UnseenLabels()
  /// How a table was found to be written, in words; nil for nothing to tell.
  package let look: String?
  private var places: [Place] = []
  private let files: [URL]

  struct Place: Sendable {
    let file: Int32, line: Int32
  }

  public var count: Int { texts.count }

  /// The only label of each text; read without a separator, every text has one.
  package var classes: [Int32] {
    labelIDs.map { ids in
      precondition(ids.count == 1, "a text with \(ids.count) labels has no class")
      return ids[0]
    }
  }

  /// How many texts each label has.
  package var labelCounts: LabelCounts {
    LabelCounts(labels, labelIDs.joined().filter { $0 < labels.count })
  }

  /// What was passed over or can only be wrong, in sentences.
  public var faults: [String] { [empty.sentence, unseen.sentence].compactMap(\.self) }

  /// Where text `index` was found: `'file' line 3`.
  package func place(_ index: Int) -> String { placeOfText(index) }

  /// The same, of all of them, without the texts.
  package var placeOfText: (Int) -> String {
    let (files, places) = (files, places)
    return { "'\(files[Int(places[$0].file)].path)' line \(places[$0].line)" }
  }

  /// The texts at `indices`, in their order.
  public func subset(_ indices: [Int]) -> LabelledTexts {
    var subset = self
    subset.texts = indices.map { texts[$0] }
    subset.labelIDs = indices.map { labelIDs[$0] }
    subset.places = indices.map { places[$0] }
    return subset
  }

  /// Without the texts that hold nothing for the model, which are counted.
  package func skipping(where isEmpty: (String) -> Bool) -> LabelledTexts {
    let kept = texts.indices.filter { !isEmpty(texts[$0]) }
    guard kept.count < count else { return self }
    var subset = subset(kept)
    for index in Set(texts.indices).subtracting(kept).sorted() {
      subset.empty.add(at: place(index))
    }
    return subset
  }

  /// Reads a file or a folder.
  ///
  /// - `labels`: those of the training, for data that is to be predicted or measured. Nil: the labels
  ///   are those found.
  /// - `admitsUnseen`: whether the file may then hold others, which get ids behind those of `labels`.
  /// - `separator`: what stands between several labels of one text; such a text may also have none.
  ///   Nil: every text has exactly one. A folder gives one label each.
  /// - `columns`: of a table.
  ///
  /// Throws a `UserError` naming file and line for a line without a tab, a missing label, an unknown
  /// label that is not admitted, bytes that are not UTF-8; for a folder without `.txt` files; and for a file of a
  /// folder that holds no text while the labels are being found: an empty class.
  package static func read(
    _ url: URL, labels: LabelSet? = nil, admitsUnseen: Bool = false, separator: Character? = nil,
    columns: TextColumns = TextColumns()
  ) throws -> LabelledTexts {
    try LabelledTexts(raw(url, labels, separator, columns), labels, admitsUnseen: admitsUnseen)
  }

  /// Reads files or folders, one behind the other, in the same way.
  package static func read(
    _ urls: [URL], labels: LabelSet? = nil, admitsUnseen: Bool = false,
    separator: Character? = nil, columns: TextColumns = TextColumns()
  ) throws -> LabelledTexts {
    let parts = try urls.map { try raw($0, labels, separator, columns) }
    let all = parts.dropFirst().reduce(into: parts[0]) { $0.append($1) }
    return try LabelledTexts(all, labels, admitsUnseen: admitsUnseen)
  }

  private static func raw(
    _ url: URL, _ labels: LabelSet?, _ separator: Character?, _ columns: TextColumns
  ) throws -> Raw {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
    if exists && isFolder.boolValue { return try folder(url, mayBeEmpty: labels != nil) }
    return url.contentExtension == "csv" || columns.describeTable
      ? try table(url, columns, separator) : try file(url, separator)
  }

  /// What a file says, before labels have ids.
  struct Raw {
    var files: [URL]
    var examples: [(labels: [String], text: String, place: Place)] = []
    var blankLineCount = 0
    var empty = EmptyExamples()
    var look: String?

    mutating func append(_ other: Raw) {
      let first = Int32(files.count)
      files += other.files
      examples += other.examples.map {
        ($0.labels, $0.text, Place(file: first + $0.place.file, line: $0.place.line))
      }
      blankLineCount += other.blankLineCount
      empty.add(other.empty)
    }
  }

  private static func file(_ url: URL, _ separator: Character?) throws -> Raw {
    var raw = Raw(files: [url])
    let reader = try LineReader(url)
    let hint = "each line is a label, a tab and the text"
    while let line = try reader.next() {
      guard !line.isBlank else {
        raw.blankLineCount += 1
        continue
      }
      guard let tab = line.firstIndex(of: 0x09) else {
        throw reader.error("found no tab, expected 'label<TAB>text'", hint: hint)
      }
      let field = trimmed(UnsafeBufferPointer(rebasing: line[..<tab]))
      let text = trimmed(UnsafeBufferPointer(rebasing: line[(tab + 1)...]))
      guard !text.isEmpty else {
        raw.empty.add(at: "\(reader.place) line \(reader.number)")
        continue
      }
      let names = try names(field, separator) {
        reader.error("found no label before the tab", column: 1, hint: hint)
      }
      raw.examples.append((names, text, Place(file: 0, line: Int32(reader.number))))
    }
    return raw
  }

  /// The labels in a field. Throws `missing` for none, unless there may be several.
  static func names(
    _ field: String, _ separator: Character?, missing: () -> UserError
  ) throws -> [String] {
    guard let separator else {
      guard !field.isEmpty else { throw missing() }
      return [field]
    }
    return field.split(separator: separator).map { $0.trimmingCharacters(in: .whitespaces) }
      .filter { !$0.isEmpty }
  }

  private static func folder(_ url: URL, mayBeEmpty: Bool) throws -> Raw {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: url.path)
    } catch {
      throw UserError(
        "cannot list '\(url.path)': \(error.localizedDescription)", hint: "check its permissions")
    }
    let files = names.filter { $0.hasSuffix(".txt") && $0 != ".txt" }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    guard !files.isEmpty else {
      throw UserError(
        "'\(url.path)' holds no '.txt' file, expected one for each label",
        hint: "name each file after its label, as in Greek.txt, with one text a line")
    }
    var raw = Raw(files: files.map { url.appendingPathComponent($0) })
    for (index, file) in raw.files.enumerated() {
      let label = String(files[index].dropLast(4))
      let before = raw.examples.count
      if try InputFile(file).length > 0 {
        let reader = try LineReader(file)
        while let line = try reader.next() {
          let text = trimmed(line)
          guard !text.isEmpty else {
            raw.blankLineCount += 1
            continue
          }
          raw.examples.append(
            ([label], text, Place(file: Int32(index), line: Int32(reader.number))))
        }
      }
      guard mayBeEmpty || raw.examples.count > before else {
        throw UserError(
          "'\(file.path)' holds no text: the class '\(label)' is empty",
          hint: "add a text to it, or remove the file")
      }
    }
    return raw
  }

  private init(_ raw: Raw, _ known: LabelSet?, admitsUnseen: Bool) throws {
    labels = known ?? LabelSet(raw.examples.lazy.flatMap(\.labels))
    files = raw.files
    blankLineCount = raw.blankLineCount
    empty = raw.empty
    look = raw.look
    guard !raw.examples.isEmpty, labels.count > 0 else {
      throw UserError(
        "'\(files[0].path)' holds no example", hint: "each line is a label, a tab and the text")
    }
    for example in raw.examples {
      texts.append(example.text)
      places.append(example.place)
      var ids: [Int32] = []
      for name in example.labels {
        let id = try labels.id(name) ?? unseen(name, admitsUnseen)
        if !ids.contains(id) { ids.append(id) }
      }
      labelIDs.append(ids)
    }
  }

  /// The id of a label of the last text that is none of the training.
  private mutating func unseen(_ name: String, _ isAdmitted: Bool) throws -> Int32 {
    let place = place(places.count - 1)
    guard isAdmitted else { throw labels.unknown(name, at: place) }
    return unseen.id(name, behind: labels, at: place)
  }

  private static func trimmed(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
    guard let first = bytes.firstIndex(where: { !WordScanner.isWhiteSpace($0) }),
      let last = bytes.lastIndex(where: { !WordScanner.isWhiteSpace($0) })
    else { return "" }
    return UnsafeBufferPointer(rebasing: bytes[first...last]).text
  }
}
