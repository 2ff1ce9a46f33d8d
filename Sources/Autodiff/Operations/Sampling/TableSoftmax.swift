import Compute
import Parallel

/// `-ln softmax(X · Wᵀ + b)[target]` over all rows of a table W, to measure with: it has no gradient.
///
/// - X `[rows, in]`, W `[classes, in]`, b `[classes]`
///
/// Outputs are summed up part after part, so memory does not grow with the number of classes.
struct TableSoftmax<S: MatrixElement>: TapeOperation {
  let x: Consumer<S>
  let product: TableProduct<S>
  let targets: UnsafePointer<Int32>
  let losses: Matrix<S>
  /// Whether the outputs are taken for logarithms of probabilities as they are: the target's alone is
  /// computed.
  let isSelfNormalised: Bool

  var isLoss: Bool { true }
  var isTokenwise: Bool { true }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ lane: Lane<S>) {
    let ranges = x.variable.ranges(of: lane)
    if isSelfNormalised {
      for row in ranges.joined() { losses[row, 0] = targets[row] < 0 ? 0 : -score(ofRow: row) }
    } else {
      ranges.forEachGroup(limit: TableProduct<S>.block, measure)
    }
  }

  func backward(_ lane: Lane<S>) {}

  private func score(ofRow row: Int) -> S {
    let (table, target) = (product.table, Int(targets[row]))
    return Rows.dotProduct(
      x.value.row(row), table.value + target * table.columns, count: table.columns)
      + product.bias.value[target]
  }

  /// Largest output so far, and Σ e^(output - largest), of each row.
  private struct Sums {
    var largest = [S](repeating: -.infinity, count: TableProduct<S>.block)
    var sums = [Double](repeating: 0, count: TableProduct<S>.block)
    var targets = [S](repeating: 0, count: TableProduct<S>.block)
  }

  private func measure(_ ranges: [Range<Int>]) {
    var sums = Sums()
    let rows = Array(ranges.joined())
    product.forEachPart(x.value, ranges) { classes, s, width in
      for (column, row) in rows.enumerated() where classes.contains(Int(targets[row])) {
        sums.targets[column] = s[(Int(targets[row]) - classes.lowerBound) * width + column]
      }
      add(s, rows: classes.count, width: width, to: &sums)
    }
    for (column, row) in rows.enumerated() {
      losses[row, 0] =
        targets[row] < 0
        ? 0
        : S(Scalar.log(sums.sums[column])) + (sums.largest[column] - sums.targets[column])
    }
  }

  /// `s`, `[rows, width]`, is overwritten.
  private func add(
    _ s: UnsafeMutablePointer<S>, rows: Int, width: Int, to sums: inout Sums
  ) {
    withUnsafeTemporaryAllocation(of: S.self, capacity: 2 * width) { buffer in
      let largest = buffer.baseAddress!
      let sum = largest + width
      for i in 0..<width {
        (largest + i).initialize(to: sums.largest[i])
        (sum + i).initialize(to: 0)
      }
      for row in 0..<rows {
        let from = s + row * width
        for i in 0..<width { largest[i] = from[i] > largest[i] ? from[i] : largest[i] }
      }
      for row in 0..<rows {
        let from = s + row * width
        for i in 0..<width { from[i] -= largest[i] }
      }
      Activations.exp(s, into: s, count: rows * width)
      for row in 0..<rows {
        let from = s + row * width
        for i in 0..<width { sum[i] += from[i] }
      }
      for i in 0..<width {
        sums.sums[i] =
          sums.sums[i] * Scalar.exp(Double(sums.largest[i] - largest[i])) + Double(sum[i])
        sums.largest[i] = largest[i]
      }
    }
  }
}

// Sendable: the targets are written before the region that reads them.
extension TableSoftmax: @unchecked Sendable {}

/// `Y = X · Wᵀ + b` over all rows of a table W, to draw and to search with: it has no gradient.
struct TableOutputs<S: MatrixElement>: TapeOperation {
  let x: Consumer<S>
  let y: Variable<S>
  let product: TableProduct<S>

  var isTokenwise: Bool { true }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ lane: Lane<S>) {
    y.ranges(of: lane).forEachGroup(limit: TableProduct<S>.block) { ranges in
      let rows = Array(ranges.joined())
      product.forEachPart(x.value, ranges) { classes, s, width in
        for (column, row) in rows.enumerated() {
          let target = y.value.row(row)
          for (place, id) in classes.enumerated() { target[id] = s[place * width + column] }
        }
      }
    }
    for range in y.ranges(of: lane) {
      for row in range {
        for column in y.value.columns..<y.value.paddedColumns { y.value[row, column] = 0 }
      }
    }
  }

  func backward(_ lane: Lane<S>) {}
}

extension Tape {
  /// Records the exact loss of an output layer whose weights are tables, for reading.
  ///
  /// - Parameters:
  ///   - targets: one class a row of `x`, -1 for rows that do not count.
  ///   - isSelfNormalised: whether outputs are taken for logarithms of probabilities as they are.
  package func tableSoftmax(
    _ x: Variable<S>, targets: UnsafeBufferPointer<Int32>, table: Parameter<S>, bias: Parameter<S>,
    isSelfNormalised: Bool = false, scale: Double
  ) -> Loss<S> {
    precondition(!isTraining, "a softmax over a table has no gradient")
    precondition(targets.count == x.value.rows, "\(targets.count) targets")
    guard let targets = targets.baseAddress else { preconditionFailure("no rows") }
    let loss = Loss(
      terms: arena.matrix(rows: x.value.rows, columns: 1), scale: scale, plan: x.plan)
    record(
      TableSoftmax(
        x: x.consumed(), product: TableProduct(table: table, bias: bias), targets: targets,
        losses: loss.terms, isSelfNormalised: isSelfNormalised))
    add(loss)
    return loss
  }

  /// Records outputs `[rows, classes]` of an output layer whose weights are tables, for reading.
  package func tableOutputs(
    _ x: Variable<S>, table: Parameter<S>, bias: Parameter<S>
  ) -> Variable<S> {
    precondition(!isTraining, "outputs of a table have no gradient")
    let y = variable(
      columns: table.rows, plan: x.plan, extent: x.extent, needsGradient: false)
    record(TableOutputs(x: x.consumed(), y: y, product: TableProduct(table: table, bias: bias)))
    return y
  }
}
