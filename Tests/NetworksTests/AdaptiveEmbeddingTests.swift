import Autodiff
import Compute
import Networks
import Parallel
import TestSupport
import Testing

/// Language models whose rarer words have narrower embeddings.
@Suite struct AdaptiveEmbeddingTests {
  private static func configuration(
    _ vocabulary: Int, _ cutoffs: [Int], factor: Int = 4, embedding: Int, hidden: Int,
    cell: any Cell = .lstm, isTied: Bool, output: OutputForm? = nil,
    regularization: LanguageModelRegularization = LanguageModelRegularization()
  ) -> LanguageModelConfiguration {
    let clusters = VocabularyClusters(
      vocabularySize: vocabulary, cutoffs: cutoffs, factor: factor)
    return LanguageModelConfiguration(
      vocabularySize: vocabulary,
      stack: StackConfiguration(cell: cell, inputSize: embedding, hiddenSize: hidden),
      isTied: isTied, output: output ?? (isTied ? .adaptive(clusters) : .full),
      adaptiveInputs: clusters, regularization: regularization)
  }

  private func check(
    _ configuration: LanguageModelConfiguration, _ layout: SequenceLayout
  ) throws {
    let problem = LanguageModelProblem<Double>(configuration, layout: layout, workers: 3)
    problem.run()
    // Losses of one worker: the bits are those of three, and nobody waits for anybody.
    let probe = LanguageModelProblem<Double>(configuration, layout: layout)
    try expectGradient(
      problem.gradients,
      matches: {
        probe.weights = $0
        return probe.run().loss
      }, at: problem.weights)
  }

  /// Bands of all sizes, some of which no token belongs to; tied with a projection and without.
  @Test(arguments: [
    ([4], SequenceLayout(rows: 1, steps: 1)), ([2, 9], SequenceLayout(lengths: [5, 5, 3, 1])),
    ([1, 2, 15], SequenceLayout(rows: 3, steps: 4)),
  ])
  func gradients(cutoffs: [Int], layout: SequenceLayout) throws {
    for (isTied, size, hidden, cell) in [
      (false, 18, 3, Cells.lstm), (true, 18, 3, .minGRU), (true, 5, 5, .gru),
    ] as [(Bool, Int, Int, any Cell)] {
      try check(
        Self.configuration(
          17, cutoffs, embedding: size, hidden: hidden, cell: cell, isTied: isTied), layout)
    }
  }

  /// Whole words are dropped, whatever their bands; beside a tree the tables are the embedding's alone.
  @Test(arguments: [true, false])
  func gradientsWithDroppedWords(isTied: Bool) throws {
    try check(
      Self.configuration(
        11, [3, 6], embedding: 6, hidden: 5, isTied: isTied,
        output: isTied ? nil : .hierarchical(HuffmanTree(counts: Array(1...11))),
        regularization: LanguageModelRegularization(embeddingDropout: 0.4, inputDropout: 0.2)),
      SequenceLayout(lengths: [6, 6, 2]))
  }

  /// Others in each update.
  @Test func wordsAreDropped() {
    func losses(_ dropout: Double) -> [Double] {
      let problem = LanguageModelProblem<Double>(
        Self.configuration(
          11, [3, 6], embedding: 6, hidden: 5, isTied: true,
          regularization: LanguageModelRegularization(embeddingDropout: dropout)),
        layout: SequenceLayout(lengths: [6, 6, 2]))
      return (0..<3).map { problem.run(update: $0).loss }
    }
    #expect(Set(losses(0)).count == 1)
    #expect(Set(losses(0.4) + losses(0)).count == 4)
  }

  /// Without projections, where clusters are as wide as the shortlist, and with narrow steps.
  @Test(arguments: [1, 2], [false, true])
  func gradientsOfOtherWidths(factor: Int, isTied: Bool) throws {
    try check(
      Self.configuration(
        13, [3, 7], factor: factor, embedding: 6, hidden: 5, cell: .gru, isTied: isTied),
      SequenceLayout(lengths: [5, 4, 2]))
  }

