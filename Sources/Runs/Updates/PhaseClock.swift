import Compute
import Dispatch
import Parallel

/// Where the time of updates goes, added up for each worker. Reading the clock costs about 25 ns; it
/// is read once after each operation and each phase.
///
/// `@unchecked Sendable`: each worker writes its own cache lines.
package final class PhaseClock: @unchecked Sendable {
  package enum Phase: Int, Sendable {
    /// Layers, forward and backward: each worker on its own rows.
    case forward
    /// Output layer, softmax and cross-entropy, with their gradients.
    case loss
    case backward
    /// Gradients of the parameters, and their squares for the norm.
    case products
    /// Clipping, the optimizer's step, packing.
    case update
    /// At barriers, for slower workers.
    case wait
    /// While the minibatch's examples are read, and what is to be done with them is recorded.
    case reading
    /// With other processes, while no worker computes; only where there are some.
    case exchange
    /// With other processes, while workers compute: no part of the time that an update takes.
    case hidden

    package static let ofEveryTraining: [Phase] = [
      .forward, .loss, .backward, .products, .update, .wait, .reading,
    ]
  }

  private let workers: Int
  private let nanoseconds: AlignedBuffer<UInt64>
  private var exchanged: UInt64 = 0
  /// Of what was exchanged beside regions: all of it, and what was waited for after them.
  private var beside: (met: UInt64, awaited: UInt64) = (0, 0)
  /// Two cache lines a worker: the phases, and at the end the time of the last reading.
  private static let stride = 16

  package init(workers: Int) {
    self.workers = workers
    nanoseconds = AlignedBuffer(count: workers * Self.stride)
  }

  func start(_ worker: Worker) {
    lines(worker)[Self.stride - 1] = DispatchTime.now().uptimeNanoseconds
  }

  /// Books the time since the last reading on `phase`.
  func stop(_ phase: Phase, _ worker: Worker) {
    let now = DispatchTime.now().uptimeNanoseconds
    let lines = lines(worker)
    lines[phase.rawValue] += now - lines[Self.stride - 1]
    lines[Self.stride - 1] = now
  }

  /// Books what all workers have waited for. Outside parallel regions.
  func add(_ time: UInt64, to phase: Phase) {
    for worker in 0..<workers { nanoseconds.base[worker * Self.stride + phase.rawValue] += time }
  }

  /// Books `body` on the exchange with other processes. Outside parallel regions.
  func exchange<Result>(_ body: () -> Result) -> Result {
    let start = DispatchTime.now().uptimeNanoseconds
    defer { exchanged += DispatchTime.now().uptimeNanoseconds - start }
    return body()
  }

  /// Books the end of an exchange that began beside a region. Outside parallel regions.
  ///
  /// - Parameter finish: waits for it, and gives the nanoseconds that it took.
  func awaitExchange(_ finish: () -> UInt64) {
    let start = DispatchTime.now().uptimeNanoseconds
    beside.met += finish()
    beside.awaited += DispatchTime.now().uptimeNanoseconds - start
  }

  /// Seconds a phase since the clock was made, averaged over workers. Outside parallel regions.
  package var seconds: [(phase: Phase, seconds: Double)] {
    let all = Phase.ofEveryTraining.map { (phase: $0, seconds: mean($0)) }
    guard exchanged + beside.met > 0 else { return all }
    let awaited = Double(beside.awaited) * 1e-9 + mean(.exchange)
    return all + [
      (.exchange, Double(exchanged) * 1e-9 + awaited),
      (.hidden, max(0, Double(beside.met) * 1e-9 - awaited)),
    ]
  }

  private func mean(_ phase: Phase) -> Double {
    let sum = (0..<workers).reduce(0) { $0 + nanoseconds.base[$1 * Self.stride + phase.rawValue] }
    return Double(sum) * 1e-9 / Double(workers)
  }

  private func lines(_ worker: Worker) -> UnsafeMutablePointer<UInt64> {
    nanoseconds.base + worker.index * Self.stride
  }
}
