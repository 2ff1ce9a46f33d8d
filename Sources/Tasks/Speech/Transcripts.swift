import Compute
import Corpora
import Foundation
import Interchange

/// Which file says what: lines `file<TAB>text`.
///
/// Texts are trimmed, and runs of white space in them become one blank; nothing else is changed. An
/// empty text is silence.
package struct Transcripts: Sendable {
  package struct Entry: Sendable {
    /// A path inside the folder of recordings.
    package let file: String
    package let text: String
    let line: Int
  }

  package let url: URL
  package let entries: [Entry]

  /// Throws a `UserError` naming the line for one without a tab or a file, and for a file that has a
  /// transcript already.
  package init(contentsOf url: URL, lowercase: Bool = false) throws {
    let reader = try LineReader(url)
    var entries: [Entry] = []
    var lines: [String: Int] = [:]
    func error(_ what: String) -> UserError {
      UserError(
        "'\(url.relativePath)' line \(reader.number): \(what)",
        hint: "each line is a WAV file, a tab and what is said in it")
    }
    while let bytes = try reader.next() {
      let line = String(decoding: bytes, as: UTF8.self)
      if line.allSatisfy(\.isWhitespace) { continue }
      guard let tab = line.firstIndex(of: "\t") else {
        throw error("found no tab, expected 'file<TAB>text'")
      }
      let file = line[..<tab].trimmingCharacters(in: .whitespaces)
      guard !file.isEmpty else { throw error("found no file before the tab") }
      if let first = lines.updateValue(reader.number, forKey: file) {
        throw error("'\(file)' has a transcript already, in line \(first)")
      }
      let words = line[line.index(after: tab)...].split(whereSeparator: \.isWhitespace)
      let text = words.joined(separator: " ")
      entries.append(
        Entry(file: file, text: lowercase ? text.lowercased() : text, line: reader.number))
    }
    guard !entries.isEmpty else {
      throw UserError("'\(url.relativePath)' holds no transcript")
    }
    self.url = url
    self.entries = entries
  }

  /// Where an entry stands, for messages.
  func place(_ entry: Entry) -> String { "'\(url.relativePath)' line \(entry.line)" }

  /// Throws a `UserError` for a transcript without a recording in `folder`, and unless
  /// `isPartial` for a recording that none of `transcripts` has.
  static func check(
    _ transcripts: [Transcripts], against folder: URL, isPartial: Bool
  ) throws {
    var known: Set<String> = []
    for list in transcripts {
      for entry in list.entries {
        let path = folder.appendingPathComponent(entry.file).path
        guard FileManager.default.fileExists(atPath: path) else {
          throw UserError(
            "\(list.place(entry)): there is no recording '\(entry.file)' in "
              + "'\(folder.relativePath)'", hint: "add the recording, or remove the line")
        }
        known.insert((entry.file as NSString).standardizingPath)
      }
    }
    guard !isPartial else { return }
    let files = try recordings(in: folder).filter { !known.contains($0) }
    if let first = files.first {
      let names = files.prefix(5).joined(separator: ", ") + (files.count > 5 ? ", …" : "")
      throw UserError(
        files.count == 1
          ? "the recording '\(first)' in '\(folder.relativePath)' has no transcript"
          : "\(files.count) recordings in '\(folder.relativePath)' have no transcript: \(names)",
        hint: "add them to '\(transcripts[0].url.relativePath)', or pass over them with --partial")
    }
  }

  /// Paths of all recordings in a folder, ordered.
  static func recordings(in folder: URL) throws -> [String] {
    var isFolder: ObjCBool = false
    let exists = FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder)
    guard exists, isFolder.boolValue,
      let files = FileManager.default.enumerator(atPath: folder.path)
    else {
      throw UserError(
        "'\(folder.relativePath)' is no folder of recordings", hint: "name one with --audio")
    }
    return files.compactMap { $0 as? String }
      .filter { Sound.fileExtensions.contains(($0 as NSString).pathExtension.lowercased()) }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}

extension URL {
  /// Whether there is a folder.
  var isFolder: Bool {
    var isFolder: ObjCBool = false
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      && isFolder.boolValue
  }
}
