import Compute
import Foundation

/// Texts in two languages, line by line translations of each other.
///
/// Two forms are read, both UTF-8:
/// - one file of lines `source<TAB>target`; further fields (Tatoeba's attribution) are left alone;
/// - two files with as many lines, the n-th of one the translation of the n-th of the other.
///
/// White space around texts is dropped. Lines that are blank, on one side or on both, are skipped and
/// counted.
package struct PairedTexts: Sendable {
  package private(set) var sources: [String] = []
  package private(set) var targets: [String] = []
  /// Lines that were skipped because they hold nothing.
  package private(set) var blankLineCount = 0
  /// Lines that were skipped because one side is empty, and where the first was found.
  package private(set) var halfEmpty: (count: Int, first: String) = (0, "")
  private var lines: [Int32] = []
  /// Of every pair, one of `files`.
  private var places: [Int32] = []
  /// One file of pairs, or one of sources and one of targets; of several parts each.
  private var files: [[URL]]

  package var count: Int { sources.count }

  /// Where pair `index` was found: `'file' line 3`.
  package func place(_ index: Int) -> String {
    files[Int(places[index])].map { "'\($0.path)'" }.joined(separator: " and ")
      + " line \(lines[index])"
  }

  /// Reads one file of pairs.
  ///
  /// Throws a `UserError` naming file and line for a line without a tab and bytes that are not UTF-8,
  /// and for a file without pairs.
  ///
  /// - Parameter limit: how many pairs are read; nil: all.
  package init(contentsOf url: URL, first limit: Int? = nil) throws {
    files = [[url]]
    let reader = try LineReader(url)
    let hint = "each line is a source, a tab and its target"
    while count < limit ?? .max, let line = try reader.next() {
      guard !line.isBlank else {
        blankLineCount += 1
        continue
      }
      guard let tab = line.firstIndex(of: 0x09) else {
        throw reader.error("found no tab, expected 'source<TAB>target'", hint: hint)
      }
      let rest = line[(tab + 1)...]
      let source = Self.trimmed(line[..<tab])
      let target = Self.trimmed(rest[..<(rest.firstIndex(of: 0x09) ?? rest.endIndex)])
      take(source, target, reader)
    }
    try checkCount()
  }

  /// Reads two files.
  ///
  /// Throws a `UserError` for files of different length, with both counts of lines.
  package init(source: URL, target: URL, first limit: Int? = nil) throws {
    files = [[source, target]]
    let readers = [try LineReader(source), try LineReader(target)]
    while count < limit ?? .max {
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
        take(Self.trimmed(left[...]), Self.trimmed(right[...]), readers[0])
      }
    }
    try checkCount()
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
    guard try url.resourceValues(forKeys: [.isRegularFileKey]).isRegularFile == true else {
      return false
    }
    let reader = try LineReader(url)
    while let line = try reader.next() {
      if !line.isBlank { return line.contains(0x09) }
    }
    return false
  }

  /// The same pairs with sources and targets exchanged.
  package var swapped: PairedTexts {
    var result = self
    swap(&result.sources, &result.targets)
    return result
  }

  /// The pairs at `indices`, in their order.
  package func subset(_ indices: [Int]) -> PairedTexts {
    var result = self
    result.sources = indices.map { sources[$0] }
    result.targets = indices.map { targets[$0] }
    result.lines = indices.map { lines[$0] }
    result.places = indices.map { places[$0] }
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
    let (count, groups) = sourceGroups
    return try DataSplit.heldOut(fraction, of: count, seed: seed, option: option)
      .spread(over: groups)
  }

  /// How many different sources there are, and which one each pair has.
  package var sourceGroups: (count: Int, groups: [Int]) {
    var table = WordTable()
    let groups = sources.map { table.insert(Array($0.utf8)) }
    return (table.count, groups)
  }

  private mutating func take(_ source: String, _ target: String, _ reader: LineReader) {
    guard !source.isEmpty, !target.isEmpty else {
      let side = source.isEmpty ? "source" : "target"
      let first = "the \(side) of \(reader.place) line \(reader.number)"
      halfEmpty = (halfEmpty.count + 1, halfEmpty.count == 0 ? first : halfEmpty.first)
      return
    }
    sources.append(source)
    targets.append(target)
    lines.append(Int32(clamping: reader.number))
    places.append(0)
  }

  /// The pairs of several files, one behind the other.
  package static func joined(_ parts: [PairedTexts]) -> PairedTexts {
    parts.dropFirst().reduce(into: parts[0]) { all, part in
      let first = Int32(all.files.count)
      all.files += part.files
      all.sources += part.sources
      all.targets += part.targets
      all.blankLineCount += part.blankLineCount
      all.halfEmpty = (
        all.halfEmpty.count + part.halfEmpty.count,
        all.halfEmpty.count > 0 ? all.halfEmpty.first : part.halfEmpty.first
      )
      all.lines += part.lines
      all.places += part.places.map { first + $0 }
    }
  }

  private func checkCount() throws {
    guard count > 0 else {
      throw UserError(
        "'\(files[0][0].path)' holds no pairs, only \(blankLineCount + halfEmpty.count) lines with an "
          + "empty side",
        hint: "name a file that holds pairs")
    }
  }

  /// Counts the remaining lines of both files.
  private static func unequal(_ readers: [LineReader]) throws -> UserError {
    for reader in readers { while try reader.next() != nil {} }
    return UserError(
      "\(readers[0].place) holds \(readers[0].number) lines, but \(readers[1].place) "
        + "holds \(readers[1].number): expected as many",
      hint: "line by line, one is the translation of the other")
  }

  private static func trimmed(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) -> String {
    var rest = bytes
    while let first = rest.first, WordScanner.isWhiteSpace(first) { rest = rest.dropFirst() }
    while let last = rest.last, WordScanner.isWhiteSpace(last) { rest = rest.dropLast() }
    return String(decoding: rest, as: UTF8.self)
  }
}
