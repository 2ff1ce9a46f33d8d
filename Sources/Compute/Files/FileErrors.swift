import Foundation

extension UserError {
  /// `cannot <verb> '<file>': <what the system said>`, with the next step where there is a plain
  /// one. `code` is an `errno`.
  package static func cannot(_ verb: String, _ url: URL, code: Int32) -> UserError {
    let hint: String? =
      switch code {
      case ENOENT: "check the path; every folder in it has to exist"
      case EACCES, EPERM, EROFS: "check who owns it and its permissions"
      case ENOSPC, EDQUOT: "free some space there, or choose a folder on another disk"
      case EFBIG: "raise the limit on the size of files (ulimit -f), if there is one"
      case EISDIR: "name a file in that folder"
      case EMFILE, ENFILE: "raise the limit of open files (ulimit -n)"
      default: nil
      }
    var error = UserError(
      "cannot \(verb) '\(url.relativePath)': \(SystemError(code: code))", hint: hint)
    error.systemCode = code
    return error
  }

  /// A file ended before the length that it had when it was opened. That is no damage of a file that is
  /// whole again another time.
  package static func becameShorter(_ url: URL, found: Int) -> UserError {
    var error = UserError(
      "'\(url.relativePath)' became shorter while it was read: it ends after \(found) bytes",
      hint: "let nobody write to it meanwhile")
    error.systemCode = EIO
    return error
  }

  /// Runs `body`; a `SystemError` in it becomes `cannot <verb> '<file>': …`.
  package static func naming<Result>(
    _ verb: String, _ url: URL, _ body: () throws -> Result
  ) throws -> Result {
    do {
      return try body()
    } catch let error as SystemError {
      throw UserError.cannot(verb, url, code: error.code)
    }
  }
}
