import CKernels
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A meeting point for a fixed number of threads: nobody leaves before everybody has come.
///
/// Waiters spin for a bounded time, since between phases of an update the others are microseconds
/// away, and then sleep, so that an idle team costs nothing. What was written before `wait` is
/// visible to everybody after it.
///
/// `@unchecked Sendable`: shared state is atomic, or guarded by `mutex`.
final class Barrier: @unchecked Sendable {
  private let count: Int
  private let spinLimit: Int
  private let arrived = Atomic<Int>(0)
  private let generation = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  /// - Parameter spinLimit: looks before sleeping; 0 when threads outnumber processors, where the
  ///   one that is waited for may need this processor.
  init(count: Int, spinLimit: Int) {
    self.count = count
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

  func wait() {
    guard count > 1 else { return }
    let mine = generation.load(ordering: .acquiring)
    if arrived.add(1, ordering: .acquiringAndReleasing).newValue == count {
      arrived.store(0, ordering: .relaxed)
      // Sequentially consistent with the sleeper's pair below: either it sees the new generation,
      // or this sees the sleeper.
      generation.add(1, ordering: .sequentiallyConsistent)
      if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
        pthread_mutex_lock(mutex)
        pthread_cond_broadcast(condition)
        pthread_mutex_unlock(mutex)
      }
      return
    }
    for _ in 0..<spinLimit {
      if generation.load(ordering: .acquiring) != mine { return }
      unroll_spin_hint()
    }
    pthread_mutex_lock(mutex)
    sleepers.add(1, ordering: .sequentiallyConsistent)
    while generation.load(ordering: .sequentiallyConsistent) == mine {
      pthread_cond_wait(condition, mutex)
    }
    sleepers.subtract(1, ordering: .relaxed)
    pthread_mutex_unlock(mutex)
  }
}
