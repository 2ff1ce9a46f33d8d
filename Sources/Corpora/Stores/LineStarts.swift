/// Finds where lines and documents begin in a stream of tokens that comes in pieces.
///
/// A line ends with the token of a line feed, or with its file. Documents are files, or stretches between
/// blank lines: then one begins with each line that is not blank behind one that is.
struct LineStarts: Codable, Equatable {
  let divides: DocumentDivision
  /// The next token begins a line, a file.
  private var isLineDue = true
  private var isFileDue = true
  private var wasBlank = false

  init(_ divides: DocumentDivision) { self.divides = divides }

  /// Looks through a piece.
  ///
  /// - Parameters:
  ///   - count: tokens of the piece.
  ///   - ends: the places of the tokens that end lines, ascending.
  ///   - start: called with the place of each line's first token, and whether a document begins there.
  mutating func scan(
    _ count: Int, ends: some Collection<Int32>, start: (Int, _ isDocument: Bool) -> Void
  ) {
    guard count > 0 else { return }
    var next = 0
    for end in ends {
      if isLineDue { begin(next, isBlank: Int(end) == next, start) }
      next = Int(end) + 1
      isLineDue = true
    }
    if isLineDue, next < count {
      begin(next, isBlank: false, start)
    }
  }

  /// What comes next is another file.
  mutating func endFile() { (isLineDue, isFileDue, wasBlank) = (true, true, false) }

  private mutating func begin(_ place: Int, isBlank: Bool, _ start: (Int, Bool) -> Void) {
    start(place, isFileDue || divides == .blankLine && wasBlank && !isBlank)
    (isLineDue, isFileDue, wasBlank) = (false, false, isBlank)
  }
}

/// What a document is.
public enum DocumentDivision: String, Codable, Sendable, CaseIterable {
  /// A file.
  case file
  /// What stands between blank lines of a file.
  case blankLine = "blank-line"
}
