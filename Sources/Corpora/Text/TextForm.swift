import Compute

/// Forms of files that hold no text, or hold it otherwise than in UTF-8 with line feeds: what they are called,
/// and what to do. Read as texts they would be taken for damage, or for one long line.
enum TextForm {
  /// Enough bytes of a file to know all that `refuse` knows.
  static let markLength = 262

  /// Throws a `UserError` if a file begins as an archive or an array does.
  static func refuse(_ begin: some Collection<UInt8>, at place: String) throws {
    try ForeignArchive.refuse(begin, at: place)
    let (form, hint): (String, String)
    if begin.dropFirst(257).starts(with: "ustar".utf8) {
      (form, hint) = ("a tar archive", "unpack it with tar -xf, and name the files that were in it")
    } else if begin.starts(with: [0x93] + "NUMPY".utf8) {
      (form, hint) = (
        "one array of numpy",
        "save inputs and answers together: numpy.savez(FILE, X=inputs, y=answers)"
      )
    } else if begin.starts(with: [0x1F, 0x8B]) {
      // Once it was unpacked on the way.
      (form, hint) = ("packed with gzip twice", "unpack it once with gzip -d")
    } else {
      return
    }
    throw UserError("\(place) is \(form), expected a text", hint: hint)
  }

  /// Throws a `UserError` if a text begins with a mark of UTF-16 or UTF-32.
  static func refuseWide(_ begin: some Collection<UInt8>, at place: String) throws {
    let isLittle = begin.starts(with: [0xFF, 0xFE])
    let is32 =
      isLittle && begin.dropFirst(2).starts(with: [0, 0]) || begin.starts(with: [0, 0, 0xFE, 0xFF])
    guard is32 || isLittle || begin.starts(with: [0xFE, 0xFF]) else { return }
    let form = is32 ? "UTF-32" : "UTF-16"
    throw UserError(
      "\(place) line 1: the text is in \(form), expected UTF-8",
      hint: "convert it, as with: iconv -f \(form) -t UTF-8")
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
