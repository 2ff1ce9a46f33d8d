import Compute
import Parallel

/// The negative log-likelihood of a sequence of tags under a linear-chain conditional random field:
///
///     score(y) = start[y_1] + Σ_t e_t[y_t] + Σ_t T[y_(t-1), y_t] + end[y_n]
///     loss     = ln Σ_y' e^score(y') - score(y)
///
/// - e `[tokens, tags]`, one loss term a sequence
/// - forward: α_t(j) = e_t(j) + ln Σ_i e^(α_(t-1)(i) + T(i, j)), the rows of a worker at once, as a
///   product with e^T
/// - backward: β_(t-1)(i) = ln Σ_j e^(T(i, j) + e_t(j) + β_t(j)), the posterior of a tag
///   γ_t = softmax(α_t + β_t), `de_t = scale · (γ_t - onehot(y_t))`
/// - owes `dstart = Σ de_1`, `dend = Σ de_n` and `dT = e^T ⊙ Σ_t A_(t-1)ᵀ · B_t` less the
///   transitions of y, with `B_t(j) = e^(e_t(j) + β_t(j))` and
///   `A_(t-1)(i) = scale · γ_(t-1)(i) / Σ_j e^T(i, j) B_t(j)`
/// - error: α and β are kept in log space, their largest taken off at every step, so that their
///   rounding does not grow with the length. A sum that is so small that terms below the smallest
///   number may be missing from it is formed again, in log space and in Double. No finite score
///   overflows. A transition whose score is more than 80 below the largest counts as never expected
///   in `dT`, and there only.
/// - source: Lafferty, McCallum & Pereira (2001); in neural taggers Lample et al. (2016)
struct LinearChainCRF<S: MatrixElement>: TapeOperation {
  let emissions: Consumer<S>
  let labels: UnsafePointer<Int32>
  let scores: TransitionScores<S>
  let losses: Matrix<S>
  let scale: Double

  /// `[tokens, tags]`: α less `shifts` so far.
  let alpha: Matrix<S>
  /// `[tokens, 1]`: what α of a token lacks beyond that of the token before.
  let shifts: Matrix<S>
  /// `[sequences, tags]`: what is multiplied with e^T, and the product.
  let powers: Matrix<S>
  let sums: Matrix<S>
  /// What the backward pass needs; nil without it.
  let posteriors: Posteriors?

  struct Posteriors {
    /// `[tokens, tags]`: de.
    let gradients: Matrix<S>
    /// `[tokens, tags]`: A of a token that has a successor, B of one that has a predecessor.
    let left: Matrix<S>
    let right: Matrix<S>
    /// `[tokens, tags]`: -scale at the label of the token.
    let counts: Matrix<S>
    /// `[sequences, tags]`: β.
    let beta: Matrix<S>
  }

  var isLoss: Bool { true }

