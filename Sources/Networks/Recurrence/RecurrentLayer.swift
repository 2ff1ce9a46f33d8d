import Autodiff
import Compute

/// Weights of one recurrent layer in one direction, with PyTorch's names, shapes and gate order.
///
/// - `weight_ih` `[gates · hidden, input]`, `weight_hh` `[gates · hidden, hidden]`
/// - `bias_ih`, `bias_hh` `[gates · hidden]`
/// - Where not every gate reads the input or the state, each pair counts the gates that do; a cell
///   without recurrent products has neither `weight_hh` nor `bias_hh`.
/// - `weight_peephole` `[peepholes · hidden]` for cells that have them, which PyTorch's do not
/// - `weight_hr` `[projection, hidden]` where the output is projected; `weight_hh` is then
///   `[gates · hidden, projection]`
package final class RecurrentLayer<S: MatrixElement>: Sendable {
  package let cell: any Cell
  /// The cell, if its state is linear in the state before: then it is driven by a scan.
  let linearCell: (any LinearCell)?
  package let inputSize: Int
  package let hiddenSize: Int
  /// Columns of h: the units, or the rows of `weight_hr`.
  package let outputSize: Int
  let regularization: RecurrentRegularization
  let precision: Precision
  let weightIH: Parameter<S>
  let weightHH: Parameter<S>?
  let biasIH: Parameter<S>
  let biasHH: Parameter<S>?
  let weightPeephole: Parameter<S>?
  /// `weightPeephole` in panel order.
  let peepholes: PackedVector<S>?
  let weightHR: Parameter<S>?
  let projection: PackedParameter<S>?
  /// `weight_hh` with elements taken out, one form a recurrent stage.
  let dropped: DroppedParameter<S>?
  let stages: [Stage]

  /// What one stage of the cell multiplies with.
  struct Stage: Sendable {
    let description: CellStage
    /// Whether it adds to the gates that the stage before it has begun.
    let continuesGates: Bool
    let layout: PanelLayout
    let input: PackedParameter<S>?
    let recurrent: PackedParameter<S>?
    /// Where the sum of a step starts: `bias_ih` and, unless the stage is separate, `bias_hh`. Nil
    /// where the stage goes on with the gates of the stage before.
    let bias: PackedVector<S>?
    /// `bias_hh` of a separate stage.
    let recurrentBias: PackedVector<S>?
    /// What each panel of the recurrent product, forward and backward, has to read of its depth;
    /// nil for all.
    let depths: (forward: [Range<Int>], backward: [Range<Int>])?
  }

  /// - Parameters:
  ///   - prefix: before the names, such as `rnn.`.
  ///   - suffix: after them, such as `_l0` or `_l1_reverse`.
  ///   - readsMultipliedTable: whether the input comes from a `MultipliedTable`; then the gradient of
  ///     `weight_ih` is cheap, which the sharing of work has to know.
  ///   - projectionSize: rows of `weight_hr`, 0 for none; for cells whose h enters a step through
  ///     products only.
  package init(
    _ cell: any Cell, inputSize: Int, hiddenSize: Int, projectionSize: Int = 0, prefix: String,
    suffix: String, readsMultipliedTable: Bool = false, initialization: RecurrentInitialization,
    regularization: RecurrentRegularization = RecurrentRegularization(), precision: Precision,
    in store: ParameterStore<S>
  ) {
    precondition(projectionSize == 0 || cell.allowsProjection, "\(cell) takes no projection")
    precondition(
      projectionSize == 0 || cell.stages.count == 1, "only stage 0 reads what is projected")
    precondition(
      zip(cell.stages, cell.stages.dropFirst()).allSatisfy {
        !$1.readsInput || !$0.blocks.overlaps($1.blocks)
      }, "\(cell) adds the input to gates twice")
    precondition(regularization.zoneout == 0 || cell.allowsZoneout, "\(cell) takes no zoneout")
    let outputSize = projectionSize > 0 ? projectionSize : hiddenSize
    self.outputSize = outputSize
    self.regularization = regularization
    self.precision = precision
    self.cell = cell
    linearCell = cell as? any LinearCell
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
    let (inputGates, recurrentGates) = (cell.inputGateCount, cell.recurrentGateCount)
    let unread = cell.unreadColumns(hiddenSize: hiddenSize)
    func parameter(
      _ name: String, gates: Int, _ columns: Int?, _ role: Parameter<S>.Role,
      _ initializer: Initializer, leadingZeros: [Int]? = nil
    ) -> Parameter<S> {
      store.add(
        prefix + name + suffix, shape: [gates * hiddenSize] + (columns.map { [$0] } ?? []),
        blocks: gates, role: role, initializer: initializer, leadingZeros: leadingZeros)
    }
    let initializers = initialization.initializers(for: cell, hiddenSize: hiddenSize)
    weightIH = parameter(
      "weight_ih", gates: inputGates, inputSize, readsMultipliedTable ? .vocabulary : .matrix,
      initializers.input)
    weightHH =
      recurrentGates == 0
      ? nil
      : parameter(
        "weight_hh", gates: recurrentGates, outputSize, .matrix, initializers.recurrent,
        leadingZeros: unread)
    biasIH = parameter("bias_ih", gates: inputGates, nil, .bias, initializers.biasIH)
    biasHH =
      recurrentGates == 0
      ? nil : parameter("bias_hh", gates: recurrentGates, nil, .bias, initializers.biasHH)
    weightPeephole =
      cell.peepholeCount == 0
      ? nil
      : store.add(
        prefix + "weight_peephole" + suffix, shape: [cell.peepholeCount * hiddenSize],
        blocks: cell.peepholeCount, role: .bias, initializer: initializers.peephole)
    peepholes = weightPeephole.map { PackedVector([$0], in: store) }
    weightHR =
      projectionSize == 0
      ? nil
      : store.add(
        prefix + "weight_hr" + suffix, shape: [projectionSize, hiddenSize], role: .matrix,
        initializer: initializers.input)
    projection = weightHR.map { PackedParameter($0, precision: precision, in: store) }
    let (weightIH, weightHH, biasIH, biasHH) = (weightIH, weightHH, biasIH, biasHH)
    let descriptions = cell.stages
    dropped = weightHH.flatMap { weight in
      regularization.weightDrop > 0
        ? DroppedParameter(
          weight, blocks: descriptions.filter(\.isRecurrent).map(\.blocks),
          probability: regularization.weightDrop, precision: precision, in: store) : nil
    }
    stages = descriptions.enumerated().map { index, stage in
      let continuesGates = index > 0 && descriptions[index - 1].blocks == stage.blocks
      func packed(_ weight: Parameter<S>?, if isRead: Bool) -> PackedParameter<S>? {
        guard isRead, let weight else { return nil }
        return PackedParameter(weight, blocks: stage.blocks, precision: precision, in: store)
      }
      func packed(_ biases: [Parameter<S>?]) -> PackedVector<S> {
        PackedVector(biases.compactMap(\.self), blocks: stage.blocks, in: store)
      }
      return Stage(
        description: stage, continuesGates: continuesGates,
        layout: PanelLayout(blocks: stage.blocks.count, units: hiddenSize),
        input: packed(weightIH, if: stage.readsInput),
        recurrent: packed(weightHH, if: stage.isRecurrent),
        bias: continuesGates
          ? nil
          : packed([
            stage.blocks.upperBound <= inputGates ? biasIH : nil,
            stage.isSeparate || stage.blocks.upperBound > recurrentGates ? nil : biasHH,
          ]),
        recurrentBias: stage.isSeparate ? packed([biasHH]) : nil,
        depths: unread.map { Self.depths(unread: $0, hiddenSize: hiddenSize) })
    }
  }

  /// What each stage multiplies its source with in a minibatch: in training `weight_hh` may have
  /// elements taken out.
  func recurrentWeights(on tape: Tape<S>) -> [PackedParameter<S>?] {
    guard let dropped, tape.hasNoise else { return stages.map { $0.recurrent } }
    tape.drop(dropped)
    var forms = dropped.forms.makeIterator()
    return stages.map { $0.recurrent == nil ? nil : forms.next() }
  }

  /// What is left of each panel's sums where row u of `weight_hh` begins with `unread[u]` zeros:
  /// forward, panels of the units that read; backward, panels of the units that are read.
  private static func depths(
    unread: [Int], hiddenSize: Int
  ) -> (forward: [Range<Int>], backward: [Range<Int>]) {
    precondition(unread.count == hiddenSize, "\(unread.count) rows, \(hiddenSize) units")
    let layout = PanelLayout(units: hiddenSize)
    let panels = (0..<layout.panelCount).map {
      layout.columns(ofPanel: $0).clamped(to: 0..<hiddenSize)
    }
    let forward = panels.map { units in
      // Whole vectors, which keep pairs of bf16 together.
      let first = (unread[units].min() ?? 0) / PanelLayout.lane * PanelLayout.lane
      return min(first, hiddenSize)..<hiddenSize
    }
    let backward = panels.map { units in
      let last = unread.lastIndex { $0 < units.upperBound }.map { $0 + 1 } ?? 0
      return 0..<PanelLayout(units: max(last, 1)).columnCount
    }
    return (forward, backward)
  }
}

extension RecurrentLayer {
  /// Elements of both weight matrices, those that are zero for good not counted.
  package var matrixElements: Int {
    weightIH.count + (weightHH?.freeCount ?? 0) + (weightHR?.count ?? 0)
  }
}
