import Compute
import Parallel

/// Output layer, softmax and the negative log-likelihood of label sequences whose alignment with the
/// frames is not known:
///
///     y_t = softmax(X_t · Wᵀ + b)         loss = -ln Σ_paths Π_t y_t(path_t)
///
/// over all paths that become the row's labels when repeats are merged and blanks dropped.
///
/// - X `[tokens, in]`, W `[classes, in]`, b `[classes]`; one loss term a sequence, in nats
/// - backward: `dOutputs_t(k) = scale · (y_t(k) - share of the paths that are at k in frame t)`, see
///   `CTCLattice`; `dX = dOutputs · W`; owes `dW = dOutputsᵀ · X`, `db = Σ dOutputs`
/// - a row with fewer frames than its labels need has the loss and the gradient 0: it is found when
///   it is recorded, and reported there
/// - source: Graves, Fernández, Gomez & Schmidhuber, "Connectionist Temporal Classification" (2006)
struct CTCLoss<S: MatrixElement>: TapeOperation {
  let x: Consumer<S>
  /// `[tokens, classes]`: outputs, then their gradients.
  let outputs: Matrix<S>
  let losses: Matrix<S>
  let targets: CTCTargets
  let isFeasible: [Bool]
  let blank: Int
  let weight: PackedParameter<S>
  let bias: PackedVector<S>
  /// 0 where no gradient is wanted.
  let scale: Double

  var isLoss: Bool { true }

  func forward(_ lane: Lane<S>) {
    let ranges = x.variable.ranges(of: lane)
    for range in ranges { bias.write(to: outputs, range) }
    weight.forward.multiply(x.value, ranges, into: outputs, adding: true, scratch: lane.scratch)
    targets.labels.withUnsafeBufferPointer { labels in
      for row in x.variable.plan.shard(of: lane.worker).rows {
        losses[row, 0] =
          isFeasible[row]
          ? loss(
            ofRow: row,
            UnsafeBufferPointer(rebasing: labels[targets.starts[row]..<targets.starts[row + 1]]),
            lane)
          : skip(row)
      }
    }
    // As in `OutputLoss`: with a single reader of X nothing has to wait for the backward pass.
    if x.variable.consumerCount == 1 { propagate(ranges, lane) }
  }

  func backward(_ lane: Lane<S>) {
    if x.variable.consumerCount > 1 { propagate(x.variable.ranges(of: lane), lane) }
  }

  private func propagate(_ ranges: [Range<Int>], _ lane: Lane<S>) {
    guard let dx = x.gradient else { return }
    weight.backward.multiply(outputs, ranges, into: dx, adding: x.isAdding, scratch: lane.scratch)
  }

  /// Takes a row out of the loss.
  private func skip(_ row: Int) -> S {
    guard scale != 0 else { return 0 }
    let layout = x.variable.plan.layout
    for step in 0..<layout.lengths[row] {
      outputs.row(layout.offsets[step] + row).clear(count: outputs.paddedColumns)
    }
    return 0
  }

  /// The loss of one row, whose outputs become their gradients.
  @specialized(where S == Float)
  @specialized(where S == Double)
  private func loss(
    ofRow row: Int, _ labels: UnsafeBufferPointer<Int32>, _ lane: Lane<S>
  ) -> S {
    let layout = x.variable.plan.layout
    let (frames, classes) = (layout.lengths[row], outputs.columns)
    let latticeBytes =
      CTCLattice.elementCount(frameCount: frames, labelCount: labels.count)
      * MemoryLayout<Double>.stride
    let memory = lane.scratch.reserve(
      latticeBytes + outputs.paddedColumns * MemoryLayout<S>.stride)
    let lattice = CTCLattice(
      frameCount: frames, labels: labels,
      memory: memory.bindMemory(
        to: Double.self, capacity: latticeBytes / MemoryLayout<Double>.stride))
    let powers = (memory + latticeBytes).bindMemory(to: S.self, capacity: outputs.paddedColumns)
    for frame in 0..<frames {
      let logits = outputs.row(layout.offsets[frame] + row)
      let emissions = lattice.emissions + frame * (labels.count + 1)
      softmax(logits, count: classes, powers: powers, labels: labels, into: emissions)
    }
    let loss = lattice.negativeLogLikelihood()
    if scale != 0 {
      lattice.forEachShare(negativeLogLikelihood: loss) { frame, place, share in
        let index = place < 0 ? blank : Int(labels[place])
        outputs[layout.offsets[frame] + row, index] -= S(scale * share)
      }
    }
    return S(loss)
  }

