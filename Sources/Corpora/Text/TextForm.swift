import Compute

/// Forms of files that hold no text, or hold it otherwise than in UTF-8 with line feeds: what they are called,
/// and what to do. Read as texts they would be taken for damage, or for one long line.
enum TextForm {
  /// Enough bytes of a file to know all that `refuse` knows.
  static let markLength = 262

  /// Throws a `UserError` if a file begins as an archive does.
  static func refuse(_ begin: some Collection<UInt8>, at place: String) throws {
    try ForeignArchive.refuse(begin, at: place)
    guard begin.dropFirst(257).starts(with: "ustar".utf8) else { return }
    throw UserError(
      "\(place) is a tar archive, expected a text",
      hint: "unpack it with tar -xf, and name the files that were in it")
  }

  /// Throws a `UserError` if a text begins with a mark of UTF-16.
  static func refuseUTF16(_ begin: some Collection<UInt8>, at place: String) throws {
    guard begin.starts(with: [0xFF, 0xFE]) || begin.starts(with: [0xFE, 0xFF]) else { return }
    throw UserError(
      "\(place) line 1: the text is in UTF-16, expected UTF-8",
      hint: "convert it, as with: iconv -f UTF-16 -t UTF-8")
  }

  /// Throws a `UserError` if a whole text without a line feed has carriage returns in their place. One alone
  /// may be anything.
  ///
  /// - Parameter count: of the carriage returns.
  static func refuseReturns(_ count: Int, at place: String) throws {
    guard count > 1 else { return }
    throw UserError(
      "\(place) ends its lines with carriage returns alone, expected line feeds",
      hint: "convert it, as with: tr '\\r' '\\n'")
  }
}
