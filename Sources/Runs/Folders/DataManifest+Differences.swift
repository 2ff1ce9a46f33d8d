import Foundation

extension DataManifest.Entry {
  /// What tells contents apart: `1234 bytes (xxh64 0123456789abcdef)`.
  var measure: String { "\(bytes) bytes (xxh64 \(digest))" }
}

extension DataManifest {
  /// Where these data are not those of `earlier`, though called the same: both, in a sentence for each key.
  func differences(from earlier: DataManifest) -> [String] {
    keys.compactMap { key in
      let (now, then) = (
        entries.filter { $0.key == key }, earlier.entries.filter { $0.key == key }
      )
      let isSame = now.count == then.count && zip(now, then).allSatisfy { $0.hasContents(of: $1) }
      guard !then.isEmpty, !isSame else { return nil }
      func text(_ entries: [Entry]) -> String {
        entries.map { "'\($0.path)', \($0.measure)" }.joined(separator: ", ")
      }
      return "\(key) was \(text(then)), and is \(text(now))"
    }
  }
}

extension RunFolder {
  /// Those of `files` that the run names as its own data and that have other contents than when it began,
  /// each in a sentence with both.
  ///
  /// Cost: reads the files that it names.
  package func changes(in files: [URL]) throws -> [String] {
    guard FileManager.default.fileExists(atPath: data.path) else { return [] }
    let earlier = try DataManifest(contentsOf: data).entries
    return try files.compactMap { file in
      let path = file.standardizedFileURL.path
      guard let then = earlier.first(where: { $0.path == path }),
        let now = try DataManifest([(then.key, path)]).entries.first, !now.hasContents(of: then)
      else { return nil }
      return
        "'\(path)' has other contents than when '\(url.relativePath)' began: \(now.measure), and "
        + "\(then.measure) then"
    }
  }
}
