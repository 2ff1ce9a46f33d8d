import ArgumentParser
import Foundation
import Unroll

/// Of `unroll scale`: processes in place of threads.
struct RankScaleOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Numbers of processes, powers of two, that mpirun starts one after the other, in place of numbers of threads.",
      valueName: "1,2,4"))
  var ranks: ThreadCounts?
  @Option(help: ArgumentHelp("Machines, as mpirun's --hostfile has them.", valueName: "file"))
  var hosts: String?
  @Option(
    parsing: .unconditional,
    help: "Leaves of the minibatch, a power of two; absent: the most processes.")
  var leaves: Int?
  @Option(help: "What sums of gradients are rounded to: bf16 is half the bytes.")
  var exchange = Precision.f32
  @Flag(help: "Predict from this machine how training scales over machines that nobody has yet.")
  var plan = false
  @Option(
    help: ArgumentHelp("For --plan: machines, from A to B in powers of two.", valueName: "A..B"))
  var nodes = NodeRange(values: NodeRange.powers(2, 1024))
  @Option(
    parsing: .unconditional,
    help:
      "For --plan: cores of a machine; absent: those of this one. With --hosts and without --threads: those that all processes share; absent: each has its own."
  ) var cores: Int?
  @Option(help: ArgumentHelp("For --plan: of the network, each way.", valueName: "100Gb"))
  var bandwidth = Bandwidth(bytesPerSecond: 100e9 / 8)
  @Option(help: ArgumentHelp("For --plan: of a message between machines.", valueName: "2us"))
  var latency = Latency(seconds: 2e-6)
  /// How the processes of a job are started.
  @Flag(help: .hidden) var asRank = false

  func validate() throws {
    if plan, ranks != nil { throw ValidationError("Use either --ranks or --plan.") }
    for count in ranks?.values ?? [] where count & (count - 1) != 0 {
      throw ValidationError("--ranks must be powers of two; \(count) is none.")
    }
    if let leaves {
      guard (1...4096).contains(leaves), leaves & (leaves - 1) == 0 else {
        throw ValidationError("--leaves must be a power of two up to 4096, found \(leaves).")
      }
      if let most = ranks?.values.max(), most > leaves, !asRank {
        throw ValidationError("--leaves \(leaves) cannot be shared by \(most) processes.")
      }
    }
    if let cores, !(1...65_536).contains(cores) {
      throw ValidationError("--cores must be 1...65536, found \(cores).")
    }
    if hosts != nil, ranks == nil { throw ValidationError("--hosts goes with --ranks.") }
  }
}

/// `2..1024`: both ends included, in powers of two.
struct NodeRange: ExpressibleByArgument {
  let values: [Int]

  init(values: [Int]) { self.values = values }

  init?(argument: String) {
    let bounds = argument.split(separator: ".", omittingEmptySubsequences: false).map { Int($0) }
    guard let first = bounds.first ?? nil, let last = bounds.last ?? nil,
      bounds.count == 1 || bounds.count == 3 && argument.contains(".."),
      1 <= first, first <= last, last <= 1 << 20
    else { return nil }
    values = Self.powers(first, last)
    if values.isEmpty { return nil }
  }

  var defaultValueDescription: String { "\(values.first ?? 0)..\(values.last ?? 0)" }

  static func powers(_ first: Int, _ last: Int) -> [Int] {
    (0...20).map { 1 << $0 }.filter { (first...last).contains($0) }
  }
}

/// `100Gb`: bits a second.
struct Bandwidth: ExpressibleByArgument {
  let bytesPerSecond: Double

  init(bytesPerSecond: Double) { self.bytesPerSecond = bytesPerSecond }

  init?(argument: String) {
    guard let bits = argument.measured(in: [("Gb", 1e9), ("Mb", 1e6)]) else { return nil }
    bytesPerSecond = bits / 8
  }

  var defaultValueDescription: String { String(format: "%.0fGb", 8e-9 * bytesPerSecond) }
}

/// `2us`.
struct Latency: ExpressibleByArgument {
  let seconds: Double

  init(seconds: Double) { self.seconds = seconds }

  init?(argument: String) {
    guard let seconds = argument.measured(in: [("ns", 1e-9), ("us", 1e-6), ("ms", 1e-3)]) else {
      return nil
    }
    self.seconds = seconds
  }

  var defaultValueDescription: String { String(format: "%.0fus", 1e6 * seconds) }
}

extension String {
  /// A number above 0 that is followed by one of the units.
  fileprivate func measured(in units: [(name: String, factor: Double)]) -> Double? {
    guard let unit = units.first(where: { hasSuffix($0.name) }),
      let number = Double(dropLast(unit.name.count)), number.isFinite, number > 0
    else { return nil }
    return number * unit.factor
  }
}
