import Compute
import Networks
import Parallel
import Runs

/// The size of a training step, as benchmarks name it.
package struct ThroughputShape: Sendable, Equatable {
  package var name: String
  @CellByName package var cell: any Cell
  package var vocabulary: Int
  package var embedding: Int
  package var hidden: Int
  package var layers: Int
  package var batch: Int
  package var steps: Int
  /// Lengths are drawn evenly from this range; nil is `steps` for every row.
  package var lengths: ClosedRange<Int>?
  package var output = Output.full
  /// Of an adaptive output, as far as they are in the vocabulary; empty: by cost.
  package var cutoffs: [Int] = []
  /// How steeply the frequency of tokens falls: that of rank r is as 1 / r^zipf. Nil: all are as frequent.
  package var zipf: Double?

  package init(
    name: String = "custom", cell: any Cell = .lstm, vocabulary: Int, embedding: Int, hidden: Int,
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
  package static let presets: [ThroughputShape] = [
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

  package static func preset(named name: String) -> ThroughputShape? {
    presets.first { $0.name == name }
  }

  /// Throws what a user has to change: sizes out of range, or more memory than there is.
  package func check(precision: Precision, optimizer: OptimizerConfiguration) throws {
    let sizes = [
      ("vocabulary", vocabulary, 1 << 24), ("embedding", embedding, 1 << 16),
      ("hidden", hidden, 1 << 16), ("layers", layers, 256), ("batch", batch, 1 << 20),
      ("steps", longest, 1 << 20),
    ]
    for (name, size, limit) in sizes where !(1...limit).contains(size) {
      throw UserError.usage("\(name) is \(size), expected 1...\(limit)")
    }
    if let lengths, lengths.lowerBound < 1 {
      throw UserError.usage("lengths begin at \(lengths.lowerBound), expected 1 or more")
    }
    if output != .full, vocabulary < 2 {
      throw UserError.usage("vocabulary is 1, expected 2 or more for the output \(output.rawValue)")
    }
    let ends = [0] + cutoffs
    guard zip(ends, ends.dropFirst()).allSatisfy({ $0 < $1 }) else {
      throw UserError.usage("cut-offs are \(cutoffs), expected numbers from 1 on, ascending")
    }
    if let zipf, !(0...4).contains(zipf) {
      throw UserError.usage("zipf is \(zipf), expected 0...4")
    }
    if precision == .bf16, !InstructionSet.supportsBF16 {
      throw UserError.usage(
        "bf16 needs AVX512-BF16, which the instruction set \(InstructionSet.active.rawValue) "
          + "of this process lacks", hint: "use f32")
    }
    let declared = LanguageModel<Float>(model, precision: precision)
    let tokens = AlignedBuffer<Int32>(count: batch * longest)
    let trained = MadeTokens(model: declared, inputs: tokens, targets: tokens)
    try MemoryEstimate(
      declared.parameters, optimizer, precision: precision, workers: UsableCores.count
    ) { trained.record(SequenceLayout(rows: batch, steps: longest), on: $0) }.check()
  }

  /// Steps of the longest row possible.
  package var longest: Int { lengths?.upperBound ?? steps }

  /// About as many tokens as `lengths` make on average, in rows of one length; nil without lengths.
  package var equalLengths: SequenceLayout? {
    guard let lengths else { return nil }
    return SequenceLayout(rows: batch, steps: (lengths.lowerBound + lengths.upperBound) / 2)
  }

  /// What the process has, of so many, that has the most rows: it is waited for.
  package func share(of processes: Int) -> ThroughputShape {
    var share = self
    share.batch = (batch - 1) / processes + 1
    return share
  }

  package var model: LanguageModelConfiguration {
    LanguageModelConfiguration(
      vocabularySize: vocabulary, embeddingSize: embedding, hiddenSize: hidden,
      layerCount: layers, cell: cell, output: outputForm)
  }

  /// The layout of minibatch `number`.
  package func layout(_ number: Int, seed: UInt64) -> SequenceLayout {
    guard let lengths else { return SequenceLayout(rows: batch, steps: steps) }
    let random = RandomStream(seed: seed, purpose: .generator, update: number)
    return SequenceLayout(
      lengths: (0..<batch).map { row in
        lengths.lowerBound + Int(random.word(row: 2, index: row) % UInt32(lengths.count))
      }.sorted(by: >))
  }
}
