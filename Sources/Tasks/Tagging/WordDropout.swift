import Compute
import Corpora

/// Reads words that were seen once as `<unk>` now and then, so that it gets a meaning.
///
/// Source: Lample et al. (2016).
struct WordDropout {
  private let isRare: [Bool]
  private let words: KnownWords
  private let unknown: Int32
  private let rate: Float
  private let seed: UInt64

  /// - Parameter sentences: those of the training.
  init(_ sentences: IDSequences, _ words: KnownWords, rate: Double, seed: UInt64) {
    let vocabulary = words.vocabulary
    var counts = [Int](repeating: 0, count: vocabulary.count)
    if rate > 0 { for id in sentences.ids { counts[Int(words.trained(id))] += 1 } }
    self.words = words
    isRare = counts.map { rate > 0 && $0 == 1 }
    unknown = vocabulary.unknownID ?? 0
    self.rate = Float(rate)
    self.seed = seed
  }

  /// What is read for a word of a sentence: one of the vocabulary.
  func word(_ id: Int32, sentence: Int, place: Int, update: Int) -> Int32 {
    let id = words.trained(id)
    guard isRare[Int(id)] else { return id }
    let random = RandomStream(seed: seed, purpose: .wordDropout, update: update)
    return random.uniform(row: sentence, index: place) < rate ? unknown : id
  }
}
