extension UnsafeMutablePointer where Pointee: MatrixElement {
  /// Writes `count` zeros. In code that stays generic, `update(repeating:)` asks the type how to copy each number;
  /// this is `memset` everywhere.
  package func clear(count: Int) {
    UnsafeMutableRawPointer(self).initializeMemory(
      as: UInt8.self, repeating: 0, count: count * MemoryLayout<Pointee>.stride)
  }
}
