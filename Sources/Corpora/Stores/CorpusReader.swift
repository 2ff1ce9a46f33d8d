import Compute
import Foundation

/// Reads the files of a corpus one after the other, in pieces that cut no token.
final class CorpusReader {
  /// Where a piece begins: a file, and bytes of its text.
  struct Position: Codable, Equatable {
    var file = 0
    var offset = 0
    /// What comes before it in its file has no line feed at its end.
    var isLineOpen = false
  }

  /// What was read into a buffer.
  struct Piece {
    let file: URL
    /// Nil at the end of a file, where nothing was read.
    let reader: TextReader?
    /// It begins inside of a line.
    let continuesLine: Bool
    /// At a file's end: its last line has no line feed.
    let isLineOpen: Bool
    /// Where the next piece begins.
    let next: Position
  }

  private let corpus: CorpusFiles
  private let kind: TokenKind
  private let division: WordDivision
  private var position: Position
  private var reader: TextReader?

  init(
    _ corpus: CorpusFiles, kind: TokenKind, division: WordDivision,
    from position: Position = Position()
  ) {
    self.corpus = corpus
    self.kind = kind
    self.division = division
    self.position = position
  }

  /// The next piece; nil at the end of the corpus. Each file ends with a piece without text.
  ///
  /// Throws a `UserError` if a file cannot be read, or is another one at its end than it was when the
  /// corpus was named.
  func read(_ buffer: TextBuffer) throws -> Piece? {
    guard position.file < corpus.files.count else { return nil }
    let file = corpus.files[position.file]
    if reader == nil {
      try file.checkUnchanged()
      reader = try TextReader(
        file.url, kind: kind, source: division == .punctuation ? DividedSource(file.url) : nil,
        from: position.offset)
    }
    let wasOpen = position.isLineOpen
    guard let reader, try reader.read(buffer) else {
      try file.checkUnchanged()
      self.reader = nil
      position = Position(file: position.file + 1)
      return Piece(
        file: file.url, reader: nil, continuesLine: wasOpen, isLineOpen: wasOpen, next: position)
    }
    position.offset = buffer.offset + buffer.count
    position.isLineOpen = buffer.bytes.last != 0x0A
    return Piece(
      file: file.url, reader: reader, continuesLine: wasOpen, isLineOpen: position.isLineOpen,
      next: position)
  }
}
