import Foundation

/// The program that runs.
package enum Executable {
  /// Tells builds of the program apart: a digest of its length and of some of its bytes, the build number
  /// that linkers write at its begin among them. Nil where the file cannot be read.
  package static let fingerprint: String? = {
    #if canImport(Darwin)
      let path = Bundle.main.executablePath ?? CommandLine.arguments[0]
    #else
      let path = "/proc/self/exe"
    #endif
    return fingerprint(of: URL(fileURLWithPath: path))
  }()

  static func fingerprint(of url: URL) -> String? {
    guard let file = try? RegularFile(url) else { return nil }
    var digest = ContentDigest()
    digest.update(UInt64(file.count))
    let (size, count) = (1 << 12, 64)
    for index in 0..<count {
      let start = file.count / count * index
      guard let block = try? file.bytes(start..<min(start + size, file.count)) else { return nil }
      block.withUnsafeBytes { digest.update($0) }
    }
    return digest.hexadecimal
  }
}
