import Foundation

extension URL {
  /// The file or folder that a setting names; nil if it is empty.
  package init?(named path: String) {
    guard !path.isEmpty else { return nil }
    self.init(fileURLWithPath: path)
  }
}
