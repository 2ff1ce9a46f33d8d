import Compute
import Parallel

/// Output layer and loss over the target and some drawn classes, the same for all rows, instead of over all
/// classes.
///
/// With `s = W · x + b` and the target t of a row:
///
/// - `softmax`: `-s_t + ln(e^s_t + Σ_k e^(s_k + c_k))` over the drawn classes k but t, where the correction
///   c_k makes the sum an estimate of that over all classes
/// - `contrast`: `ln(1 + e^-(s_t + c_t)) + Σ_k w_k ln(1 + e^(s_k + c_k))`, telling the target from noise
///
/// - X `[rows, in]`, W `[classes, in]` and b `[classes]`, tables of which only rows that take part have a
///   gradient
/// - loss: `scale · Σ` over rows
/// - backward: `dX = dS · W` over the classes that take part; owes `dW[t] = Σ ds_t · x` and
///   `dW[k] = Σ ds_k · x` by rows, likewise db
///
/// In training only. Cost: three products of all rows with the drawn classes.
struct SampledLoss<S: MatrixElement>: TapeOperation {
  enum Criterion {
    case softmax
    /// - Parameter targets: c of each row's target.
    case contrast(targets: UnsafePointer<S>)
  }

  let x: Consumer<S>
  /// `[rows, padded drawn + 1]`: outputs of the drawn classes and behind them, at `place`, of the target;
  /// then their gradients.
  let outputs: Matrix<S>
  let losses: Matrix<S>
  let rows: ListedRows<S>
  let list: SampledClasses<S>
  let criterion: Criterion
  let targets: UnsafePointer<Int32>
  /// Without padding: `ds_t · x` and `ds_t` of each row, then those of the drawn classes.
  let owed: (rows: Matrix<S>, sums: Matrix<S>)
  let scale: Double

  var isLoss: Bool { true }
  var isTokenwise: Bool { true }
  private var place: Int { rows.layout.columnCount }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ lane: Lane<S>) {
    // As in `OutputLoss`: with a single reader of X the chunk is still warm.
    let isSoleReader = x.variable.consumerCount == 1
    x.variable.ranges(of: lane).forEachGroup(limit: outputs.chunkRows) { chunk in
      for range in chunk { rows.write(to: outputs, range) }
      rows.forward.multiply(x.value, chunk, into: outputs, adding: true, scratch: lane.scratch)
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
    let (logits, x) = (outputs.row(row), x.value.row(row))
    let (owedRow, count) = (owed.rows.row(row), rows.table.columns)
    let target = Int(targets[row])
    guard target >= 0 else {
      logits.clear(count: place + 1)
      owedRow.clear(count: count)
      owed.sums.base[row] = 0
      return 0
    }
    let score =
      Rows.dotProduct(x, rows.table.value + target * count, count: count)
      + rows.bias.value[target]
    let loss: S
    switch criterion {
    case .softmax:
      // A target that was drawn too would count twice.
      if let hit = list.place(of: targets[row]) { logits[hit] = ListedRows<S>.never }
      logits[place] = score
      loss = Rows.softmaxCrossEntropy(
        logits: logits, count: place + 1, target: place, scale: S(scale))
    case .contrast(let corrections):
      let noise = Rows.noiseContrast(
        logits: logits, weights: list.weights, count: rows.count, scale: S(scale))
      logits[place] = -(score + corrections[row])
      var one: S = 1
      loss =
        noise
        + Rows.noiseContrast(logits: logits + place, weights: &one, count: 1, scale: S(-scale))
      (logits + rows.count).clear(count: place - rows.count)
    }
    let gradient = logits[place]
    for index in 0..<count { owedRow[index] = gradient * x[index] }
    owed.sums.base[row] = gradient
    return loss
  }

  private func propagate(_ ranges: [Range<Int>], _ lane: Lane<S>) {
    guard let dx = x.gradient else { return }
    rows.backward.multiply(outputs, ranges, into: dx, adding: x.isAdding, scratch: lane.scratch)
    let count = rows.table.columns
    for range in ranges {
      for row in range where targets[row] >= 0 {
        Rows.addRow(
          rows.table.value + Int(targets[row]) * count, scaledBy: outputs[row, place],
          to: dx.row(row), count: count)
      }
    }
  }
}

