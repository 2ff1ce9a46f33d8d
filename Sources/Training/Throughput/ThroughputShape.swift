import Compute
import Networks
import Parallel

/// The size of a training step, as benchmarks name it.
public struct ThroughputShape: Sendable, Equatable {
  public var name: String
  public var cell: CellKind
  public var vocabulary: Int
  public var embedding: Int
  public var hidden: Int
  public var layers: Int
  public var batch: Int
  public var steps: Int
  /// Lengths are drawn evenly from this range; nil is `steps` for every row.
  public var lengths: ClosedRange<Int>?

  public init(
    name: String = "custom", cell: CellKind = .lstm, vocabulary: Int, embedding: Int, hidden: Int,
    layers: Int, batch: Int, steps: Int, lengths: ClosedRange<Int>? = nil
  ) {
    self.name = name
    self.cell = cell
    self.vocabulary = vocabulary
    self.embedding = embedding
    self.hidden = hidden
    self.layers = layers
    self.batch = batch
    self.steps = steps
    self.lengths = lengths
  }

  /// The shapes that the results table is made of.
  public static let presets: [ThroughputShape] = [
    preset("char512", vocabulary: 65, hidden: 512, batch: 64, steps: 64),
    preset("big1024", vocabulary: 256, hidden: 1024, batch: 128, steps: 64),
    preset("char128", vocabulary: 65, hidden: 128, batch: 32, steps: 50),
    preset("ptb-medium", vocabulary: 10_000, hidden: 650, batch: 20, steps: 35),
    preset("ptb-small", vocabulary: 10_000, hidden: 200, batch: 20, steps: 20),
    preset("lengths", vocabulary: 65, hidden: 256, batch: 64, steps: 200, lengths: 10...200),
  ]

  private static func preset(
    _ name: String, vocabulary: Int, hidden: Int, batch: Int, steps: Int,
    lengths: ClosedRange<Int>? = nil
  ) -> ThroughputShape {
    ThroughputShape(
      name: name, vocabulary: vocabulary, embedding: hidden, hidden: hidden, layers: 2,
      batch: batch, steps: steps, lengths: lengths)
  }

  public var model: LanguageModelConfiguration {
    LanguageModelConfiguration(
      vocabularySize: vocabulary, embeddingSize: embedding, hiddenSize: hidden,
      layerCount: layers, cell: cell)
  }

  /// The layout of minibatch `number`.
  public func layout(_ number: Int, seed: UInt64) -> SequenceLayout {
    guard let lengths else { return SequenceLayout(rows: batch, steps: steps) }
    let random = RandomStream(seed: seed, purpose: .generator, update: number)
    return SequenceLayout(
      lengths: (0..<batch).map { row in
        lengths.lowerBound + Int(random.word(row: 2, index: row) % UInt32(lengths.count))
      }.sorted(by: >))
  }
}
