import CKernels
import Dispatch

/// A thread that meets other processes while a team computes. One job at a time, which the thread that trains
/// starts and waits for; meanwhile it meets nobody itself.
///
/// Where the system refuses a thread, whoever waits does the job.
package final class RankCourier {
  /// Apart from the courier, so that its thread holds nothing else.
  ///
  /// `@unchecked Sendable`: `job` is written before `begins` is signalled, and read after.
  private final class Desk: @unchecked Sendable {
    let begins = DispatchSemaphore(value: 0)
    let ends = DispatchSemaphore(value: 0)
    /// Nil ends the thread.
    var job: (@Sendable () -> Void)?

    func work() {
      while true {
        begins.wait()
        guard let job else { return }
        Self.run(job)
        // It may hold who holds the courier.
        self.job = nil
        ends.signal()
      }
    }

    /// With numbers as in a region: denormal sums are zero.
    static func run(_ job: () -> Void) {
      let state = unroll_flush_denormals()
      job()
      unroll_restore_denormals(state)
    }
  }

  private let desk = Desk()
  private let thread: OwnThread?
  /// What there is no thread for.
  private var waiting: (@Sendable () -> Void)?

  package init() {
    thread = try? OwnThread { [desk] in desk.work() }
  }

  deinit {
    desk.begins.signal()
    thread?.join()
  }

  /// Begins a job, once the one before has ended.
  package func start(_ job: @escaping @Sendable () -> Void) {
    guard thread != nil else { return waiting = job }
    desk.job = job
    desk.begins.signal()
  }

  /// Does the job, if it has no thread. From the thread that has started it, once nothing that the job waits for
  /// is left for that thread to do.
  package func help() {
    guard let job = waiting else { return }
    waiting = nil
    Desk.run(job)
  }

  /// Returns when the job is done.
  package func wait() {
    if thread == nil { help() } else { desk.ends.wait() }
  }
}
