import CSystem

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Where a thread may run.
package enum Affinity {
  /// Keeps the calling thread on some processors.
  package static func set(_ processors: [Int]) {
    BitMask(processors).words.withUnsafeBytes { keep_thread_on($0.baseAddress, $0.count) }
  }

  /// Threads that run on this machine beside the one that asks, at the quietest of a few moments; nil where the
  /// system does not tell.
  package static var othersRunning: Int? {
    let looks = (0..<5).map { look in
      if look > 0 { usleep(1_000) }
      return running(in: KernelFile.text("/proc/stat") ?? "")
    }
    return looks.compactMap(\.self).min().map { max($0 - 1, 0) }
  }

  /// `procs_running 3` among other lines.
  package static func running(in text: String) -> Int? {
    text.split(separator: "\n").first { $0.hasPrefix("procs_running ") }
      .flatMap { Int($0.dropFirst("procs_running ".count)) }
  }
}
