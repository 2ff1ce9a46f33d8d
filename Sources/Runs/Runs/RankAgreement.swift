import Compute
import Foundation
import Parallel

/// What has to be the same in all processes that train one run.
package struct RankAgreement {
  private let values: [(name: String, value: String)]

  init(_ settings: ResolvedSettings, _ data: DataManifest) {
    let origin = Origin.current
    var values = [
      ("version", origin.version), ("build", origin.build),
      ("instruction set", origin.instructions),
    ].map { (name: $0, value: $1 ?? "unknown") }
    values += data.entries.map { ("digest of \($0.key)", "\($0.digest) of \($0.bytes) bytes") }
    for key in settings.schema.keys {
      guard let option = settings.schema.option(key), option.changesResult, !option.isPath else {
        continue
      }
      values.append((key, "\(settings[key])"))
    }
    self.values = values
  }

  /// What each process has read of a run by itself: where it goes on, and from which weights.
  init(update: Int, weights: String) {
    values = [
      ("the update that it begins at", "\(update)"), ("the digest of its weights", weights),
    ]
  }

  /// The place of a process' first worker among the processors that it may use: behind the workers of earlier
  /// ones of its host that may use the same.
  package static func firstProcessor(threads: Int, over link: any RankLink) -> Int {
    let places = link.gather(text: "\(HostName.current) \(ProcessorOrder.current.numbers)")
    let counts = link.gather([UInt64(threads)])
    return (0..<link.rank).filter { places[$0] == places[link.rank] }
      .reduce(0) { $0 + Int(counts[$1][0]) }
  }

  /// A warning if processes of one machine have more threads than it has cores.
  static func crowding(threads: Int, over link: any RankLink) -> String? {
    let hosts = link.gather(text: HostName.current)
    let counts = link.gather([
      UInt64(threads), UInt64(ProcessInfo.processInfo.processorCount),
    ])
    for host in Set(hosts).sorted() {
      let here = hosts.indices.filter { hosts[$0] == host }
      let (used, cores) = (here.reduce(0) { $0 + counts[$1][0] }, counts[here[0]][1])
      guard used > cores else { continue }
      let advice =
        here.count > cores
        ? "fewer processes" : "--threads \(Int(cores) / here.count)"
      return "the \(here.count) processes on '\(host)' have \(used) threads for \(cores) cores: "
        + "\(advice) would be faster"
    }
    return nil
  }

  /// Throws a `UserError` that names a host and a value that is another one there.
  func check(over link: any RankLink) throws {
    let hosts = link.gather(text: HostName.current)
    let all = link.gather(text: values.map { "\($0.name)\t\($0.value)" }.joined(separator: "\n"))
      .map {
        $0.split(separator: "\n").map { $0.split(separator: "\t", maxSplits: 1).map(String.init) }
      }
    for rank in all.indices where all[rank] != all[0] {
      let (ours, theirs) =
        zip(all[0], all[rank]).first { $0 != $1 } ?? (
          ["what they train on", "one"], ["", "another"]
        )
      throw UserError(
        "the processes do not train the same: \(ours[0]) is \(ours[1]) for rank 0 on '\(hosts[0])', but "
          + "\(theirs[1]) for rank \(rank) on '\(hosts[rank])'",
        hint:
          "start the same program on the same data and runs everywhere; UNROLL_ISA names an instruction set "
          + "that all hosts have")
    }
  }
}
