import Foundation

/// The processor of this machine.
package enum Processor {
  /// As its maker calls it; nil where the system does not tell.
  package static let name: String? = {
    #if canImport(Darwin)
      var size = 0
      guard sysctlbyname("machdep.cpu.brand_string", nil, &size, nil, 0) == 0, size > 0 else {
        return nil
      }
      var text = [UInt8](repeating: 0, count: size)
      guard sysctlbyname("machdep.cpu.brand_string", &text, &size, nil, 0) == 0 else { return nil }
      return String(decoding: text.prefix { $0 != 0 }, as: UTF8.self)
    #else
      let lines = KernelFile.text("/proc/cpuinfo")?.split(separator: "\n")
      let name = lines?.first { $0.hasPrefix("model name") }?.split(separator: ":").last
      return name.map { $0.trimmingCharacters(in: .whitespaces) }
    #endif
  }()
}
