import Compute
import Foundation
import Interchange

extension CodeVectors {
  /// The names that stand beside the vectors in `url`: `vectors.npy` → `vectors.txt`.
  package static func namesFile(of url: URL) -> URL {
    url.deletingPathExtension().appendingPathExtension("txt")
  }

  private var namesText: String { names.map { "\($0)\n" }.joined() }

  /// Writes `vectors.npy` and, beside it, the names as `vectors.txt`, one a line.
  ///
  /// The names are in both: vectors and names are one file, which is there whole or not at all. The
  /// text is for people and other programs.
  package func write(to url: URL) throws {
    guard url.pathExtension.lowercased() != "txt" else {
      throw UserError.usage(
        "'\(url.relativePath)' is what the file of names is called",
        hint: "name the vectors with .npy")
    }
    let text = namesText
    try NPYFile(rows: count, columns: columns, values: values, note: text).write(to: url)
    try AtomicFile.write(text, to: Self.namesFile(of: url))
  }

  /// Writes lines `name<TAB>number<TAB>…`; blanks stand for tabs in names.
  package func writeTable(to url: URL) throws {
    try AtomicFile.write(to: url) { writer in
      for index in 0..<count {
        let name = names[index].replacing("\t", with: " ")
        try writer.append(
          name + "\t" + self[index].map { "\($0)" }.joined(separator: "\t") + "\n")
      }
    }
  }

  /// Reads what `write` wrote, or a matrix that numpy saved with its names beside it. Throws a
  /// `UserError` that names the file.
  ///
  /// - Parameter tell: is told, in a sentence, that the names beside the vectors are not theirs, and those
  ///   in the vectors' own file are taken.
  package init(contentsOf url: URL, _ tell: (String) -> Void = { _ in }) throws {
    let file = try NPYFile(contentsOf: url)
    let namesFile = Self.namesFile(of: url)
    let names: [String]
    if let note = file.note {
      names = Self.lines(of: note)
      let beside = try? RegularFile.text(of: namesFile)
      // Other systems end lines otherwise.
      if let beside, Self.lines(of: beside) != names {
        tell(
          "'\(namesFile.relativePath)' does not belong to '\(url.relativePath)': the names in "
            + "the latter are taken; write both again with unroll embed")
      }
    } else {
      names = Self.lines(of: try Self.text(of: namesFile, besides: url))
    }
    guard names.count == file.rows else {
      throw UserError(
        "'\(namesFile.relativePath)' holds \(names.count) names, but '\(url.relativePath)' "
          + "\(file.rows) vectors", hint: "write both again with unroll embed")
    }
    guard file.values.allSatisfy(\.isFinite) else {
      throw UserError("'\(url.relativePath)' holds numbers that are not finite")
    }
    self.init(names: names, columns: file.columns, values: file.values)
  }

  private static func text(of namesFile: URL, besides url: URL) throws -> String {
    do {
      return try RegularFile.text(of: namesFile)
    } catch {
      throw UserError(
        "cannot read '\(namesFile.relativePath)', the names of the vectors in "
          + "'\(url.lastPathComponent)': \((error as? UserError)?.message ?? "\(error)")",
        hint: "keep the two files beside each other, as unroll embed writes them")
    }
  }

  private static func lines(of text: String) -> [String] {
    let text =
      text.unicodeScalars.first == "\u{FEFF}" ? String(text.unicodeScalars.dropFirst()) : text
    var lines = text.split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
      .map(String.init)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines
  }
}
