import Parallel

extension UnsafeMutableBufferPointer<Int32> {
  /// Writes the steps of a row of `layout`, in whose token order the buffer is.
  func write(_ ids: some Sequence<Int32>, to row: Int, of layout: SequenceLayout) {
    for (step, id) in ids.enumerated() { self[layout.offsets[step] + row] = id }
  }
}
