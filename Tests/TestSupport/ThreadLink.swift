import Foundation
import Parallel
import Synchronization

/// Joins threads of a test as MPI joins processes.
package final class ThreadLink: RankLink {
  package let rank: Int
  package var count: Int { post.count }
  package var sentBytes: Int { sent.load(ordering: .relaxed) }
  private let sent = Atomic<Int>(0)
  private let post: PostOffice

  private init(rank: Int, _ post: PostOffice) { (self.rank, self.post) = (rank, post) }

  package func exchange(
    _ sent: UnsafeRawBufferPointer, _ received: UnsafeMutableRawBufferPointer, with partner: Int
  ) {
    self.sent.add(sent.count, ordering: .relaxed)
    post.send(Array(sent), from: rank, to: partner)
    received.copyBytes(from: post.receive(from: partner, to: rank))
  }

  /// Runs `body` as every one of `count` ranks at once, and throws what one of them throws.
  package static func run(
    _ count: Int, _ body: @escaping @Sendable (ThreadLink) throws -> Void
  ) throws {
    let post = PostOffice(count: count)
    let failures = Mutex<[any Error]>([])
    let done = DispatchSemaphore(value: 0)
    for rank in 0..<count {
      let thread = Thread {
        do { try body(ThreadLink(rank: rank, post)) } catch {
          failures.withLock { $0.append(error) }
        }
        done.signal()
      }
      thread.stackSize = 8 << 20
      thread.start()
    }
    for _ in 0..<count {
      done.wait()
      // The others may wait for that one for ever.
      if let failure = failures.withLock({ $0.first }) { throw failure }
    }
  }

  private final class PostOffice: @unchecked Sendable {
    let count: Int
    private let condition = NSCondition()
    private var letters: [[[UInt8]]]

    init(count: Int) {
      self.count = count
      letters = Array(repeating: [], count: count * count)
    }

    func send(_ letter: [UInt8], from sender: Int, to receiver: Int) {
      condition.lock()
      defer { condition.unlock() }
      letters[sender * count + receiver].append(letter)
      condition.broadcast()
    }

    func receive(from sender: Int, to receiver: Int) -> [UInt8] {
      condition.lock()
      defer { condition.unlock() }
      let place = sender * count + receiver
      while letters[place].isEmpty { condition.wait() }
      return letters[place].removeFirst()
    }
  }
}
