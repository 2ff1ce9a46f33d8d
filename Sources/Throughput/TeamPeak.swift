import Compute
import Parallel

/// What a team can do at best with all its workers busy at once, as they are in an update: clocks
/// fall when all cores work, so one thread's peak times the threads would be too high a yardstick.
package enum TeamPeak {
  /// GFLOP/s of multiplies and additions in registers, summed over the workers; nil where
  /// `MachinePeak` has no loop. Takes about 30 ms.
  ///
  /// Threads beyond the usable cores share those cores and do not count.
  package static func gigaflops(_ precision: Precision, team: WorkerTeam, rounds: Int = 8)
    -> Double?
  {
    let rates = Rates(team)
    var best = 0.0
    for _ in 0..<rounds {
      team.run { worker in
        worker.barrier()
        guard worker.index < UsableCores.processors else { return }
        rates.set(MachinePeak.gigaflops(precision, measurements: 2), worker)
      }
      best = max(best, rates.sum)
    }
    return best > 0 ? best : nil
  }

  /// Bytes read and written, in GB/s, summed over the workers; nil where `MachinePeak` has no loop.
  ///
  /// Allocates 384 MiB for the whole team, or 24 MiB a worker if that is more.
  package static func memoryBandwidth(team: WorkerTeam) -> Double? {
    let rates = Rates(team)
    let elements = max(2 << 20, (32 << 20) / team.count)
    team.run { worker in
      let rate = MachinePeak.memoryBandwidth(
        elements: elements, ready: { worker.barrier() })
      if worker.index < UsableCores.processors { rates.set(rate, worker) }
    }
    Allocator.purge()
    return rates.sum > 0 ? rates.sum : nil
  }
}

/// One number a worker.
///
/// `@unchecked Sendable`: each worker writes its own, the sum is read outside regions.
private final class Rates: @unchecked Sendable {
  private let values: AlignedBuffer<Double>

  init(_ team: WorkerTeam) { values = AlignedBuffer(count: team.count) }

  func set(_ rate: Double?, _ worker: Worker) { values.base[worker.index] = rate ?? 0 }

  var sum: Double { values.elements.reduce(0, +) }
}
