import Interchange

extension NetworkGraph {
  /// Every step with its neighbours inside its sequence: `Tape.contextWindow`.
  ///
  /// - Parameter x: `[time, batch, size]`.
  /// - Returns: `[time, batch, (2 radius + 1) · size]`.
  func contextWindow(_ x: ONNXValue, radius: Int, _ frame: SequenceFrame) -> ONNXValue {
    let own = builder.chosen(frame.columnMask, x, builder.number(0))
    let padded = builder.node(
      "Pad", own, builder.integers([radius, 0, 0, radius, 0, 0]))
    let parts = (0...2 * radius).map { shift in
      // From the end, which is as far away as the time is long.
      builder.slice(
        padded, from: shift, to: shift < 2 * radius ? shift - 2 * radius : nil, axis: 0)
    }
    return builder.concatenated(parts, axis: 2)
  }
}