  /// Below this a sum may lack terms that count: the smallest normal `Float` is 1e-38.
  private static var leastSum: S { 1e-20 }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ lane: Lane<S>) {
    let layout = emissions.variable.plan.layout
    let shard = emissions.variable.plan.shard(of: lane.worker)
    let tags = scores.tagCount
    let start = scores.start.value
    for row in shard.rows {
      let (a, e) = (alpha.row(row), emissions.value.row(row))
      for tag in 0..<tags { a[tag] = start[tag] + e[tag] }
      shifts[row, 0] = 0
    }
    for step in 1..<max(layout.stepCount, 1) {
      let active = shard.activeRows(at: step)
      guard !active.isEmpty else { break }
      for row in active {
        let token = layout.offsets[step] + row
        shifts[token, 0] = exponentials(of: alpha.row(layout.offsets[step - 1] + row), row)
      }
      multiply(scores.forward, active)
      for row in active {
        let token = layout.offsets[step] + row
        let previous = alpha.row(layout.offsets[step - 1] + row)
        logarithms(ofRow: row, of: previous, into: alpha.row(token)) { $1 * tags + $0 }
        let (a, e) = (alpha.row(token), emissions.value.row(token))
        for tag in 0..<tags { a[tag] += e[tag] }
        shifts[token, 0] += scores.largest
      }
    }
    for row in shard.rows { losses[row, 0] = S(normalizer(ofRow: row) - score(ofRow: row)) }
  }

  /// Writes `e^(x - largest x)` to the row's `powers`; returns the largest.
  private func exponentials(of x: UnsafePointer<S>, _ row: Int) -> S {
    let tags = scores.tagCount
    var largest = x[0]
    for tag in 0..<tags { largest = max(largest, x[tag]) }
    let power = powers.row(row)
    for tag in 0..<tags { power[tag] = x[tag] - largest }
    Activations.exp(power, into: power, count: tags)
    for tag in tags..<powers.paddedColumns { power[tag] = 0 }
    return largest
  }

  /// `sums = powers · weights` for some rows.
  private func multiply(_ weights: PackedWeights<S>, _ rows: Range<Int>) {
    weights.multiply(
      rows: rows.count, LeftOperand(powers.row(rows.lowerBound), stride: powers.stride),
      into: sums.row(rows.lowerBound), stride: sums.stride, adding: false)
  }

  /// Writes the logarithms of the row's sums, of which `x` lacks its largest and every transition
  /// the largest of all.
  ///
  /// - Parameter place: of the transition by which `x` of tag `other` adds to the sum of `tag`.
  private func logarithms(
    ofRow row: Int, of x: UnsafePointer<S>, into result: UnsafeMutablePointer<S>,
    place: (_ tag: Int, _ other: Int) -> Int
  ) {
    let (sum, tags) = (sums.row(row), scores.tagCount)
    for tag in 0..<tags {
      if sum[tag] >= Self.leastSum {
        result[tag] = Scalar.log(sum[tag])
        continue
      }
      var shift = x[0]
      for other in 0..<tags { shift = max(shift, x[other]) }
      let exact = logSumExp(count: tags) {
        Double(x[$0]) + Double(scores.transitions.value[place(tag, $0)])
      }
      result[tag] = S(exact - Double(shift) - Double(scores.largest))
    }
  }

  /// `ln Σ_y e^score(y)`.
  private func normalizer(ofRow row: Int) -> Double {
    let layout = emissions.variable.plan.layout
    var shift = 0.0
    for step in 0..<layout.lengths[row] { shift += Double(shifts[layout.offsets[step] + row, 0]) }
    let last = alpha.row(layout.lastToken(ofRow: row))
    return shift
      + logSumExp(count: scores.tagCount) { Double(last[$0]) + Double(scores.end.value[$0]) }
  }

  /// The score of the row's labels.
  private func score(ofRow row: Int) -> Double {
    let layout = emissions.variable.plan.layout
    var previous = Int(labels[row])
    var score = Double(scores.start.value[previous]) + Double(emissions.value[row, previous])
    for step in 1..<max(layout.lengths[row], 1) {
      let token = layout.offsets[step] + row
      let label = Int(labels[token])
      score += Double(scores.transitions.value[previous * scores.tagCount + label])
      score += Double(emissions.value[token, label])
      previous = label
    }
    return score + Double(scores.end.value[previous])
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(_ lane: Lane<S>) {
    guard let posteriors else { return }
    let layout = emissions.variable.plan.layout
    let shard = emissions.variable.plan.shard(of: lane.worker)
    let tags = scores.tagCount
    let (end, beta) = (scores.end.value, posteriors.beta)
    for step in (0..<layout.stepCount).reversed() {
      let active = shard.activeRows(at: step)
      let continuing =
        step + 1 < layout.stepCount
        ? shard.activeRows(at: step + 1) : active.lowerBound..<active.lowerBound
      for row in max(active.lowerBound, continuing.upperBound)..<active.upperBound {
        beta.row(row).update(from: end, count: tags)
      }
      if !continuing.isEmpty { propagate(posteriors, continuing, to: step) }
      for row in active {
        finish(posteriors, layout.offsets[step] + row, row, isLast: row >= continuing.upperBound)
      }
    }
  }

  /// β of `step`, and B of the step after, for the rows that go on.
  private func propagate(_ posteriors: Posteriors, _ rows: Range<Int>, to step: Int) {
    let layout = emissions.variable.plan.layout
    let (tags, beta) = (scores.tagCount, posteriors.beta)
    for row in rows {
      let token = layout.offsets[step + 1] + row
      let (b, e) = (beta.row(row), emissions.value.row(token))
      for tag in 0..<tags { b[tag] += e[tag] }
      _ = exponentials(of: b, row)
      posteriors.right.row(token).update(from: powers.row(row), count: powers.paddedColumns)
    }
    multiply(scores.backward, rows)
    for row in rows {
      // β + e is overwritten while it is read: the row's powers, done with, take a copy.
      powers.row(row).update(from: beta.row(row), count: tags)
      logarithms(ofRow: row, of: powers.row(row), into: beta.row(row)) { $0 * tags + $1 }
    }
  }

  /// γ of a token, its gradient, and A.
  private func finish(_ posteriors: Posteriors, _ token: Int, _ row: Int, isLast: Bool) {
    let tags = scores.tagCount
    let (gradient, left) = (posteriors.gradients.row(token), posteriors.left.row(token))
    let (a, b) = (alpha.row(token), posteriors.beta.row(row))
    for tag in 0..<tags { gradient[tag] = a[tag] + b[tag] }
    let total = S(logSumExp(count: tags) { Double(gradient[$0]) })
    for tag in 0..<tags { gradient[tag] -= total }
    if !isLast {
      // Only where the best tag before may not be followed by the best tags after can the quotient
      // be this large; what it is multiplied with is then as small.
      for tag in 0..<tags { left[tag] = min(80, gradient[tag] - b[tag]) }
      Activations.exp(left, into: left, count: tags)
      for tag in 0..<tags { left[tag] *= S(scale) }
      for tag in tags..<posteriors.left.paddedColumns { left[tag] = 0 }
    }
    Activations.exp(gradient, into: gradient, count: tags)
    let label = Int(labels[token])
    for tag in 0..<tags { gradient[tag] *= S(scale) }
    gradient[label] -= S(scale)
    for tag in tags..<posteriors.gradients.paddedColumns { gradient[tag] = 0 }
    posteriors.counts.row(token).clear(count: posteriors.counts.paddedColumns)
    posteriors.counts[token, label] = -S(scale)
    guard let dx = emissions.gradient else { return }
    if emissions.isAdding {
      Rows.addRow(gradient, to: dx.row(token), count: dx.paddedColumns)
    } else {
      dx.row(token).update(from: gradient, count: dx.paddedColumns)
    }
  }
}

