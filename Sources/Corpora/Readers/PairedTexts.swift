import Compute
import Foundation

/// Texts in two languages, line by line translations of each other.
///
/// Two forms are read, both UTF-8:
/// - one file of lines `source<TAB>target`; further fields (Tatoeba's attribution) are left alone, numbers
///   before both are refused;
/// - two files with as many lines, the n-th of one the translation of the n-th of the other.
///
/// White space around texts is dropped. Lines that are blank, on one side or on both, are skipped and
/// counted.
package struct PairedTexts: Sendable {
  private var texts: (sources: TextList, targets: TextList) = (TextList(), TextList())
  /// Lines that were skipped because they hold nothing.
  package private(set) var blankLineCount = 0
  /// Lines that were skipped because one side is empty, and where the first was found.
  package private(set) var halfEmpty: (count: Int, first: String) = (0, "")
  private var places = ExamplePlaces()
  /// Which of them are here; nil: all.
  private var chosen: LongList<Int>?

  package var sources: TextList { texts.sources.choosing(chosen) }
  package var targets: TextList { texts.targets.choosing(chosen) }
  package var count: Int { sources.count }

  /// Where pair `index` was found: `'file' line 3`.
  package func place(_ index: Int) -> String { places.place(chosen?[index] ?? index) }

  /// Reads files, one behind the other.
  ///
  /// Throws a `UserError` naming file and line for a line without a tab and bytes that are not UTF-8, for
  /// files of different length, with both counts of lines, and for files without pairs.
  ///
  /// - Parameters:
  ///   - parts: each one file of pairs, or one of sources and one of targets.
  ///   - limit: how many pairs of a part are read; nil: all.
  package init(_ parts: [[URL]], first limit: Int? = nil) throws {
    for files in parts {
      let before = (pairs: count, empty: blankLineCount + halfEmpty.count)
      let end = limit.map { count + $0 } ?? .max
      if files.count == 2 {
        try read(files[0], files[1], upTo: end)
      } else {
        try read(files[0], upTo: end)
      }
      guard count > before.pairs else {
        throw UserError(
          "'\(files[0].path)' holds no pairs, only "
            + "\(blankLineCount + halfEmpty.count - before.empty) lines with an empty side",
          hint: "name a file that holds pairs")
      }
    }
  }

  private mutating func read(_ url: URL, upTo end: Int) throws {
    places.begin(url)
    let reader = try LineReader(url)
    let hint = "each line is a source, a tab and its target"
    while count < end, let line = try reader.next() {
      guard !line.isBlank else {
        blankLineCount += 1
        continue
      }
      guard let tab = line.firstIndex(of: 0x09) else {
        throw reader.error("found no tab, expected 'source<TAB>target'", hint: hint)
      }
      if count == 0 {
        try Self.refuseNumbered(line, reader)
        try Self.refuseNames(line, reader)
      }
      let rest = line[(tab + 1)...]
      try take(
        Self.trimmed(line[..<tab]),
        Self.trimmed(rest[..<(rest.firstIndex(of: 0x09) ?? rest.endIndex)]), reader)
    }
  }

  /// Refuses lines `number<TAB>source<TAB>number<TAB>target`, as Tatoeba has them to download.
  private static func refuseNumbered(
    _ line: UnsafeBufferPointer<UInt8>, _ reader: LineReader
  ) throws {
    let fields = line.split(separator: 0x09, omittingEmptySubsequences: false).map {
      Int(String(decoding: $0, as: UTF8.self)) != nil
    }
    guard fields == [true, false, true, false] else { return }
    throw reader.error(
      "found a number before the source and another before the target",
      hint: "leave them out, as with: cut -f2,4")
  }

  /// Refuses a first line that names its columns.
  private static func refuseNames(
    _ line: UnsafeBufferPointer<UInt8>, _ reader: LineReader
  ) throws {
    let fields = line.split(separator: 0x09, omittingEmptySubsequences: false).map {
      String(decoding: $0, as: UTF8.self).lowercased().trimmingCharacters(in: .whitespaces)
    }
    guard
      [["source", "target"], ["src", "tgt"], ["src", "trg"]].contains(Array(fields.prefix(2)))
    else { return }
    throw reader.error(
      "found the names of columns, '\(fields[0])' and '\(fields[1])', expected a pair",
      hint: "leave the line out, as with: tail -n +2")
  }

  private mutating func read(_ source: URL, _ target: URL, upTo end: Int) throws {
    places.begin(source, target)
    let readers = [try LineReader(source), try LineReader(target)]
    while count < end {
      // A line is valid until its reader reads on: one reader each.
      let (left, right) = (try readers[0].next(), try readers[1].next())
      guard let left, let right else {
        guard left == nil, right == nil else {
          throw try Self.unequal(readers)
        }
        break
      }
      if left.isBlank, right.isBlank {
        blankLineCount += 1
      } else {
        try take(Self.trimmed(left[...]), Self.trimmed(right[...]), readers[0])
      }
    }
  }

  /// Files in the order in which they are named, as parts to read: one of pairs, or one of sources and one
  /// of their targets. A file whose first line holds a tab is one of pairs; a single file always is, and
  /// two are a source and its target unless both hold pairs.
  ///
  /// Throws a usage `UserError` for a side without the other.
  package static func parts(of files: [URL]) throws -> [[URL]] {
    guard files.count > 1 else { return [files] }
    let holdPairs = try files.map(holdsPairs)
    if files.count == 2, !(holdPairs[0] && holdPairs[1]) { return [files] }
    var parts: [[URL]] = []
    var source: URL?
    for (file, isOfPairs) in zip(files, holdPairs) {
      if let first = source, !isOfPairs {
        parts.append([first, file])
        source = nil
      } else if source == nil, isOfPairs {
        parts.append([file])
      } else if source == nil {
        source = file
      } else {
        break
      }
    }
    if let source {
      throw UserError.usage(
        "'\(source.path)' holds no pairs, and no file of targets follows it",
        hint: "name files of pairs, and each file of sources before that of its targets")
    }
    return parts
  }

  /// Whether the first line that is not blank holds a tab. What can be read but once is not looked at.
  private static func holdsPairs(_ url: URL) throws -> Bool {
    guard FileSystem.isRegularFile(url.path) else { return false }
    let reader = try LineReader(url)
    while let line = try reader.next() {
      if !line.isBlank { return line.contains(0x09) }
    }
    return false
  }

  /// The same pairs with sources and targets exchanged.
  package var swapped: PairedTexts {
    var result = self
    result.texts = (texts.targets, texts.sources)
    return result
  }

  /// The pairs at `indices`, in their order.
  package func choosing(_ indices: LongList<Int>) throws -> PairedTexts {
    var result = self
    result.chosen = try indices.places(of: chosen)
    return result
  }

  /// A fixed division of the pairs. All pairs with the same source go to the same part: else a model
  /// would be measured on sentences it was trained on.
  ///
  /// - `fraction`: of the different sources.
  ///
  /// Throws as `DataSplit.heldOut`.
  package func split(
    heldOut fraction: Double, seed: UInt64, option: String = "--valid-fraction"
  ) throws -> DataSplit {
    let (count, groups) = try sourceGroups
    return try DataSplit.heldOut(fraction, of: count, seed: seed, option: option)
      .spread(over: groups)
  }

  /// Which of the different sources each pair has, numbered in the order in which they appear.
  package var sourceGroups: (count: Int, groups: LongList<Int>) {
    get throws { try EqualTexts.groups(sources) }
  }

  private mutating func take(
    _ source: Slice<UnsafeBufferPointer<UInt8>>, _ target: Slice<UnsafeBufferPointer<UInt8>>,
    _ reader: LineReader
  ) throws {
    guard !source.isEmpty, !target.isEmpty else {
      let side = source.isEmpty ? "source" : "target"
      let first = "the \(side) of \(reader.place) line \(reader.number)"
      halfEmpty = (halfEmpty.count + 1, halfEmpty.count == 0 ? first : halfEmpty.first)
      return
    }
    try texts.sources.append(utf8: source)
    try texts.targets.append(utf8: target)
    try places.add(line: reader.number)
  }

  /// Counts the remaining lines of both files.
  private static func unequal(_ readers: [LineReader]) throws -> UserError {
    for reader in readers { while try reader.next() != nil {} }
    return UserError(
      "\(readers[0].place) holds \(readers[0].number) lines, but \(readers[1].place) "
        + "holds \(readers[1].number): expected as many",
      hint: "line by line, one is the translation of the other")
  }

  private static func trimmed(
    _ bytes: Slice<UnsafeBufferPointer<UInt8>>
  ) -> Slice<UnsafeBufferPointer<UInt8>> {
    var rest = bytes
    while let first = rest.first, WordScanner.isWhiteSpace(first) { rest = rest.dropFirst() }
    while let last = rest.last, WordScanner.isWhiteSpace(last) { rest = rest.dropLast() }
    return rest
  }
}