  /// Writes the log-probabilities of blank and labels of one frame. With a gradient, logits become
  /// `scale · softmax`.
  @inline(__always)
  private func softmax(
    _ logits: UnsafeMutablePointer<S>, count: Int, powers: UnsafeMutablePointer<S>,
    labels: UnsafeBufferPointer<Int32>, into emissions: UnsafeMutablePointer<Double>
  ) {
    var maximum = logits[0]
    for index in 1..<max(count, 1) where logits[index] > maximum { maximum = logits[index] }
    for index in 0..<count { powers[index] = logits[index] - maximum }
    Activations.exp(powers, into: powers, count: count)
    var sum = 0.0
    for index in 0..<count { sum += Double(powers[index]) }
    let shift = Double(maximum) + Scalar.log(sum)
    emissions[0] = Double(logits[blank]) - shift
    for (place, label) in labels.enumerated() {
      emissions[place + 1] = Double(logits[Int(label)]) - shift
    }
    guard scale != 0 else { return }
    let factor = S(scale / sum)
    for index in 0..<count { logits[index] = powers[index] * factor }
  }
}

extension Tape {
  /// Records output layer, softmax and CTC loss.
  ///
  /// - Parameters:
  ///   - targets: one label sequence a row of `x`; labels below `weight.parameter.rows`, none `blank`.
  ///   - blank: the class that stands for no label.
  ///   - scale: weight of a row's `-ln p` in the loss: `1 / rows` for the mean.
  /// - Returns: the loss, whose terms are nats a sequence, and the rows that have fewer frames than
  ///   their labels need: they count as 0.
  package func ctcLoss(
    _ x: Variable<S>, targets: CTCTargets, blank: Int = 0, weight: PackedParameter<S>,
    bias: PackedVector<S>, biasParameter: Parameter<S>, scale: Double
  ) -> (loss: Loss<S>, infeasibleRows: [Int]) {
    let (layout, classes) = (x.plan.layout, weight.parameter.rows)
    precondition(x.extent == .tokens, "one vector a sequence has no frames to align")
    precondition(
      targets.rowCount == layout.rowCount, "\(targets.rowCount) targets, \(layout.rowCount) rows")
    precondition(
      (0..<classes).contains(blank)
        && targets.labels.allSatisfy { (0..<classes).contains(Int($0)) && Int($0) != blank },
      "a label is blank or not below \(classes)")
    let isFeasible = (0..<layout.rowCount).map {
      CTCTargets.framesNeeded(targets[$0]) <= layout.lengths[$0]
    }
    let outputs = arena.matrix(rows: layout.tokenCount, columns: classes)
    let loss = Loss(
      terms: arena.matrix(rows: layout.rowCount, columns: 1), scale: scale, outputs: outputs,
      plan: x.plan)
    owe(
      .product(dy: RowSource(outputs), x: RowSource(x.value)), to: weight.parameter,
      rows: x.leafRows)
    owe(.sum(dy: RowSource(outputs)), to: biasParameter, rows: x.leafRows)
    record(
      CTCLoss(
        x: x.consumed(), outputs: outputs, losses: loss.terms, targets: targets,
        isFeasible: isFeasible, blank: blank, weight: weight, bias: bias,
        scale: isTraining ? scale : 0))
    add(loss)
    return (loss, isFeasible.indices.filter { !isFeasible[$0] })
  }
}
