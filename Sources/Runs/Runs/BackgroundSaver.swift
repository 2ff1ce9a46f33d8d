import Compute
import Foundation
import Parallel
import Synchronization

/// Writes what training has come to on a thread of its own, one thing after the other, while training goes
/// on. After a failure nothing more is written, until it was told.
package final class BackgroundSaver {
  private struct Work: Sendable {
    let body: @Sendable () throws -> Void
    /// Of a checkpoint.
    let url: URL?
  }

  private struct State: Sendable {
    var waiting: [Work] = []
    var isWorking = false
    /// Checkpoints that are on the disk and were not told yet.
    var written: [URL] = []
    var failure: (any Error)?
  }

  /// Apart from the saver, so that the thread holds nothing else.
  private final class Desk: Sendable {
    let state = Mutex(State())

    func work() {
      while let next = state.withLock({ state in
        if state.waiting.isEmpty { state.isWorking = false }
        return state.waiting.isEmpty ? nil : state.waiting.removeFirst()
      }) {
        do {
          try next.body()
          state.withLock { if let url = next.url { $0.written.append(url) } }
        } catch {
          state.withLock { ($0.failure, $0.waiting) = (error, []) }
        }
      }
    }
  }

  private let desk = Desk()
  private var thread: OwnThread?
  /// What is or was written from, and the update that it is of.
  private(set) var copy: (state: TrainingState, update: Int)?

  package init() {}

  deinit { thread?.join() }

  /// Takes a copy to write from. Nothing may be being written.
  package func take(_ state: TrainingState, update: Int, _ team: WorkerTeam) -> TrainingState {
    let copy = TrainingState(copyOf: state, into: self.copy?.state, team)
    self.copy = (copy, update)
    return copy
  }

  /// Does `body` after what is being done.
  ///
  /// - Parameter url: of the checkpoint that it writes.
  package func write(_ url: URL? = nil, _ body: @escaping @Sendable () throws -> Void) {
    let isWorking = desk.state.withLock { state in
      guard state.failure == nil else { return true }
      state.waiting.append(Work(body: body, url: url))
      defer { state.isWorking = true }
      return state.isWorking
    }
    guard !isWorking else { return }
    thread?.join()
    thread = try? OwnThread { [desk, watch = FileSystem.watch] in watch.over { desk.work() } }
    // Where the system refuses another thread, training waits.
    if thread == nil { desk.work() }
  }

  /// The checkpoints that have been written since the last call. Throws the failure that has ended writing.
  ///
  /// - Parameter waits: until nothing is left to write.
  package func collect(waits: Bool) throws -> [URL] {
    if waits {
      thread?.join()
      thread = nil
    }
    let (written, failure) = desk.state.withLock { state in
      defer { (state.written, state.failure) = ([], nil) }
      return (state.written, state.failure)
    }
    if let failure { throw failure }
    return written
  }
}