// Sendable: targets and corrections are written before the region that reads them.
extension SampledLoss: @unchecked Sendable {}

extension Tape {
  /// Records an estimate of `-ln softmax(X · Wᵀ + b)[target]` from some drawn classes.
  ///
  /// - Parameters:
  ///   - targets: one class a row of `x`, -1 for rows that do not count.
  ///   - classes: as many as `rows` has room for.
  ///   - ids: the targets, and behind them the drawn classes. All of these must stay until the region has
  ///     run.
  ///   - index: filled for the tables' gradients.
  package func sampledSoftmax(
    _ x: Variable<S>, targets: UnsafeBufferPointer<Int32>, _ classes: SampledClasses<S>,
    _ rows: ListedRows<S>, ids: UnsafeBufferPointer<Int32>, index: TokenIndex, scale: Double
  ) -> Loss<S> {
    sampledLoss(x, .softmax, targets, classes, rows, ids, index, scale)
  }

  /// Records how well targets are told from drawn classes, which are noise.
  ///
  /// - Parameter corrections: added to the output of each row's target.
  package func noiseContrast(
    _ x: Variable<S>, targets: UnsafeBufferPointer<Int32>, corrections: UnsafePointer<S>,
    _ classes: SampledClasses<S>, _ rows: ListedRows<S>, ids: UnsafeBufferPointer<Int32>,
    index: TokenIndex, scale: Double
  ) -> Loss<S> {
    sampledLoss(x, .contrast(targets: corrections), targets, classes, rows, ids, index, scale)
  }

  private func sampledLoss(
    _ x: Variable<S>, _ criterion: SampledLoss<S>.Criterion,
    _ targets: UnsafeBufferPointer<Int32>, _ classes: SampledClasses<S>, _ rows: ListedRows<S>,
    _ ids: UnsafeBufferPointer<Int32>, _ index: TokenIndex, _ scale: Double
  ) -> Loss<S> {
    let count = x.value.rows
    precondition(isTraining, "what is not learnt from is exact")
    precondition(targets.count == count, "\(targets.count) targets")
    precondition(classes.ids.count == rows.count && ids.count == count + rows.count)
    guard let targets = targets.baseAddress else { preconditionFailure("no rows") }
    let columns = rows.table.columns
    let outputs = arena.matrix(rows: count, columns: rows.layout.columnCount + 1)
    let loss = Loss(terms: arena.matrix(rows: count, columns: 1), scale: scale, plan: x.plan)
    let owed = (rows: dense(rows: ids.count, columns), sums: dense(rows: ids.count, 1))
    index.fill(ids)
    owe(.scatter(dy: owed.rows, tokens: index), to: rows.table)
    owe(.scatter(dy: owed.sums, tokens: index), to: rows.bias)
    ledger.add(
      ListedProduct(
        dy: RowSource(outputs), x: RowSource(x.value), rows: owed.rows.row(count),
        sums: owed.sums.row(count), layout: rows.layout, columns: columns))
    prepare(Listing(rows: rows, list: classes))
    record(
      SampledLoss(
        x: x.consumed(), outputs: outputs, losses: loss.terms, rows: rows, list: classes,
        criterion: criterion, targets: targets, owed: owed, scale: scale))
    add(loss)
    return loss
  }

  /// Rows one behind the other.
  private func dense(rows: Int, _ columns: Int) -> Matrix<S> {
    let memory = arena.matrix(rows: 1, columns: rows * columns)
    return Matrix(base: memory.base, rows: rows, columns: columns, stride: columns)
  }
}
