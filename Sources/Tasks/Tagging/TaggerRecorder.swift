import Autodiff
import Compute
import Corpora
import Networks
import Parallel

/// Puts sentences on a tape as a `Tagger` reads them.
///
/// Ids stay in its own memory until the next minibatch.
final class TaggerRecorder {
  let model: Tagger<Float>
  private let words = IDBuffer()
  private let features: [IDBuffer]
  private let characters = IDBuffer()
  private let spellings = IDBuffer()
  private let tags = IDBuffer()
  private let intents = IDBuffer()
  private let written = IDBuffer()
  private var weights = AlignedBuffer<Float>(count: 256)
  private var distinct = DistinctRows()

  init(_ model: Tagger<Float>) {
    self.model = model
    features = model.configuration.features.map { _ in IDBuffer() }
  }

  /// Records the sentences `rows` of `data`, longest first.
  ///
  /// - Parameters:
  ///   - hasTargets: whether there are losses.
  ///   - weights: what words count in the loss; nil: all alike.
  ///   - smoothing: share of a tag's probability that all tags get alike.
  ///   - unknownTag: what stands for tags that were never trained.
  ///   - replacement: the id to be read in place of that of a word, at a place of a sentence.
  func record(
    _ data: TaggingData, rows: [Int], hasTargets: Bool, weights: TagWeights? = nil,
    smoothing: Double = 0, unknownTag: Int32 = -1,
    replacement: (_ word: Int32, _ sentence: Int, _ place: Int) -> Int32 = { word, _, _ in word },
    on tape: Tape<Float>
  ) -> (output: TaggerOutput<Float>, plan: RowPlan) {
    let layout = SequenceLayout(lengths: rows.map { data.lengths[$0] })
    let plan = tape.examplePlan(layout)
    let tokens = layout.tokenCount
    let wordIDs = words.pack(data.words, rows, count: tokens)
    for (row, sentence) in rows.enumerated() {
      for step in 0..<layout.lengths[row] {
        let token = layout.offsets[step] + row
        wordIDs[token] = replacement(wordIDs[token], sentence, step)
      }
    }
    let input = TaggerInput(
      words: UnsafeBufferPointer(wordIDs),
      features: zip(features, data.features).map {
        UnsafeBufferPointer($0.pack($1, rows, count: tokens))
      },
      spellings: data.spellings.map { record($0, rows, count: tokens, on: tape) })
    var targets: TaggerTargets?
    if hasTargets {
      let tagIDs = tags.pack(data.tags, rows, count: tokens)
      for token in 0..<tokens where tagIDs[token] < 0 { tagIDs[token] = unknownTag }
      targets = TaggerTargets(
        tags: UnsafeBufferPointer(tagIDs),
        intents: data.intents.isEmpty
          ? nil : UnsafeBufferPointer(intents.fill(rows.lazy.map { data.intents[$0] })))
      targets?.smoothing = smoothing
    }
    let output = model.record(
      input, targets: targets, tagWeights: weights.map { pack($0, rows, count: tokens) },
      plan: plan, on: tape)
    return (output, plan)
  }

  /// What each word of the sentences weighs, in token order.
  private func pack(
    _ tags: TagWeights, _ rows: [Int], count: Int
  ) -> UnsafeBufferPointer<Float> {
    if weights.count < count { weights = AlignedBuffer(count: max(count, 2 * weights.count)) }
    for (token, id) in written.pack(tags.ids, rows, count: count).enumerated() {
      weights.base[token] = tags.weights.values[Int(id)]
    }
    return UnsafeBufferPointer(start: weights.base, count: count)
  }

  /// The distinct words of the sentences, longest first.
  private func record(
    _ data: Spellings, _ rows: [Int], count: Int, on tape: Tape<Float>
  ) -> TaggerInput.Spellings {
    let ids = spellings.pack(data.ids, rows, count: count)
    let distinct = distinct.replace(ids, with: data.characters)
    let starts = data.characters.starts
    let layout = SequenceLayout(lengths: distinct.map { starts[$0 + 1] - starts[$0] })
    return TaggerInput.Spellings(
      plan: tape.plan(layout),
      characters: UnsafeBufferPointer(
        characters.pack(data.characters, distinct, count: layout.tokenCount)),
      rows: UnsafeBufferPointer(ids))
  }
}
