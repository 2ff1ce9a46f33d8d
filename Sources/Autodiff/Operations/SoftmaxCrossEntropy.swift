import Compute
import Parallel

/// `-ln softmax(X · Wᵀ + b)[target]` for every token: output layer, loss and its gradient in one.
///
/// - X `[tokens, in]`, W `[classes, in]`, b `[classes]`, targets one a token
/// - loss: `scale · Σ` over tokens; gradient of the logits: `scale · (softmax - onehot)`
/// - backward: `dX = dLogits · W`; owes `dW = dLogitsᵀ · X`, `db = Σ dLogits`
///
/// Works through its rows in chunks, so that the logits of a chunk are still in the cache when the
/// softmax, and then the product with W, read them.
public struct SoftmaxCrossEntropy<S: Real>: Operation {
  let x: Consumer<S>
  /// `[tokens, classes]`: logits, then their gradients.
  let logits: Matrix<S>
  let losses: Matrix<S>
  let targets: UnsafePointer<Int32>
  let weight: PackedParameter<S>
  let bias: PackedBias<S>
  let scale: Double

  public var isLoss: Bool { true }

  public func forward(_ lane: Lane<S>) {
    let classes = weight.parameter.rows
    // The gradient is known as soon as the loss is. With a single reader of X nothing has to wait
    // for the backward pass, and the chunk is still warm.
    let isSoleReader = x.variable.consumerCount == 1
    x.variable.ranges(of: lane.worker).forEachGroup(limit: chunkRows) { chunk in
      for range in chunk { bias.write(to: logits, range) }
      weight.forward.multiply(x.value, chunk, into: logits, adding: true, scratch: lane.scratch)
      for range in chunk {
        for token in range {
          losses[token, 0] = Compute.softmaxCrossEntropy(
            logits: logits.row(token), count: classes, target: Int(targets[token]),
            scale: S(scale))
        }
      }
      if isSoleReader { propagate(chunk, lane) }
    }
  }

  public func backward(_ lane: Lane<S>) {
    if x.variable.consumerCount > 1 { propagate(x.variable.ranges(of: lane.worker), lane) }
  }

  /// `dX = dLogits · W`.
  private func propagate(_ ranges: [Range<Int>], _ lane: Lane<S>) {
    guard let dx = x.gradient else { return }
    weight.backward.multiply(logits, ranges, into: dx, adding: x.isAdding, scratch: lane.scratch)
  }

  /// Rows that make about 512 KiB of logits, but enough to be worth reading all of W for: 200 rows
  /// of a large vocabulary cost less than streaming W a second time.
  private var chunkRows: Int { max(200, (1 << 19) / (logits.stride * MemoryLayout<S>.stride)) }
}

// Sendable: the targets are written before the region that reads them.
extension SoftmaxCrossEntropy: @unchecked Sendable {}

extension Array where Element == Range<Int> {
  /// Hands out the same rows in groups of at most `limit` rows; a longer range is cut.
  func forEachGroup(limit: Int, _ body: ([Range<Int>]) -> Void) {
    var group: [Range<Int>] = []
    group.reserveCapacity(Swift.min(count, limit))
    var room = limit
    for range in self {
      var start = range.lowerBound
      while start < range.upperBound {
        let end = Swift.min(range.upperBound, start + room)
        group.append(start..<end)
        room -= end - start
        start = end
        if room == 0 {
          body(group)
          group.removeAll(keepingCapacity: true)
          room = limit
        }
      }
    }
    if !group.isEmpty { body(group) }
  }
}

extension Tape {
  /// Records output layer and loss. In training the logits are replaced by their gradients.
  ///
  /// - Parameters:
  ///   - targets: one class a token, each below `weight.parameter.rows`.
  ///   - scale: weight of a token in the loss: `1 / tokens` for the mean.
  /// - Returns: the loss. Its terms are the negative log-likelihoods, in nats.
  @discardableResult
  public func softmaxCrossEntropy(
    _ x: Variable<S>, targets: UnsafeBufferPointer<Int32>, weight: PackedParameter<S>,
    bias: PackedBias<S>, biasParameter: Parameter<S>, scale: Double
  ) -> Loss<S> {
    precondition(targets.count == x.value.rows)
    let logits = arena.matrix(rows: x.value.rows, columns: weight.parameter.rows)
    let loss = Loss(terms: arena.matrix(rows: x.value.rows, columns: 1), scale: scale)
    let source = RowSource(logits)
    owe(.product(dy: source, x: RowSource(x.value)), to: weight.parameter)
    owe(.sum(dy: source), to: biasParameter)
    if let base = targets.baseAddress {
      record(
        SoftmaxCrossEntropy(
          x: x.consumed(), logits: logits, losses: loss.terms, targets: base, weight: weight,
          bias: bias, scale: isTraining ? scale : 0))
    }
    add(loss)
    return loss
  }
}
