import Compute
import Foundation

extension URL {
  /// The file or folder that a setting names; nil if it is empty.
  package init?(named path: String) {
    guard !path.isEmpty else { return nil }
    self.init(fileURLWithPath: path)
  }

  /// The file or folder that a setting has to name. Throws a usage `UserError` if it is empty.
  ///
  /// - Parameter missing: what there is none of: `no data to train on`.
  package init(required path: String, _ missing: String, hint: String) throws {
    guard let url = URL(named: path) else { throw UserError.usage(missing, hint: hint) }
    self = url
  }
}

extension [URL] {
  /// The only one. Throws a usage `UserError` if there are more, or none.
  ///
  /// - Parameter expected: what was expected: `one table`.
  package func only(_ expected: String, hint: String = "name it with --data") throws -> URL {
    guard let url = first, count == 1 else {
      throw UserError.usage("found \(count) files, expected \(expected)", hint: hint)
    }
    return url
  }
}
