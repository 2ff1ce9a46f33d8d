import Interchange
import Networks

/// What queries attend to, batch first.
struct AttentionValues {
  /// `[batch, time, size]`, as the score wants them.
  let keys: ONNXValue
  /// `[batch, time, size]`
  let values: ONNXValue
  /// bool `[batch, 1, time]`: whether a step is within its sequence.
  let mask: ONNXValue
}

extension NetworkGraph {
  /// Values as the score of `name` wants to compare them.
  func keys(_ values: ONNXValue, _ name: String) -> ONNXValue {
    has("\(name).key.weight") ? product(values, "\(name).key.weight") : values
  }

  /// Attention as `Tape.attention` records it.
  ///
  /// - Parameters:
  ///   - queries: `[batch, queries, size]`.
  ///   - size: columns of a query, which a scaled score divides by the root of.
  /// - Returns: means of the values `[batch, queries, size]`, and the weights `[batch, queries, time]`.
  func attention(
    _ queries: ONNXValue, _ memory: AttentionValues, _ score: AttentionScore, _ name: String,
    size: Int
  ) -> (context: ONNXValue, weights: ONNXValue) {
    var scores: ONNXValue
    switch score {
    case .additive:
      // [batch, queries, time, units]
      let sum = builder.sum(
        builder.unsqueezed(linear(queries, "\(name).query"), 2),
        builder.unsqueezed(memory.keys, 1))
      scores = builder.squeezed(
        builder.matrixProduct(
          builder.tanh(sum), builder.unsqueezed(weight("\(name).vector"), 1)), 3)
    case .dot, .general, .scaledDot:
      scores = builder.matrixProduct(queries, builder.transpose(memory.keys, [0, 2, 1]))
      if score == .scaledDot {
        scores = builder.product(scores, builder.number(1 / Float(size).squareRoot()))
      }
    }
    let weights = builder.softmax(
      builder.chosen(memory.mask, scores, builder.number(-.infinity)))
    // What stands behind an end may be anything, so it is not multiplied away.
    let own = builder.chosen(
      builder.transpose(memory.mask, [0, 2, 1]), memory.values, builder.number(0))
    return (builder.matrixProduct(weights, own), weights)
  }

  /// Every step beside what it finds in the whole of its sequence: `Tape.selfAttention`.
  ///
  /// - Parameter x: `[time, batch, size]`.
  /// - Returns: `[time, batch, 2 · size]`.
  func selfAttention(
    _ x: ONNXValue, _ score: AttentionScore, size: Int, _ frame: SequenceFrame
  ) -> ONNXValue {
    let steps = builder.transpose(x, [1, 0, 2])
    let memory = AttentionValues(
      keys: keys(steps, "self_attention"), values: steps,
      mask: builder.unsqueezed(builder.transpose(frame.mask, [1, 0]), 1))
    let (context, _) = attention(steps, memory, score, "self_attention", size: size)
    return builder.concatenated([x, builder.transpose(context, [1, 0, 2])], axis: 2)
  }
}
