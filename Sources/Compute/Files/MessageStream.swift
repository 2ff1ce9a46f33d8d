import Foundation
import Synchronization

/// A stream of messages that nobody has to read: what cannot be written is dropped and counted, and
/// never keeps the writer from its work.
///
/// A full disk, a reader that went away, a terminal that was closed, a pipe that nobody empties:
/// the message is lost, the next one is tried again.
package final class MessageStream: Sendable {
  package static let standardError = MessageStream(descriptor: STDERR_FILENO)

  /// Milliseconds that a reader is given to make room.
  private static let patience: Int32 = 100
  /// A pipe that can be written to has room for this much: more might be waited for.
  private static let piece = Int(PIPE_BUF)

  private struct State {
    var dropped = 0
    /// The end of the last message is missing.
    var isTorn = false
    /// The last message found no room.
    var isStalled = false
  }

  private let descriptor: Int32
  private let state = Mutex(State())

  package init(descriptor: Int32) { self.descriptor = descriptor }

  /// Messages that were lost, some of them in part.
  package var droppedCount: Int { state.withLock { $0.dropped } }

  /// Writes `text`, or drops it.
  package func write(_ text: String) {
    state.withLock { state in
      var whole = (state.isTorn ? "\n" : "") + text
      let isWritten = whole.withUTF8 { bytes in
        var done = 0
        while done < bytes.count {
          let rest = bytes[done..<min(done + Self.piece, bytes.count)]
          let count = write(UnsafeBufferPointer(rebasing: rest), &state)
          guard count > 0 else {
            if done > 0 { state.isTorn = true }
            return false
          }
          done += count
        }
        return true
      }
      if isWritten { state.isTorn = false } else { state.dropped += 1 }
    }
  }

  /// Bytes written, 0 if there is no room, negative if the stream has failed.
  private func write(_ bytes: UnsafeBufferPointer<UInt8>, _ state: inout State) -> Int {
    let patience = state.isStalled ? 0 : Self.patience
    while true {
      let isReady = StandardStreams.wait(for: descriptor, POLLOUT, milliseconds: patience)
      state.isStalled = !isReady
      guard isReady else { return 0 }
      let count = Foundation.write(descriptor, bytes.baseAddress, bytes.count)
      if count >= 0 || (errno != EINTR && errno != EAGAIN) { return count }
      // Others write to the same pipe: what was ready is full again.
      if errno == EAGAIN { state.isStalled = true; return 0 }
    }
  }
}
