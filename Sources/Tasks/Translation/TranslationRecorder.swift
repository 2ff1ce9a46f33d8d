import Autodiff
import Compute
import Corpora
import Networks
import Parallel
import Runs

/// Puts pairs on a tape as a `Translator` reads them.
///
/// Ids stay in its own memory until the next minibatch.
final class TranslationRecorder {
  private let model: Translator<Float>
  private let sources = IDBuffer()
  private let inputs = IDBuffer()
  private let targets = IDBuffer()
  private let rows = IDBuffer()

  init(_ model: Translator<Float>) { self.model = model }

  /// Records some pairs of `data`, in any order, with the loss of every token of their targets.
  ///
  /// The rate counts tokens of both sides.
  ///
  /// - Parameters:
  ///   - sampling: how probably the decoder reads its own last token.
  ///   - smoothing: share of a token's probability that all tokens get alike.
  func record(
    _ data: TranslationExamples, pairs: [Int], sampling: Double = 0, smoothing: Double = 0,
    on tape: Tape<Float>
  ) -> RecordedMinibatch {
    // Each side longest first; equal lengths in the order of the pairs.
    let bySource = order(pairs.map { data.sources[$0].count })
    let byTarget = order(pairs.map { data.targets[$0].count })
    let source = SequenceLayout(lengths: bySource.map { data.sources[pairs[$0]].count })
    let target = SequenceLayout(lengths: byTarget.map { data.targets[pairs[$0]].count + 1 })
    let (inputs, targets) = pack(data.targets, byTarget.map { pairs[$0] }, target)
    var sourceRow = [Int32](repeating: 0, count: pairs.count)
    for (row, place) in bySource.enumerated() { sourceRow[place] = Int32(row) }
    let loss = model.record(
      TranslatorMinibatch(
        sourcePlan: tape.plan(source),
        sources: UnsafeBufferPointer(
          sources.pack(data.sources, bySource.map { pairs[$0] }, count: source.tokenCount)),
        targetPlan: tape.plan(target), inputs: inputs, targets: targets,
        rows: UnsafeBufferPointer(rows.fill(byTarget.map { sourceRow[$0] }))),
      sampling: sampling, smoothing: smoothing, on: tape)
    return RecordedMinibatch(
      losses: loss.losses, count: target.tokenCount, tokens: source.tokenCount + target.tokenCount)
  }

  /// What the decoder is given, start symbols before the targets `rows`, and what it is asked for, stop
  /// symbols after them, both in the token order of `layout`.
  private func pack(
    _ sequences: IDSequences, _ rows: [Int], _ layout: SequenceLayout
  ) -> (inputs: UnsafeBufferPointer<Int32>, targets: UnsafeBufferPointer<Int32>) {
    let given = inputs.reserve(layout.tokenCount)
    let asked = targets.reserve(layout.tokenCount)
    for (row, sequence) in rows.enumerated() {
      var last = model.configuration.start
      for (step, id) in sequences[sequence].enumerated() {
        given[layout.offsets[step] + row] = last
        asked[layout.offsets[step] + row] = id
        last = id
      }
      given[layout.lastToken(ofRow: row)] = last
      asked[layout.lastToken(ofRow: row)] = model.configuration.stop
    }
    return (UnsafeBufferPointer(given), UnsafeBufferPointer(asked))
  }

  private func order(_ lengths: [Int]) -> [Int] {
    lengths.indices.sorted { (lengths[$1], $0) < (lengths[$0], $1) }
  }
}

/// Measures a translator without training: dropout off, every pair once, the true last token given.
///
/// Not thread-safe; the work is shared by the team.
final class TranslationReader {
  private let team: WorkerTeam
  private let tape: Tape<Float>
  private let recorder: TranslationRecorder

  init(_ model: Translator<Float>, team: WorkerTeam) {
    self.team = team
    tape = Tape(workers: team.count, precision: model.precision)
    recorder = TranslationRecorder(model)
  }

  /// The sum of the losses in nats, and the tokens they are of, stop symbols included.
  func read(_ data: TranslationExamples) -> (nats: Double, tokens: Int) {
    var (nats, tokens) = (0.0, 0)
    data.targets.lengths.forEachBatchByLength(expecting: data.expect) { pairs in
      guard !team.isCancelled else { return }
      tape.begin(training: false)
      let minibatch = recorder.record(data, pairs: pairs, on: tape)
      let tape = tape
      team.run { tape.forward($0) }
      nats += minibatch.losses.reduce(0) { $0 + $1.sum }
      tokens += minibatch.count
    }
    return (nats, tokens)
  }
}
