import Foundation
import Synchronization

/// Descriptors 0 to 2, which others opened, or closed, or share.
package enum StandardStreams {
  /// Opens those that are closed, on the null device: else the next file that is opened would get
  /// the number, and what is meant for a terminal would land in it.
  ///
  /// To be called first of all. The device is opened for the wrong direction, so that reading
  /// and writing go on to fail.
  package static func openClosed() {
    for (descriptor, flags) in [(STDIN_FILENO, O_WRONLY), (1, O_RDONLY), (2, O_RDONLY)]
    where fcntl(descriptor, F_GETFD) < 0 && errno == EBADF {
      // The lowest free number is taken, which is this one.
      _ = open("/dev/null", flags)
    }
  }

  /// Waits until `descriptor` can be written to (`POLLOUT`) or read from (`POLLIN`), or has failed;
  /// false if the time is over first. -1 milliseconds are for ever.
  @discardableResult
  package static func wait(
    for descriptor: Int32, _ event: Int32, milliseconds: Int32 = -1
  ) -> Bool {
    var request = pollfd(fd: descriptor, events: Int16(event), revents: 0)
    while true {
      let count = poll(&request, 1, milliseconds)
      if count >= 0 { return count > 0 }
      guard errno == EINTR else { return true }
    }
  }

  /// Writes all of `text`, however long that takes. Throws a `SystemError`.
  package static func write(_ text: String, to descriptor: Int32) throws {
    var text = text
    try text.withUTF8 { bytes in
      var done = 0
      while done < bytes.count {
        let rest = UnsafeBufferPointer(rebasing: bytes[done...])
        let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
        if count > 0 {
          done += count
        } else if count < 0, errno == EAGAIN {
          wait(for: descriptor, POLLOUT)
        } else if count == 0 || errno != EINTR {
          throw SystemError(code: count == 0 ? EIO : errno)
        }
      }
    }
  }
}
