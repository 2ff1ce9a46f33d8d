import Autodiff
import Compute
import Corpora
import Networks
import Parallel

/// How well a model predicts a text.
public struct LanguageModelScore: Sendable, Equatable {
  /// Negative log-likelihood of all predicted tokens, in nats.
  public let nats: Double
  public let tokens: Int

  public init(nats: Double, tokens: Int) {
    self.nats = nats
    self.tokens = tokens
  }

  /// Nats a token.
  public var loss: Double { nats / Double(tokens) }
  public var perplexity: Double { Scalar.exp(loss) }
  /// Bits a token: bits per character where a token is a character.
  public var bits: Double { loss / Scalar.log(2.0) }
}

/// Runs a model over a text without training: state carried from the beginning, dropout off, every
/// token but the first predicted once.
///
/// With `streams` 1 that is literally what happens. More streams read parts of the text side by
/// side; each but the first begins `warmup` tokens early to find its state, and those are not
/// counted. What a lost beginning costs is then far below what is printed, and workers share rows.
public final class LanguageModelEvaluator<S: Real> {
  private let model: LanguageModel<S>
  private let team: WorkerTeam
  private let tape: Tape<S>
  private let inputs: AlignedBuffer<Int32>
  private let targets: AlignedBuffer<Int32>
  private let states: CarriedStates<S>
  private let streams: Int
  private let warmup: Int
  private static var stepsAtOnce: Int { 64 }

  public init(_ model: LanguageModel<S>, team: WorkerTeam, streams: Int = 1, warmup: Int = 256) {
    precondition(streams > 0 && warmup >= 0)
    self.model = model
    self.team = team
    self.streams = streams
    self.warmup = warmup
    tape = Tape(workers: team.count, precision: model.precision)
    inputs = AlignedBuffer(count: streams * Self.stepsAtOnce)
    targets = AlignedBuffer(count: streams * Self.stepsAtOnce)
    states = CarriedStates(model.configuration, rows: streams)
  }

  /// A part of the text: predicts the tokens after `start ..< start + length`, counting from the
  /// one after `start + skipped`.
  private struct Part {
    let start: Int, length: Int, skipped: Int
  }

  /// - Parameter range: at least two tokens.
  public func score(_ tokens: TokenFile, range: Range<Int>) -> LanguageModelScore {
    precondition(range.count > 1, "\(range.count) tokens: nothing to predict")
    let parts = parts(of: range)
    states.reset()
    var nats = [Double](repeating: 0, count: parts.count)
    var position = 0
    while position < parts[0].length {
      let lengths = parts.map { min(Self.stepsAtOnce, $0.length - position) }.filter { $0 > 0 }
      let layout = SequenceLayout(lengths: lengths)
      for (row, length) in lengths.enumerated() {
        for step in 0..<length {
          let token = parts[row].start + position + step
          inputs.base[layout.offsets[step] + row] = tokens[token]
          targets.base[layout.offsets[step] + row] = tokens[token + 1]
        }
      }
      let terms = run(layout)
      for (row, length) in lengths.enumerated() {
        for step in 0..<length where position + step >= parts[row].skipped {
          nats[row] += Double(terms[layout.offsets[step] + row, 0])
        }
      }
      position += Self.stepsAtOnce
    }
    return LanguageModelScore(nats: nats.reduce(0, +), tokens: range.count - 1)
  }

  /// Equal shares, longest first.
  private func parts(of range: Range<Int>) -> [Part] {
    let predictions = range.count - 1
    let count = min(streams, max(1, predictions / (2 * warmup + 1)))
    return (0..<count).map { index in
      let start = index * predictions / count
      let end = (index + 1) * predictions / count
      let skipped = index == 0 ? 0 : min(warmup, start)
      return Part(
        start: range.lowerBound + start - skipped, length: end - start + skipped,
        skipped: skipped)
    }.sorted { $0.length > $1.length }
  }

  private func run(_ layout: SequenceLayout) -> Matrix<S> {
    tape.begin(training: false)
    let plan = tape.plan(layout)
    let (loss, final) = model.record(
      inputs: UnsafeBufferPointer(start: inputs.base, count: layout.tokenCount),
      targets: UnsafeBufferPointer(start: targets.base, count: layout.tokenCount), plan: plan,
      states: states.variables(plan, on: tape), on: tape)
    team.run { [tape] worker in tape.forward(worker) }
    states.capture(final)
    return loss.terms
  }
}
