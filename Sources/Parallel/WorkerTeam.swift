import CKernels
import Compute
import Dispatch

/// One worker inside a parallel region.
package struct Worker: Sendable {
  /// 0 is the thread that called `WorkerTeam.run`.
  package let index: Int
  /// Workers in the team.
  package let count: Int
  fileprivate let crew: Crew

  /// Waits until every worker of the team is here.
  package func barrier() {
    guard count > 1 else { return }
    let start = DispatchTime.now().uptimeNanoseconds
    crew.phase.wait()
    crew.waits.base[index * Crew.waitStride] += DispatchTime.now().uptimeNanoseconds - start
  }

  /// This worker's contiguous share of `0 ..< total`.
  package func share(of total: Int) -> Range<Int> {
    index * total / count..<(index + 1) * total / count
  }
}

/// Threads that are started once, through Dispatch, and run one parallel region after the other.
///
/// A region costs a wake-up and a barrier. Denormals are flushed to zero inside it, on every thread.
/// Regions of one team are started by one thread at a time.
package final class WorkerTeam: Sendable {
  package let count: Int
  private let crew: Crew

  /// - Parameter count: threads, the caller's included.
  package init(count: Int = UsableCores.count) {
    precondition(count > 0, "a team of \(count)")
    self.count = count
    let crew = Crew(count: count)
    self.crew = crew
    for index in 1..<max(count, 1) {
      // A serial queue each: a concurrent one is capped at the number of processors.
      DispatchQueue(label: "unroll.worker.\(index)", qos: .userInitiated).async {
        crew.work(as: index)
      }
    }
  }

  deinit { crew.dismiss() }

  /// Runs `body` on every worker and returns when all are done.
  package func run(_ body: @escaping @Sendable (Worker) -> Void) { crew.run(body) }

  /// Seconds that each worker has spent waiting at barriers inside regions so far.
  package var waitSeconds: [Double] {
    (0..<count).map { Double(crew.waits.base[$0 * Crew.waitStride]) * 1e-9 }
  }
}

/// What the threads of a team share; it lives until the last of them has left.
///
/// Workers do not meet before a region, only after it. So a team can be let go although Dispatch has
/// not found threads for all its workers yet, as with hundreds of teams at once: they come, see that
/// there is nothing to do, and leave.
///
/// `@unchecked Sendable`: `job` and `isRunning` are written by the caller of `run` only while no
/// worker is between `start` and `finish`; `start` orders the writes before their reads.
private final class Crew: @unchecked Sendable {
  static let waitStride = 16
  let count: Int
  let phase: Barrier
  /// Nanoseconds spent at barriers inside regions, one cache line a worker.
  let waits: AlignedBuffer<UInt64>
  /// Regions begun, the team's end included.
  private let start: Generation
  private let finish: Barrier
  private var job: (@Sendable (Worker) -> Void)?
  private var isRunning = false

  init(count: Int) {
    self.count = count
    // About 30 µs of looks; a thread more than processors would keep the awaited one from running.
    let spinLimit = count > UsableCores.count ? 0 : 3_000
    phase = Barrier(count: count, spinLimit: spinLimit)
    start = Generation(spinLimit: spinLimit)
    finish = Barrier(count: count, spinLimit: spinLimit)
    waits = AlignedBuffer(count: count * Self.waitStride)
  }

  func run(_ body: @escaping @Sendable (Worker) -> Void) {
    precondition(!isRunning, "a parallel region inside a parallel region")
    isRunning = true
    job = body
    start.advance()
    let state = unroll_flush_denormals()
    body(Worker(index: 0, count: count, crew: self))
    unroll_restore_denormals(state)
    finish.wait()
    job = nil
    isRunning = false
  }

  func work(as index: Int) {
    let state = unroll_flush_denormals()
    defer { unroll_restore_denormals(state) }
    var regions = 0
    while true {
      start.wait(past: regions)
      guard takePart(as: index) else { return }
      regions += 1
      finish.wait()
    }
  }

  /// Runs the job, if there is one. What it captures, the team perhaps, is let go here, before
  /// `finish`: else a worker could be the last to hold its own team.
  private func takePart(as index: Int) -> Bool {
    guard let job else { return false }
    job(Worker(index: index, count: count, crew: self))
    return true
  }

  /// Sends the threads home, without waiting for them.
  func dismiss() {
    job = nil
    start.advance()
  }
}
