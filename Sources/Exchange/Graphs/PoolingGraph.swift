import Interchange
import Networks

// What stands for a whole sequence, of its own steps alone.

extension NetworkGraph {
  /// - Parameter x: `[time, batch, size]`.
  /// - Returns: `[batch, size]`.
  func meanPooled(_ x: ONNXValue, _ frame: SequenceFrame) -> ONNXValue {
    // What stands behind an end may be anything, so it is not multiplied away.
    let own = builder.chosen(frame.columnMask, x, builder.number(0))
    return builder.quotient(builder.summed(own, axis: 0), frame.columnLengths)
  }

  func maxPooled(_ x: ONNXValue, _ frame: SequenceFrame) -> ONNXValue {
    let own = builder.chosen(frame.columnMask, x, builder.number(-.infinity))
    return builder.node("ReduceMax", own, with: [("axes", .ints([0])), ("keepdims", .int(0))])
  }

  /// A mean weighted by `softmax(v · tanh(W x + b))`; see `AttentionPoolingLayer`.
  func attentionPooled(_ x: ONNXValue, _ name: String, _ frame: SequenceFrame) -> ONNXValue {
    let units = builder.tanh(linear(x, "\(name).linear"))
    let scores = builder.matrixProduct(
      units, builder.unsqueezed(weight("\(name).vector"), 1))
    let weights = builder.softmax(
      builder.chosen(frame.columnMask, scores, builder.number(-.infinity)), axis: 0)
    let own = builder.chosen(frame.columnMask, x, builder.number(0))
    return builder.summed(builder.product(weights, own), axis: 0)
  }
}
