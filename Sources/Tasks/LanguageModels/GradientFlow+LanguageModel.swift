import Autodiff
import Compute
import Corpora
import Networks
import Parallel
import Runs

extension GradientFlow {
  /// Of a language model over a text: windows spread evenly over it, each beginning `lags` tokens
  /// early to find its state; the loss is that of the last prediction of a window.
  ///
  /// Throws a `UserError` if the text is shorter than one window.
  package init(
    _ model: LanguageModel<Float>, _ tokens: any TokenSource, lags: Int, windows: Int = 256,
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
