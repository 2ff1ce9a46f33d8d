/// Which updates `metrics.jsonl` has a record of. That follows from an update's number alone, so that a run
/// which was stopped goes on as if it had never stopped.
package struct RecordInterval: Sendable, Equatable {
  /// Every update up to 10,000, every tenth up to 100,000, every hundredth up to 1,000,000, and so on: at
  /// most 9,000 records more for ten times as many updates.
  package static let automatic = RecordInterval(every: 0)
  private static let densest = 10_000

  private let every: Int

  /// - Parameter every: updates from one record to the next; 0: `automatic`.
  package init(every: Int) { self.every = every }

  package func isDue(_ update: Int) -> Bool { update % step(at: update) == 0 }

  /// The next update that is due.
  package func next(after update: Int) -> Int {
    let step = step(at: update)
    return (update / step + 1) * step
  }

  private func step(at update: Int) -> Int {
    guard every == 0 else { return every }
    var step = 1
    while update / step >= Self.densest { step *= 10 }
    return step
  }
}
