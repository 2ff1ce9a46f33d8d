import Compute
import Foundation
import Testing

@Suite struct StandardStreamsTests {
  /// A pipe whose writing end does not wait, filled to the brim.
  private func fullPipe() throws -> (reader: Int32, writer: Int32, count: Int) {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
    let block = [UInt8](repeating: 0x2E, count: 4096)
    var count = 0
    while case let written = write(ends[1], block, block.count), written > 0 { count += written }
    return (ends[0], ends[1], count)
  }

  private func drain(_ reader: Int32, _ count: Int) -> String {
    var bytes = [UInt8](repeating: 0, count: count)
    let found = read(reader, &bytes, count)
    return String(decoding: bytes.prefix(max(found, 0)), as: UTF8.self)
  }

  @Test(arguments: ["x", "", "two words\n"])
  func textsOfAnyLengthAreWrittenOnce(text: String) throws {
    var ends: [Int32] = [0, 0]
    try #require(pipe(&ends) == 0)
    try StandardStreams.write(text, to: ends[1])
    close(ends[1])
    #expect(drain(ends[0], 64) == text)
    close(ends[0])
  }

  @Test func aMessageThatFindsNoRoomIsDroppedAndCounted() throws {
    let (reader, writer, count) = try fullPipe()
    // A reader that waits is not waited for either.
    _ = fcntl(writer, F_SETFL, 0)
    let stream = MessageStream(descriptor: writer)
    for _ in 0..<100 { stream.write("lost\n") }
    #expect(stream.droppedCount == 100)
    #expect(drain(reader, count).count == count)
    stream.write("found\n")
    #expect(stream.droppedCount == 100)
    #expect(drain(reader, 64) == "found\n")
    for end in [reader, writer] { close(end) }
  }

  @Test func aMessageThatWasTornEndsItsLine() throws {
    let (reader, writer, _) = try fullPipe()
    _ = drain(reader, 4096)
    let stream = MessageStream(descriptor: writer)
    stream.write(String(repeating: "a", count: 5000))
    #expect(stream.droppedCount == 1)
    _ = fcntl(reader, F_SETFL, O_NONBLOCK)
    while !drain(reader, 65536).isEmpty {}
    stream.write("next\n")
    #expect(drain(reader, 64) == "\nnext\n")
    for end in [reader, writer] { close(end) }
  }

  @Test func nobodyListens() async {
    await #expect(processExitsWith: .success) {
      signal(SIGPIPE, SIG_IGN)
      var ends: [Int32] = [0, 0]
      pipe(&ends)
      close(ends[0])
      let stream = MessageStream(descriptor: ends[1])
      stream.write("lost")
      let closed = MessageStream(descriptor: 99)
      closed.write("lost")
      precondition(stream.droppedCount == 1 && closed.droppedCount == 1)
    }
  }

  @Test func resultsAreWaitedFor() throws {
    let (reader, writer, count) = try fullPipe()
    let text = String(repeating: "result ", count: 20_000)
    let done = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      try? StandardStreams.write(text, to: writer)
      close(writer)
      done.signal()
    }
    var found = ""
    while case let part = drain(reader, 65536), !part.isEmpty {
      found += part
      usleep(1000)
    }
    done.wait()
    #expect(found.dropFirst(count) == text)
    close(reader)
  }

  @Test func aStreamThatFailsIsToldWithItsReason() {
    let error = #expect(throws: SystemError.self) { try StandardStreams.write("x", to: 99) }
    #expect(error?.code == EBADF)
  }

  @Test func closedDescriptorsAreTaken() async {
    await #expect(processExitsWith: .success) {
      for descriptor in 0..<3 { close(Int32(descriptor)) }
      StandardStreams.openClosed()
      for descriptor in 0..<3 { precondition(fcntl(Int32(descriptor), F_GETFD) >= 0) }
      precondition(open("/dev/null", O_RDONLY) > 2)
      // They go on to fail, so that a result that is lost is told.
      precondition(write(1, "x", 1) < 0 && write(2, "x", 1) < 0)
    }
  }
}
