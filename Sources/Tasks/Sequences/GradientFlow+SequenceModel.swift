import Autodiff
import Compute
import Corpora
import Networks
import Parallel
import Runs

extension GradientFlow {
  /// Of a model over examples: the loss is that of each sequence's last prediction.
  ///
  /// Throws a usage `UserError` for a bidirectional model.
  package init(
    _ model: SequenceModel<Float>, _ data: SequenceDataset, lags: Int, team: WorkerTeam
  ) throws {
    try self.init(model, data, words: nil, lags: lags, team: team)
  }

  /// - Parameter words: where steps are tokens.
  init(
    _ model: SequenceModel<Float>, _ data: SequenceDataset, words: KnownWords?, lags: Int,
    team: WorkerTeam
  ) throws {
    guard !model.configuration.stack.isBidirectional else {
      throw UserError.usage(
        "a bidirectional model has no gradient by lag: its states reach the loss from both ends",
        hint: "train the same model in one direction")
    }
    let recorder = SequenceRecorder(model.lastStepProbe(), words: words)
    let order = data.lengths.indices.sorted { (data.lengths[$1], $0) < (data.lengths[$0], $1) }
    self = Self.measure(lags: lags, precision: model.precision, team: team) { index, tape in
      let rows = order.dropFirst(index * Self.rowsAtOnce).prefix(Self.rowsAtOnce)
      return rows.isEmpty ? nil : recorder.recordLastStep(data, rows: Array(rows), on: tape)
    }
  }
}

extension SequenceModel<Float> {
  /// The same weights with one prediction a sequence: where every step has one, that of the last.
  fileprivate func lastStepProbe() -> SequenceModel {
    if configuration.pooling != nil { return self }
    var shape = configuration
    shape.pooling = .last
    let probe = SequenceModel(shape, precision: precision).allocated(seed: nil)
    probe.parameters.copyValues(from: parameters)
    return probe
  }
}

extension ParameterStore {
  /// Takes over the values of a store of the same parameters, and packs them.
  fileprivate func copyValues(from other: ParameterStore) {
    precondition(parameters.map(\.name) == other.parameters.map(\.name), "other parameters")
    for (mine, theirs) in zip(parameters, other.parameters) { mine.values = theirs.values }
    pack()
  }
}
