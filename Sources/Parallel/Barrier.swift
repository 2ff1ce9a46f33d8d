import Synchronization

/// A meeting point for a fixed number of threads: nobody leaves before everybody has come.
///
/// What was written before `wait` is visible to everybody after it.
final class Barrier: Sendable {
  private let count: Int
  private let arrived = Atomic<Int>(0)
  private let generation: Generation

  /// - Parameter spinLimit: see `Generation`.
  init(count: Int, spinLimit: Int) {
    self.count = count
    generation = Generation(spinLimit: spinLimit)
  }

  func wait() {
    guard count > 1 else { return }
    let mine = generation.current
    if arrived.add(1, ordering: .acquiringAndReleasing).newValue == count {
      arrived.store(0, ordering: .relaxed)
      generation.advance()
    } else {
      generation.wait(past: mine)
    }
  }
}