  /// Tied, all but the shortlist's projection is the output's.
  @Test func parametersAreNamedAndShared() {
    func shapes(isTied: Bool) -> [String: [Int]] {
      let model = LanguageModel<Float>(
        Self.configuration(43, [6, 13], embedding: 16, hidden: 21, isTied: isTied))
      let all = model.parameters.parameters.filter { !$0.name.hasPrefix("rnn.") }
      return Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0.shape) })
    }
    #expect(
      shapes(isTied: false) == [
        "embedding.0.0.weight": [6, 16], "embedding.0.1.weight": [16, 16],
        "embedding.1.0.weight": [7, 4], "embedding.1.1.weight": [16, 4],
        "embedding.2.0.weight": [30, 1], "embedding.2.1.weight": [16, 1],
        "output.weight": [43, 21], "output.bias": [43],
      ])
    #expect(
      shapes(isTied: true) == [
        "embedding.0.1.weight": [16, 16], "projection.weight": [16, 21], "projection.bias": [16],
        "output.head.weight": [8, 16], "output.head.bias": [8],
        "output.tail.0.0.weight": [4, 16], "output.tail.0.1.weight": [7, 4],
        "output.tail.1.0.weight": [1, 16], "output.tail.1.1.weight": [30, 1],
      ])
    let wide = LanguageModel<Float>(
      Self.configuration(43, [6, 13], factor: 1, embedding: 16, hidden: 16, isTied: true))
    #expect(
      wide.parameters.parameters.map(\.name).filter { !$0.hasPrefix("rnn.") } == [
        "output.head.weight", "output.head.bias", "output.tail.0.1.weight",
        "output.tail.1.1.weight",
      ])
  }

  /// The model is the one with a single table that has the projected vectors.
  @Test(arguments: [false, true])
  func vectorsAreThoseOfTheDefinition(isTied: Bool) throws {
    let (cutoffs, size) = ([6, 13], 16)
    let clusters = VocabularyClusters(vocabularySize: 43, cutoffs: cutoffs)
    let layout = SequenceLayout(lengths: [9, 9, 7, 2])
    func problem(_ adaptiveInputs: VocabularyClusters?) -> LanguageModelProblem<Double> {
      LanguageModelProblem(
        LanguageModelConfiguration(
          vocabularySize: 43, embeddingSize: size, hiddenSize: size,
          isTied: isTied && adaptiveInputs != nil, output: .adaptive(clusters),
          adaptiveInputs: adaptiveInputs), layout: layout, workers: 2)
    }
    let (adaptive, plain) = (problem(clusters), problem(nil))
    func matrix(_ name: String) throws -> Parameter<Double> {
      try #require(adaptive.store.parameter(named: name), "\(name)")
    }
    var vectors: [Double] = []
    for id in 0..<43 {
      let band = cutoffs.count { $0 <= id }
      let tied = isTied && band > 0
      let table = try matrix(
        !isTied
          ? "embedding.\(band).0.weight"
          : tied ? "output.tail.\(band - 1).1.weight" : "output.head.weight")
      let projection = try matrix(
        tied ? "output.tail.\(band - 1).0.weight" : "embedding.\(band).1.weight")
      let row = id - ([0] + cutoffs)[band]
      for unit in 0..<size {
        vectors.append(
          (0..<table.columns).reduce(0) { sum, column in
            sum + table.values[row * table.columns + column]
              * projection.values[tied ? column * size + unit : unit * table.columns + column]
          })
      }
    }
    for parameter in plain.store.parameters {
      parameter.values =
        parameter.name == "embedding.weight" ? vectors : try matrix(parameter.name).values
    }
    plain.store.pack()
    let terms = [adaptive, plain].map { $0.run().terms }
    #expect(zip(terms[0], terms[1]).allSatisfy { abs($0 - $1) < 1e-12 })
    adaptive.expectLossOfTheDistribution()
  }

  @Test(arguments: [Precision.f32, .bf16], [false, true])
  func threadsChangeNoBit(precision: Precision, isTied: Bool) {
    guard precision == .f32 || InstructionSet.supportsBF16 else { return }
    let weights = [1, 2, 3, 5].map { workers in
      let problem = LanguageModelProblem<Float>(
        Self.configuration(43, [6, 13, 29], embedding: 20, hidden: 21, isTied: isTied),
        layout: SequenceLayout(lengths: [9, 9, 8, 5, 3, 3, 1]), workers: workers,
        precision: precision)
      for update in 0..<3 { problem.run(update: update, learningRate: 1e-2) }
      return problem.weights
    }
    #expect(weights.allSatisfy { $0 == weights[0] })
  }

  /// Rows of words that did not stand in the minibatch keep their weights.
  @Test func onlyTouchedRowsAreStepped() throws {
    let problem = LanguageModelProblem<Float>(
      Self.configuration(5000, [700, 1900], embedding: 32, hidden: 6, isTied: false),
      layout: SequenceLayout(rows: 5, steps: 3), workers: 3)
    problem.inputs[2] = 4999
    let tables = try (0..<3).map {
      try #require(problem.store.parameter(named: "embedding.\($0).0.weight"))
    }
    func rows() -> [ArraySlice<Float>] {
      tables.flatMap { table in
        let values = table.values
        return (0..<table.rows).map { values[$0 * table.columns..<($0 + 1) * table.columns] }
      }
    }
    let before = rows()
    problem.run(learningRate: 0.1)
    let after = rows()
    let moved = Set(before.indices.filter { before[$0] != after[$0] })
    #expect(moved == Set(problem.inputs.map { Int($0) }))
  }
}
