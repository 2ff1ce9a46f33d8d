import Autodiff
import Compute
import Corpora
import Networks
import Parallel

extension GradientFlow {
  private static let rowsAtOnce = 32

  /// Of a model over examples: the loss is that of each sequence's last prediction.
  ///
  /// Throws a usage `UserError` for a bidirectional model.
  package init(
    _ model: SequenceModel<Float>, _ data: SequenceDataset, lags: Int, team: WorkerTeam
  ) throws {
    guard !model.configuration.stack.isBidirectional else {
      throw UserError.usage(
        "a bidirectional model has no gradient by lag: its states reach the loss from both ends",
        hint: "train the same model in one direction")
    }
    let recorder = SequenceRecorder(model.lastStepProbe())
    let order = data.lengths.indices.sorted { (data.lengths[$1], $0) < (data.lengths[$0], $1) }
    self = Self.measure(lags: lags, precision: model.precision, team: team) { index, tape in
      let rows = order.dropFirst(index * Self.rowsAtOnce).prefix(Self.rowsAtOnce)
      return rows.isEmpty ? nil : recorder.recordLastStep(data, rows: Array(rows), on: tape)
    }
  }

  /// Of a language model over a text: windows spread evenly over it, each beginning `lags` tokens
  /// early to find its state; the loss is that of the last prediction of a window.
  ///
  /// Throws a `UserError` if the text is shorter than one window.
  package init(
    _ model: LanguageModel<Float>, _ tokens: TokenFile, lags: Int, windows: Int = 256,
    team: WorkerTeam
  ) throws {
    let steps = 2 * lags + 1
    guard tokens.count > steps else {
      throw UserError(
        "the text has \(tokens.count) tokens, expected more than \(steps) to look \(lags) steps back",
        hint: "name a longer text, or lower --lags")
    }
    let count = min(windows, tokens.count - steps)
    let inputs = AlignedBuffer<Int32>(count: Self.rowsAtOnce * steps)
    let targets = AlignedBuffer<Int32>(count: Self.rowsAtOnce * steps)
    self = Self.measure(lags: lags, precision: model.precision, team: team) { index, tape in
      let first = index * Self.rowsAtOnce
      let rows = min(Self.rowsAtOnce, count - first)
      guard rows > 0 else { return nil }
      for row in 0..<rows {
        let start = (first + row) * (tokens.count - steps) / count
        for step in 0..<steps {
          inputs.base[step * rows + row] = tokens[start + step]
          targets.base[step * rows + row] = step + 1 == steps ? tokens[start + steps] : -1
        }
      }
      return model.recordLayers(
        inputs: UnsafeBufferPointer(start: inputs.base, count: rows * steps),
        targets: UnsafeBufferPointer(start: targets.base, count: rows * steps),
        plan: tape.plan(SequenceLayout(rows: rows, steps: steps)), scale: 1 / Double(rows), on: tape
      )
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
