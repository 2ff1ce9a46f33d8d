import CKernels
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// A number that only grows, and threads that wait for it to grow.
///
/// Waiters spin for a bounded time, since between phases of an update the others are microseconds
/// away, and then sleep, so that an idle team costs nothing. What was written before `advance` is
/// visible to everybody who has seen the new number.
///
/// `@unchecked Sendable`: shared state is atomic, or guarded by `mutex`.
final class Generation: @unchecked Sendable {
  private let spinLimit: Int
  private let number = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  /// - Parameter spinLimit: looks before sleeping; 0 when threads outnumber processors, where the
  ///   one that is waited for may need this processor.
  init(spinLimit: Int) {
    self.spinLimit = spinLimit
    pthread_mutex_init(mutex, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    condition.deallocate()
    mutex.deallocate()
  }

  /// 0 at first.
  var current: Int { number.load(ordering: .acquiring) }

  /// Adds 1 and wakes all who wait. Never waits itself.
  func advance() {
    // Sequentially consistent with the sleeper's pair below: either it sees the new number, or this
    // sees the sleeper.
    number.add(1, ordering: .sequentiallyConsistent)
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
      pthread_mutex_lock(mutex)
      pthread_cond_broadcast(condition)
      pthread_mutex_unlock(mutex)
    }
  }

  /// Returns once the number is no longer `seen`.
  func wait(past seen: Int) {
    for _ in 0..<spinLimit {
      if current != seen { return }
      unroll_spin_hint()
    }
    pthread_mutex_lock(mutex)
    sleepers.add(1, ordering: .sequentiallyConsistent)
    while number.load(ordering: .sequentiallyConsistent) == seen {
      pthread_cond_wait(condition, mutex)
    }
    sleepers.subtract(1, ordering: .relaxed)
    pthread_mutex_unlock(mutex)
  }
}
