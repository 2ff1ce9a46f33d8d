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
      case EISDIR: "name a file in that folder"
      default: nil
      }
    return UserError(
      "cannot \(verb) '\(url.relativePath)': \(String(cString: strerror(code)))", hint: hint)
  }
}
