import Compute
import Foundation

extension URL {
  /// The file or folder that a setting names; nil if it is empty.
  package init?(named path: String) {
    guard !path.isEmpty else { return nil }
    self.init(fileURLWithPath: path)
  }

  /// A path that somebody has typed. Throws a usage `UserError` if it is empty, as where a variable of the shell
  /// was not set: Foundation would take that for the working folder.
  package init(typed path: String) throws {
    guard !path.isEmpty else {
      throw UserError.usage(
        "a path is empty", hint: "name a file or a folder; '.' is the one where you are")
    }
    self.init(fileURLWithPath: path)
  }
}
