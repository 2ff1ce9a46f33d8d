import Compute
import Dispatch
import Foundation
import Parallel
import Runs

/// What the processes of a job measured of updates that they share.
package struct RankMeasurement: Codable, Sendable, Equatable {
  package let ranks: Int
  /// Of each process.
  package let threads: Int
  package let secondsPerUpdate: Double
  package let tokensPerSecond: Double
  /// Of an update, for the products that gradients are.
  package let productSeconds: Double
  /// Of an update, while no worker of the first process computes.
  package let exchangeSeconds: Double
  /// Of an update, spent with other processes while workers compute.
  package let hiddenSeconds: Double
  /// Of an update, for the steps of the weights, each process those of its slice.
  package let stepSeconds: Double
  /// Of an update, for packing all weights, which every process does.
  package let packingSeconds: Double
  /// That the first process sends in an update.
  package let sentBytes: Double
  /// Of one small message each way.
  package let latency: Double
  /// Bytes a second that two processes can send each other, both ways at once; 0: there are no two.
  package let bandwidth: Double
  /// Bytes a second of what was received and is added to what there is, by all threads of a process.
  package let adding: Double
  /// Digest of all weights after the last update, of each process.
  package let weights: [String]

  /// Runs the updates, in every process of the job alike.
  ///
  /// - Parameters:
  ///   - leaves: of the minibatch, which the ranks divide.
  ///   - exchange: what sums of gradients are rounded to.
  ///   - link: nil: this process is alone.
  package init(
    _ shape: ThroughputShape, team: WorkerTeam, precision: Precision,
    optimizer: OptimizerConfiguration, leaves: Int, exchange: Precision = .f32,
    link: (any RankLink)?, updates: Int
  ) {
    let benchmark = ThroughputBenchmark(
      shape, team: team, precision: precision, optimizer: optimizer,
      leaves: Leaves(
        count: leaves, rank: link?.rank ?? 0, of: link?.count ?? 1, sums: exchange), link: link)
    for _ in 0..<(shape.lengths == nil ? 2 : ThroughputBenchmark.minibatchCount) {
      _ = benchmark.update()
    }
    func seconds(_ phase: PhaseClock.Phase) -> Double {
      benchmark.trainer.phaseSeconds.first { $0.phase == phase }?.seconds ?? 0
    }
    let before = (
      seconds(.exchange), seconds(.update), link?.sentBytes ?? 0, seconds(.hidden),
      seconds(.products)
    )
    let made = (0..<updates).map { _ in benchmark.update() }
    ranks = link?.count ?? 1
    threads = team.count
    secondsPerUpdate = made.map(\.seconds).median
    tokensPerSecond = made.map { Double($0.tokens) / $0.seconds }.median
    exchangeSeconds = (seconds(.exchange) - before.0) / Double(updates)
    let update = (seconds(.update) - before.1) / Double(updates)
    packingSeconds = min(update, benchmark.trainer.packingSeconds)
    stepSeconds = update - packingSeconds
    productSeconds = (seconds(.products) - before.4) / Double(updates)
    hiddenSeconds = (seconds(.hidden) - before.3) / Double(updates)
    sentBytes = Double((link?.sentBytes ?? 0) - before.2) / Double(updates)
    let digest = benchmark.weightsDigest
    weights = (link?.gather([digest]) ?? [[digest]]).joined().map { String(format: "%016llx", $0) }
    (latency, bandwidth) = link.map { Self.speed(of: $0) } ?? (0, 0)
    adding = Self.speedOfAdding(team)
  }

  /// Large enough for no cache to hold it.
  private static let large = 32 << 20

  private static func speedOfAdding(_ team: WorkerTeam) -> Double {
    let count = large / MemoryLayout<Float>.stride
    let (sum, others) = (AlignedBuffer<Float>(count: count), AlignedBuffer<Float>(count: count))
    let times = (0..<5).map { _ in
      let start = DispatchTime.now().uptimeNanoseconds
      team.run { worker in
        let share = worker.share(of: count)
        Rows.addRow(
          others.base + share.lowerBound, to: sum.base + share.lowerBound, count: share.count)
      }
      return Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
    }
    return Double(large) / max(times.median, 1e-9)
  }

  /// Latency and bandwidth between neighbours, while all others meet theirs.
  private static func speed(of link: any RankLink) -> (latency: Double, bandwidth: Double) {
    func seconds(_ bytes: Int, rounds: Int) -> Double {
      let buffers = (AlignedBuffer<UInt8>(count: bytes), AlignedBuffer<UInt8>(count: bytes))
      let times = (0..<rounds).map { _ in
        let start = DispatchTime.now().uptimeNanoseconds
        link.exchange(
          UnsafeRawBufferPointer(buffers.0.elements),
          UnsafeMutableRawBufferPointer(buffers.1.elements), with: link.rank ^ 1)
        return Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
      }
      return times.median
    }
    link.meet()
    let latency = seconds(8, rounds: 101)
    return (latency, Double(large) / max(seconds(large, rounds: 9) - latency, 1e-9))
  }
}
