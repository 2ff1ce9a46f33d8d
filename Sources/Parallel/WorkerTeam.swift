import CKernels
import Compute
import Dispatch
import Synchronization

/// One worker inside a parallel region.
public struct Worker: Sendable {
  /// 0 is the thread that called `WorkerTeam.run`.
  public let index: Int
  /// Workers in the team.
  public let count: Int
  let crew: Crew

  /// Waits until every worker of the team is here.
  public func barrier() {
    if count > 1 { crew.phase.wait() }
  }

  /// This worker's contiguous share of `0 ..< total`.
  public func share(of total: Int) -> Range<Int> {
    Self.share(index, of: count, in: total)
  }

  /// Share `index` of `count` nearly equal ones.
  static func share(_ index: Int, of count: Int, in total: Int) -> Range<Int> {
    index * total / count..<(index + 1) * total / count
  }
}

/// Threads that are started once and run one parallel region after the other.
///
/// Up to 64 workers of a process come through Dispatch; more are threads of our own, since Dispatch
/// has 255 at most. A region costs a wake-up and a barrier. Denormals are flushed to zero inside it,
/// on every thread. Regions of one team are started by one thread at a time.
public final class WorkerTeam: Sendable {
  public let count: Int
  let crew: Crew

  /// A team for counts that are known to be modest. It does not wait for its workers to begin, and
  /// traps if the system refuses a thread of its own.
  ///
  /// - Parameter count: threads, the caller's included.
  package init(count: Int = UsableCores.count, division: TeamDivision = .automatic) {
    precondition(count > 0, "a team of \(count)")
    self.count = count
    crew = Crew(count: count, division)
    do {
      try crew.begin()
    } catch {
      preconditionFailure("\(error)")
    }
  }

  private init(crew: Crew) {
    count = crew.count
    self.crew = crew
  }

  /// A team for a count that somebody chose: every worker has reported when it returns.
  ///
  /// Throws a `UserError` that names the limit if the system refuses a thread, or if a worker does
  /// not report within `seconds`.
  package static func started(
    count: Int = UsableCores.count, division: TeamDivision = .automatic,
    within seconds: Double = 10
  ) throws -> WorkerTeam {
    precondition(count > 0, "a team of \(count)")
    let team = WorkerTeam(crew: Crew(count: count, division))
    try team.crew.checkThreads()
    try team.crew.begin()
    let reported = team.crew.awaitReports(within: seconds)
    guard reported == count - 1 else {
      throw UserError(
        "of \(count) worker threads, only \(reported + 1) began within \(seconds) seconds; "
          + ThreadLimit.met,
        hint: "lower --threads, or raise the limit")
    }
    return team
  }

  deinit { crew.dismiss() }

  /// Runs `body` on every worker and returns when all are done.
  package func run(_ body: @escaping @Sendable (Worker) -> Void) { crew.run(body) }

  /// Runs `body`, in which the team's readers stop once `isCancelled` says so. What `body` returns is nil
  /// then: it is not whole.
  package func reading<Result>(
    until isCancelled: @escaping () -> Bool, _ body: () throws -> Result
  ) rethrows -> Result? {
    crew.isCancelled = isCancelled
    defer { crew.isCancelled = nil }
    let result = try body()
    return self.isCancelled ? nil : result
  }

  /// Whether nobody waits for what is read any longer; for the thread that runs regions alone to ask. Readers of
  /// many batches ask before each, and pass over the rest.
  public var isCancelled: Bool { crew.isCancelled?() == true }
}

/// What the threads of a team share; it lives until the last of them has left.
///
/// Workers do not meet before a region, only after it. So a team can be let go although Dispatch has
/// not found threads for all its workers yet, as with hundreds of teams at once: they come, see that
/// there is nothing to do, and leave.
///
/// `@unchecked Sendable`: `job`, `isRunning` and `isPinned` are written by the caller of `run` only while no
/// worker is between `start` and `finish`; `start` orders the writes before their reads. `isCancelled` is written
/// and read by the thread that starts the regions alone.
final class Crew: @unchecked Sendable {
  let count: Int
  let division: TeamDivision
  let phase: Barrier
  /// For each number of neighbours that divides the team, one barrier a group of so many.
  let groups: [Int: [Barrier]]
  /// Regions begun, the team's end included.
  private let start: Generation
  private let finish: Barrier
  private var job: (@Sendable (Worker) -> Void)?
  private var isRunning = false
  /// Whether workers are kept on processors (`WorkerTeam.pin`).
  var isPinned = false
  /// Asked by the thread that starts the regions.
  var isCancelled: (() -> Bool)?
  /// Signalled by every worker as it begins.
  private let reports = DispatchSemaphore(value: 0)

  /// Workers of this process that Dispatch has been asked for.
  private static let dispatched = Atomic<Int>(0)
  private static let mostDispatched = 64

  init(count: Int, _ division: TeamDivision) {
    self.count = count
    self.division = division
    // About 30 µs of looks; a thread more than processors would keep the awaited one from running.
    let spinLimit = count > UsableCores.processors ? 0 : 3_000
    phase = Barrier(count: count, spinLimit: spinLimit)
    groups = Dictionary(
      uniqueKeysWithValues: TeamDivision.sizes(in: count).dropFirst().map { size in
        (size, (0..<count / size).map { _ in Barrier(count: size, spinLimit: spinLimit) })
      })
    start = Generation(spinLimit: spinLimit)
    finish = Barrier(count: count, spinLimit: spinLimit)
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

  /// Sends for every worker but the caller. Throws a `UserError` if the system refuses a thread;
  /// those that came wait to be dismissed.
  func begin() throws {
    for index in 1..<max(count, 1) {
      if Self.dispatched.add(1, ordering: .relaxed).newValue <= Self.mostDispatched {
        // A serial queue each: a concurrent one is capped at the number of processors.
        DispatchQueue(label: "unroll.worker.\(index)", qos: .userInitiated).async {
          self.work(as: index)
          Self.dispatched.subtract(1, ordering: .relaxed)
        }
      } else {
        Self.dispatched.subtract(1, ordering: .relaxed)
        do {
          try OwnThread { self.work(as: index) }.letGo()
        } catch {
          throw refusal(of: index + 1, error)
        }
      }
    }
  }

  /// Finds out whether Dispatch could have its threads, two for its own sake among them: where the
  /// system refuses one, Dispatch asks again for ever. Throws as `begin` does.
  func checkThreads() throws {
    let gate = Generation(spinLimit: 0)
    var threads: [OwnThread] = []
    defer {
      gate.advance()
      for thread in threads { thread.join() }
    }
    for index in 1...min(count - 1, Self.mostDispatched) + 2 {
      do {
        threads.append(try OwnThread { gate.wait(past: 0) })
      } catch {
        throw refusal(of: min(index + 1, count), error)
      }
    }
  }

  /// How many workers have begun, once all have or the time is over.
  func awaitReports(within seconds: Double) -> Int {
    let deadline = DispatchTime.now() + seconds
    for index in 1..<max(count, 1) where reports.wait(timeout: deadline) == .timedOut {
      return index - 1
    }
    return count - 1
  }

  private func refusal(of number: Int, _ error: any Error) -> UserError {
    UserError(
      "thread \(number) of \(count) was refused: \(error); \(ThreadLimit.met)",
      hint: "lower --threads, or raise the limit")
  }

  func work(as index: Int) {
    reports.signal()
    let state = unroll_flush_denormals()
    defer {
      unroll_restore_denormals(state)
      // The thread may be somebody else's afterwards.
      if isPinned { Affinity.set(UsableCores.allowed) }
    }
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
