import Foundation

/// The program that runs, or the library that this code has come in.
package enum Executable {
  /// Tells builds apart: a digest of the file's length and of some of its bytes, the build number that
  /// linkers write at its begin among them. Nil where the file cannot be read.
  package static let fingerprint: String? = {
    #if canImport(Darwin)
      let path = Bundle.main.executablePath ?? CommandLine.arguments[0]
    #else
      let program = "/proc/self/exe"
      let own = KernelFile.text("/proc/self/maps").flatMap {
        file(of: UInt(bitPattern: #dsohandle), in: $0)
      }
      // A program can be read there even when it was replaced.
      let isProgram = own == (try? FileManager.default.destinationOfSymbolicLink(atPath: program))
      let path = isProgram ? program : own ?? program
    #endif
    return fingerprint(of: URL(fileURLWithPath: path))
  }()

  /// The file that is mapped at an address.
  ///
  /// - Parameter maps: lines as in `/proc/self/maps`:
  ///   `7f01a2b3c000-7f01a2b3d000 r--p 00000000 fe:00 1234   /usr/lib/a library.so`.
  package static func file(of address: UInt, in maps: String) -> String? {
    for line in maps.split(separator: "\n") {
      let fields = line.split(separator: " ", maxSplits: 5)
      let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
      guard ends.count == 2, ends[0] <= address, address < ends[1] else { continue }
      return fields.count == 6 ? fields[5].trimmingCharacters(in: .whitespaces) : nil
    }
    return nil
  }

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
