import Compute

/// Memory for a piece of a text, and a little more that may be read beyond its end.
final class TextBuffer {
  private(set) var memory: UnsafeMutableRawBufferPointer
  /// Bytes that a piece has where nothing keeps it from ending.
  let size: Int
  /// Bytes of the piece.
  var count = 0
  /// Where the piece begins in its file, in bytes.
  var offset = 0

  init(size: Int) {
    self.size = size
    memory = .allocate(byteCount: size + WordScanner.padding, alignment: 64)
  }

  deinit { memory.deallocate() }

  /// Makes room for `size` bytes; the first `count` stay.
  func reserve(_ size: Int, keeping count: Int) {
    guard size + WordScanner.padding > memory.count else { return }
    let larger = UnsafeMutableRawBufferPointer.allocate(
      byteCount: size + WordScanner.padding, alignment: 64)
    larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<count]))
    memory.deallocate()
    memory = larger
  }

  var bytes: UnsafeBufferPointer<UInt8> {
    UnsafeBufferPointer(
      rebasing: UnsafeRawBufferPointer(memory).bindMemory(to: UInt8.self)[..<count])
  }
}
