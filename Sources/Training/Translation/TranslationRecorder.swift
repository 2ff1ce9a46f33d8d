import Autodiff
import Compute
import Corpora
import Networks
import Parallel

/// Puts pairs on a tape as a `Translator` reads them.
///
/// Ids stay in its own memory until the next minibatch.
final class TranslationRecorder {
  private let model: Translator<Float>
  private var sources = AlignedBuffer<Int32>(count: 1024)
  private var inputs = AlignedBuffer<Int32>(count: 1024)
  private var targets = AlignedBuffer<Int32>(count: 1024)
  private var rows = AlignedBuffer<Int32>(count: 64)

  init(_ model: Translator<Float>) { self.model = model }

  /// Records some pairs of `data`.
  ///
  /// - Parameter sampling: how probably the decoder reads its own last token.
  /// - Returns: the loss, whose terms are nats a token of the target, and the layouts of both sides.
  func record(
    _ data: TranslationData, pairs: [Int], sampling: Double = 0, on tape: Tape<Float>
  ) -> (loss: Loss<Float>, source: SequenceLayout, target: SequenceLayout) {
    // Each side longest first; equal lengths in the order of the pairs.
    let bySource = order(pairs.map { data.sources[$0].count })
    let byTarget = order(pairs.map { data.targets[$0].count })
    let source = SequenceLayout(lengths: bySource.map { data.sources[pairs[$0]].count })
    let target = SequenceLayout(lengths: byTarget.map { data.targets[pairs[$0]].count + 1 })
    reserve(&sources, source.tokenCount)
    reserve(&inputs, target.tokenCount)
    reserve(&targets, target.tokenCount)
    reserve(&rows, pairs.count)
    for (row, place) in bySource.enumerated() {
      for (step, id) in data.sources[pairs[place]].enumerated() {
        sources.base[source.offsets[step] + row] = id
      }
    }
    var sourceRow = [Int32](repeating: 0, count: pairs.count)
    for (row, place) in bySource.enumerated() { sourceRow[place] = Int32(row) }
    for (row, place) in byTarget.enumerated() {
      rows.base[row] = sourceRow[place]
      var last = model.configuration.start
      for (step, id) in data.targets[pairs[place]].enumerated() {
        inputs.base[target.offsets[step] + row] = last
        targets.base[target.offsets[step] + row] = id
        last = id
      }
      inputs.base[target.lastToken(ofRow: row)] = last
      targets.base[target.lastToken(ofRow: row)] = model.configuration.stop
    }
    func buffer(_ memory: AlignedBuffer<Int32>, _ count: Int) -> UnsafeBufferPointer<Int32> {
      UnsafeBufferPointer(start: memory.base, count: count)
    }
    let loss = model.record(
      TranslatorMinibatch(
        sourcePlan: tape.plan(source), sources: buffer(sources, source.tokenCount),
        targetPlan: tape.plan(target), inputs: buffer(inputs, target.tokenCount),
        targets: buffer(targets, target.tokenCount), rows: buffer(rows, pairs.count)),
      sampling: sampling, on: tape)
    return (loss, source, target)
  }

  private func order(_ lengths: [Int]) -> [Int] {
    lengths.indices.sorted { (lengths[$1], $0) < (lengths[$0], $1) }
  }

  private func reserve(_ memory: inout AlignedBuffer<Int32>, _ count: Int) {
    if memory.count < count { memory = AlignedBuffer(count: 2 * count) }
  }
}

/// Measures a translator without training: dropout off, every pair once, the true last token given.
///
/// Not thread-safe; the work is shared by the team.
final class TranslationReader {
  private let team: WorkerTeam
  private let tape: Tape<Float>
  private let recorder: TranslationRecorder
  private let batchSize = 64

  init(_ model: Translator<Float>, team: WorkerTeam) {
    self.team = team
    tape = Tape(workers: team.count, precision: model.precision)
    recorder = TranslationRecorder(model)
  }

  /// The sum of the losses in nats, and the tokens they are of, stop symbols included.
  func read(_ data: TranslationData) -> (nats: Double, tokens: Int) {
    let lengths = data.targets.lengths
    let order = lengths.indices.sorted { (lengths[$1], $0) < (lengths[$0], $1) }
    var (nats, tokens) = (0.0, 0)
    for start in stride(from: 0, to: order.count, by: batchSize) {
      tape.begin(training: false)
      let (loss, _, target) = recorder.record(
        data, pairs: Array(order[start..<min(start + batchSize, order.count)]), on: tape)
      let tape = tape
      team.run { tape.forward($0) }
      nats += loss.sum
      tokens += target.tokenCount
    }
    return (nats, tokens)
  }
}
