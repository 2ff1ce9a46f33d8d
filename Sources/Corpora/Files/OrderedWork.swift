import Compute
import Dispatch
import Foundation

/// Work on pieces of a stream: read one after the other, worked on side by side, taken in their order. So
/// what comes out depends neither on the number of threads nor on which of them was faster.
///
/// Every thread reads a piece, works on it and waits for its turn to hand the result over; at most one
/// piece a thread is in memory.
package enum OrderedWork {
  /// - Parameters:
  ///   - threads: where the system starts fewer, those do all.
  ///   - state: what one thread keeps between pieces, such as memory.
  ///   - read: the next piece, nil at the end. Never called by two threads at once.
  ///   - work: called by many threads at once.
  ///   - take: called for each piece in order, never by two threads at once. The thread's state is
  ///     not touched before it returns.
  /// - Returns: the states.
  /// - Throws: what the first piece of the stream that failed threw; those before it were taken.
  @discardableResult
  static func run<State, Piece, Result>(
    threads: Int, state: () throws -> State, read: @escaping (inout State) throws -> Piece?,
    work: @escaping (inout State, Piece) throws -> Result, take: @escaping (Result) throws -> Void
  ) throws -> [State] {
    let progress = Progress()
    let states = UnsafeMutableBufferPointer<State>.allocate(capacity: threads)
    // Fewer than there is room for where making one throws.
    var made = 0
    defer {
      states.baseAddress?.deinitialize(count: made)
      states.deallocate()
    }
    while made < threads {
      states.initializeElement(at: made, to: try state())
      made += 1
    }
    let job = Job { index in
      while true {
        // What fails while it is read fails when its turn has come.
        guard let (turn, piece) = progress.next({ try read(&states[index]) }) else { return }
        let result = Swift.Result { try work(&states[index], try piece.get()) }
        guard progress.inTurn(turn, { try take(try result.get()) }) else { return }
      }
    }
    let watch = FileSystem.watch
    DispatchQueue.concurrentPerform(iterations: threads) { index in watch.over { job.loop(index) } }
    if let error = progress.error { throw error }
    return Array(states)
  }

  /// The same of a list of `count` elements: `work` is given the places of a stretch of them, of `size` or fewer.
  package static func run<Result>(
    over count: Int, stretch size: Int = 4096, threads: Int,
    work: @escaping (Range<Int>) throws -> Result, take: @escaping (Result) throws -> Void
  ) throws {
    try run(over: count, stretch: size, threads: threads) {
    } work: { _, stretch in
      try work(stretch)
    } take: {
      try take($0)
    }
  }

  /// The same, where a thread keeps something from stretch to stretch.
  @discardableResult
  static func run<State, Result>(
    over count: Int, stretch size: Int = 4096, threads: Int, state: () throws -> State,
    work: @escaping (inout State, Range<Int>) throws -> Result,
    take: @escaping (Result) throws -> Void
  ) throws -> [State] {
    var next = 0
    return try run(
      threads: max(1, min(threads, (count - 1) / size + 1)), state: state,
      read: { _ -> Range<Int>? in
        guard next < count else { return nil }
        defer { next = min(next + size, count) }
        return next..<min(next + size, count)
      }, work: work, take: take)
  }

  /// Sendable is unchecked: what `read` and `take` share is touched by one thread at a time, what `work`
  /// touches by its own thread alone.
  private struct Job: @unchecked Sendable { let loop: (Int) -> Void }

  private final class Progress {
    private let reading = NSLock()
    private var pieces = 0
    private var isAtEnd = false
    private let taking = NSCondition()
    private var turn = 0
    private(set) var error: (any Error)?

    /// The next piece, with its number; nil where there is none, or nobody needs one any more.
    func next<Piece>(_ read: () throws -> Piece?) -> (Int, Swift.Result<Piece, any Error>)? {
      reading.withLock {
        guard !isAtEnd else { return nil }
        do {
          guard let piece = try read() else {
            isAtEnd = true
            return nil
          }
          pieces += 1
          return (pieces - 1, .success(piece))
        } catch {
          isAtEnd = true
          pieces += 1
          return (pieces - 1, .failure(error))
        }
      }
    }

    /// Waits for the turn of a piece; false if one before it, or it itself, has failed.
    func inTurn(_ number: Int, _ body: () throws -> Void) -> Bool {
      taking.lock()
      while turn != number, error == nil { taking.wait() }
      defer {
        taking.broadcast()
        taking.unlock()
      }
      guard error == nil else { return false }
      do {
        try body()
        turn += 1
        return true
      } catch {
        self.error = error
        reading.withLock { isAtEnd = true }
        return false
      }
    }
  }
}
