import Synchronization

/// Stages that some threads go through, all in the same order, and others that wait until all have done one.
///
/// `@unchecked Sendable`: `first` changes only while nobody is in a stage or waits for one.
package final class Stages: @unchecked Sendable {
  private final class Count: Sendable { let value = Atomic<Int>(0) }

  private let threads: Int
  /// Of each stage, the threads that have done it.
  private let counts: [Count]
  /// Stages that all have done so far.
  private let done = Generation(spinLimit: 0)
  /// How many when they last began.
  private var first = 0

  /// - Parameter threads: that go through each stage.
  package init(count: Int, threads: Int) {
    self.threads = threads
    counts = (0..<count).map { _ in Count() }
  }

  /// Begins with the first stage, after the last one or none has been done by all.
  package func begin() { first = done.current }

  /// A thread has done a stage. What it wrote before is visible to all who have waited for it.
  package func finish(_ stage: Int) {
    let count = counts[stage]
    guard count.value.add(1, ordering: .acquiringAndReleasing).newValue == threads else { return }
    count.value.store(0, ordering: .relaxed)
    // Nobody is before the threads that were last in the stage before: they are done in order.
    done.advance()
  }

  /// Waits until all threads have done a stage.
  package func wait(for stage: Int) {
    while case let current = done.current, current - first <= stage { done.wait(past: current) }
  }
}