// Sendable: the labels are written before the region that reads them.
extension LinearChainCRF: @unchecked Sendable {}

/// `ln Σ_i e^x(i)`.
func logSumExp(count: Int, _ x: (Int) -> Double) -> Double {
  var largest = -Double.infinity
  for index in 0..<count { largest = max(largest, x(index)) }
  guard largest.isFinite else { return largest }
  var sum = 0.0
  for index in 0..<count { sum += Scalar.exp(x(index) - largest) }
  return largest + Scalar.log(sum)
}

extension Tape {
  /// Records the negative log-likelihood of each sequence's labels under a linear-chain CRF.
  ///
  /// - Parameters:
  ///   - emissions: `[tokens, tags]`.
  ///   - labels: a tag for each token; they must stay until the region has run.
  ///   - scores: recorded once a minibatch.
  ///   - scale: weight of the sum over sequences in the loss: `1 / sequences` for the mean.
  /// - Returns: the loss. Its terms are nats a sequence.
  @discardableResult
  package func linearChainCRF(
    _ emissions: Variable<S>, labels: UnsafeBufferPointer<Int32>, scores: TransitionScores<S>,
    scale: Double
  ) -> Loss<S> {
    let (tokens, tags) = (emissions.value.rows, scores.tagCount)
    let rows = emissions.plan.layout.rowCount
    precondition(emissions.extent == .tokens && emissions.columns == tags && labels.count == tokens)
    precondition(labels.allSatisfy { (0..<tags).contains(Int($0)) }, "a label is not a tag")
    guard let base = labels.baseAddress else { preconditionFailure("no tokens") }
    func matrix(_ rows: Int) -> Matrix<S> { arena.matrix(rows: rows, columns: tags) }
    let loss = Loss(terms: arena.matrix(rows: rows, columns: 1), scale: scale)
    let posteriors =
      isTraining
      ? LinearChainCRF<S>.Posteriors(
        gradients: matrix(tokens), left: matrix(tokens), right: matrix(tokens),
        counts: matrix(tokens), beta: matrix(rows)) : nil
    if let posteriors { owe(posteriors, emissions.plan.layout, labels, to: scores) }
    record(
      LinearChainCRF(
        emissions: emissions.consumed(), labels: base, scores: scores, losses: loss.terms,
        scale: scale, alpha: matrix(tokens), shifts: arena.matrix(rows: tokens, columns: 1),
        powers: matrix(rows), sums: matrix(rows), posteriors: posteriors))
    add(loss)
    return loss
  }

  private func owe(
    _ posteriors: LinearChainCRF<S>.Posteriors, _ layout: SequenceLayout,
    _ labels: UnsafeBufferPointer<Int32>, to scores: TransitionScores<S>
  ) {
    let (gradients, rows, tags) = (posteriors.gradients, layout.rowCount, scores.tagCount)
    owe(.sum(dy: RowSource(gradients.rows(0..<rows))), to: scores.start)
    var last = RowSource<S>(stride: gradients.stride, reservingSegments: layout.stepCount)
    var left = RowSource<S>(stride: posteriors.left.stride, reservingSegments: layout.stepCount)
    for step in 0..<layout.stepCount {
      let offset = layout.offsets[step]
      let continuing = step + 1 < layout.stepCount ? layout.activeRows[step + 1] : 0
      left.append(posteriors.left.row(offset), rowCount: continuing)
      last.append(
        gradients.row(offset + continuing), rowCount: layout.activeRows[step] - continuing)
    }
    owe(.sum(dy: last), to: scores.end)
    let later = rows..<layout.tokenCount
    let product = arena.matrix(rows: 1, columns: tags * tags)
    owe(
      .exponential(
        dy: left, x: RowSource(posteriors.right.rows(later)), powers: scores.powers,
        product: Matrix(base: product.base, rows: tags, columns: tags, stride: tags)),
      to: scores.transitions)
    scores.fillPreviousLabels(labels, layout)
    owe(
      .scatter(dy: posteriors.counts.rows(later), tokens: scores.previousLabels),
      to: scores.transitions)
  }
}
