import Compute
import Parallel

/// Output layer, loss and its gradient in one: `loss(X · Wᵀ + b)` for every row.
///
/// - X `[rows, in]`, W `[out, in]`, b `[out]`; rows are tokens or sequences
/// - loss: `scale · Σ weight · criterion` over rows
/// - backward: `dX = dOutputs · W`; owes `dW = dOutputsᵀ · X`, `db = Σ dOutputs`
///
/// Works through its rows in chunks, so that the outputs of a chunk are still in the cache when the
/// criterion, and then the product with W, read them.
struct OutputLoss<S: MatrixElement>: TapeOperation {
  /// What the outputs of a row are compared with.
  enum Criterion {
    /// `smoothing` of the target's probability is spread over all classes.
    case softmaxCrossEntropy(targets: UnsafePointer<Int32>, smoothing: S)
    case sigmoidCrossEntropy(targets: Matrix<S>)
    case squaredError(targets: Matrix<S>)
    /// Outputs are quantiles of the targets, as many of each as there are levels.
    case quantileError(targets: Matrix<S>, levels: [S])
  }

  let x: Consumer<S>
  /// `[rows, out]`: outputs, then their gradients.
  let outputs: Matrix<S>
  let losses: Matrix<S>
  let criterion: Criterion
  /// Of each row; nil: all 1.
  let weights: UnsafePointer<S>?
  let weight: PackedParameter<S>
  let bias: PackedVector<S>?
  /// 0 where no gradient is wanted.
  let scale: Double

  var isLoss: Bool { true }
  var isTokenwise: Bool { true }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ lane: Lane<S>) {
    // The gradient is known as soon as the loss is. With a single reader of X nothing has to wait
    // for the backward pass, and the chunk is still warm.
    let isSoleReader = x.variable.consumerCount == 1
    x.variable.ranges(of: lane).forEachGroup(limit: outputs.chunkRows) { chunk in
      if let bias { for range in chunk { bias.write(to: outputs, range) } }
      weight.forward.multiply(
        x.value, chunk, into: outputs, adding: bias != nil, scratch: lane.scratch)
      for range in chunk {
        for row in range { losses[row, 0] = loss(ofRow: row) }
      }
      if isSoleReader { propagate(chunk, lane) }
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(_ lane: Lane<S>) {
    if x.variable.consumerCount > 1 { propagate(x.variable.ranges(of: lane), lane) }
  }

  /// The loss of one row, whose outputs become their gradients.
  private func loss(ofRow row: Int) -> S {
    let weight = weights?[row] ?? 1
    let count = outputs.columns
    let scale = S(scale) * weight
    var isLearntFrom = scale != 0
    let loss: S
    switch criterion {
    case .softmaxCrossEntropy(let targets, let smoothing) where weight != 0 && targets[row] >= 0:
      loss = crossEntropy(row, target: Int(targets[row]), smoothing: smoothing, scale: scale)
    case .sigmoidCrossEntropy(let targets) where weight != 0:
      loss = Rows.sigmoidCrossEntropy(
        logits: outputs.row(row), targets: targets.row(row), count: count, scale: scale)
    case .squaredError(let targets) where weight != 0:
      loss = Rows.squaredError(
        outputs: outputs.row(row), targets: targets.row(row), count: count, scale: scale)
    case .quantileError(let targets, let levels) where weight != 0:
      loss = Rows.quantileError(
        outputs: outputs.row(row), targets: targets.row(row), count: targets.columns,
        levels: levels, scale: scale)
    default: (loss, isLearntFrom) = (0, false)
    }
    // Also where a weight is so small that its product is 0: the criteria then leave the outputs as they are.
    if self.scale != 0, !isLearntFrom { outputs.row(row).clear(count: count) }
    return weight * loss
  }

  /// `-Σ p_k ln softmax(y)_k` with `p = (1 - smoothing) onehot(target) + smoothing / classes`.
  ///
  /// That is the plain loss and `smoothing` times what the target's logit is above their mean.
  /// Source: Szegedy et al., "Rethinking the Inception Architecture for Computer Vision" (2016), section 7.
  private func crossEntropy(_ row: Int, target: Int, smoothing: S, scale: S) -> S {
    let (logits, count) = (outputs.row(row), outputs.columns)
    guard smoothing > 0 else {
      return Rows.softmaxCrossEntropy(logits: logits, count: count, target: target, scale: scale)
    }
    var sum: S = 0
    for i in 0..<count { sum += logits[i] }
    let excess = logits[target] - sum / S(count)
    let loss = Rows.softmaxCrossEntropy(logits: logits, count: count, target: target, scale: scale)
    if scale != 0 {
      let share = smoothing * scale / S(count)
      for i in 0..<count { logits[i] -= share }
      logits[target] += smoothing * scale
    }
    return loss + smoothing * excess
  }

  /// `dX = dOutputs · W`.
  private func propagate(_ ranges: [Range<Int>], _ lane: Lane<S>) {
    guard let dx = x.gradient else { return }
    weight.backward.multiply(outputs, ranges, into: dx, adding: x.isAdding, scratch: lane.scratch)
  }
}

extension Matrix {
  /// Rows of outputs that are formed and read at once: about 512 KiB of them, but enough to be worth
  /// reading all of W for. 200 rows of a large vocabulary cost less than streaming W a second time.
  var chunkRows: Int { max(200, (1 << 19) / (stride * MemoryLayout<S>.stride)) }
}

// Sendable: targets and weights are written before the region that reads them.
extension OutputLoss: @unchecked Sendable {}

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
  func outputLoss(
    _ x: Variable<S>, _ criterion: OutputLoss<S>.Criterion, rowWeights: UnsafeBufferPointer<S>?,
    weight: PackedParameter<S>, bias: PackedVector<S>?, biasParameter: Parameter<S>?, scale: Double
  ) -> Loss<S> {
    let rows = x.value.rows
    precondition(rowWeights == nil || rowWeights?.count == rows, "row weights for \(rows) rows")
    let outputs = arena.matrix(rows: rows, columns: weight.parameter.rows)
    let loss = Loss(
      terms: arena.matrix(rows: rows, columns: 1), scale: scale, outputs: outputs,
      plan: x.plan)
    owe(
      .product(dy: RowSource(outputs), x: RowSource(x.value)), to: weight.parameter,
      rows: x.leafRows)
    if let biasParameter { owe(.sum(dy: RowSource(outputs)), to: biasParameter, rows: x.leafRows) }
    record(
      OutputLoss(
        x: x.consumed(), outputs: outputs, losses: loss.terms, criterion: criterion,
        weights: rowWeights?.baseAddress, weight: weight, bias: bias,
        scale: isTraining ? scale : 0))
    add(loss)
    return loss
  }
}
