import Compute
import Foundation
import Synchronization

/// Lets the n-th file call of a piece of work fail.
package enum FailingCall {
  /// Runs `body` with `fault` instead of its `number`-th call, counted from 1; says whether there
  /// were as many.
  ///
  /// - Parameter isLast: every later call is refused too, as if the process ended there.
  package static func run(
    _ number: Int, _ fault: FileFault, isLast: Bool = false, _ body: () throws -> Void
  ) -> (wasMet: Bool, error: (any Error)?) {
    let count = Counter()
    do {
      try FileSystem.withFaults({ _ in
        let current = count.next()
        if current == number { return fault }
        return isLast && current > number ? .error(EIO) : nil
      }) { try body() }
      return (count.value >= number, nil)
    } catch {
      return (count.value >= number, error)
    }
  }

  private final class Counter: Sendable {
    private let number = Atomic<Int>(0)

    var value: Int { number.load(ordering: .relaxed) }

    func next() -> Int { number.add(1, ordering: .relaxed).newValue }
  }
}
