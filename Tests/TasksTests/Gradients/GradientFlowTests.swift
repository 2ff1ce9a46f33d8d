import Autodiff
import Compute
import Corpora
import Foundation
import Networks
import Parallel
import Runs
import Tasks
import TestSupport
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Gradients through time where they are known: a linear recurrence multiplies them by the same
/// matrix at every step.
@Suite struct GradientFlowTests {
  /// Rectified units that all stay above zero, and `W_hh = a · 1`: each step back multiplies the
  /// gradient by a. Rows of different lengths count at the lags they have.
  @Test(arguments: [(0.5, GradientFlow.Fate.vanishing), (1, .steady), (1.2, .exploding)])
  func scaledIdentity(a: Double, fate: GradientFlow.Fate) throws {
    let model = SequenceModel<Float>(
      SequenceModelConfiguration(
        input: .vectors(width: 2),
        stack: StackConfiguration(
          cell: .rnnReLU, inputSize: 2, hiddenSize: 5, dropout: 0.5), pooling: .last,
        head: .regression(outputs: 1))
    ).allocated(seed: 3)
    set(model.parameters, a, hidden: 5)
    var inputs = VectorSequences(width: 2)
    for length in [9, 4, 9, 1] { try inputs.append((0..<2 * length).map { Float($0 % 3 + 1) }) }
    // Every row misses its target by another amount; the last lags belong to the long rows.
    let data = SequenceDataset(.vectors(inputs), .numbers([-1, -2, -3, -4]))
    let flow = try GradientFlow(model, data, lags: 20, team: WorkerTeam(count: 2))
    #expect(flow.sequenceCount == 4)
    #expect(flow.lagCount == 9)
    let norms = flow.norms[0]
    for lag in 5..<9 { expectClose(norms[lag] / norms[4], pow(a, Double(lag - 4))) }
    #expect(flow.fate(layer: 0) == fate)
    // Threads share the rows and change nothing.
    for threads in [1, 3] {
      #expect(try GradientFlow(model, data, lags: 20, team: WorkerTeam(count: threads)) == flow)
    }
  }

  /// A language model of such units, and a model with a prediction for every step, of which the last
  /// counts: lag by lag the same.
  @Test(arguments: [0.5, 1.2])
  func textAndSteps(a: Double) throws {
    let folder = try TemporaryFolder()
    let text = try folder.write(String(repeating: "abcab", count: 20), to: "text.txt")
    let corpus = try CorpusTokenizer.tokenize(
      files: [text], .init(.character), cacheFolder: folder.file("cache"), threads: 2)
    // No noise of training may be drawn: it would be seen in every ratio.
    let stack = StackConfiguration(
      cell: .rnnReLU, inputSize: 3, hiddenSize: 5, dropout: 0.5,
      regularization: RecurrentRegularization(dropout: 0.3, weightDrop: 0.3))
    let model = LanguageModel<Float>(
      LanguageModelConfiguration(
        vocabularySize: corpus.vocabulary.count, stack: stack,
        regularization: LanguageModelRegularization(
          embeddingDropout: 0.3, inputDropout: 0.3, activationPenalty: 2, temporalPenalty: 1))
    ).allocated(seed: 3)
    set(model.parameters, a, hidden: 5)
    let flow = try GradientFlow(
      model, corpus.tokens, lags: 7, windows: 40, team: WorkerTeam(count: 2))
    #expect(flow.lagCount == 8)
    #expect(flow.sequenceCount == 40)
    for lag in 0..<8 { expectClose(flow.norms[0][lag] / flow.norms[0][0], pow(a, Double(lag))) }
    expectClose(flow.factor(layer: 0), a)
    let error = try #require(throws: UserError.self) {
      _ = try GradientFlow(model, corpus.tokens, lags: 50, team: WorkerTeam(count: 1))
    }
    #expect(error.message.contains("the text has 100 tokens, expected more than 101"))

    let steps = SequenceModel<Float>(
      SequenceModelConfiguration(
        input: .tokens(vocabulary: 4, embedding: 3), stack: stack, pooling: nil,
        head: .softmax(classes: 3))
    ).allocated(seed: 3)
    set(steps.parameters, a, hidden: 5)
    var (ids, classes) = (IDSequences(), IDSequences())
    try ids.append([0, 1, 2, 3, 0, 1])
    try classes.append([0, 1, 2, 0, 1, 2])
    let data = SequenceDataset(.ids(ids), .stepClasses(classes, count: 3))
    let other = try GradientFlow(steps, data, lags: 5, team: WorkerTeam(count: 1))
    for lag in 0..<6 { expectClose(other.norms[0][lag] / other.norms[0][0], pow(a, Double(lag))) }
  }

  @Test func bothDirectionsAreRefused() throws {
    let model = SequenceModel<Float>(
      SequenceModelConfiguration(
        input: .vectors(width: 1),
        stack: StackConfiguration(inputSize: 1, hiddenSize: 5, isBidirectional: true),
        pooling: .last, head: .regression(outputs: 1))
    ).allocated(seed: 3)
    var inputs = VectorSequences(width: 1)
    try inputs.append([1, 2])
    let error = try #require(throws: UserError.self) {
      _ = try GradientFlow(
        model, SequenceDataset(.vectors(inputs), .numbers([1])), lags: 1, team: WorkerTeam(count: 1)
      )
    }
    #expect(error.kind == .usage)
  }

  /// The line through the logarithms, and what has no logarithm.
  @Test func factors() {
    let flow = GradientFlow(
      norms: [[8, 4, 2, 1], [1, 0, 0, 0], [1, 2, 0, 8], [1, .infinity, .infinity, .infinity]],
      sequenceCount: 1)
    expectClose(flow.factor(layer: 0), 0.5)
    #expect(flow.fate(layer: 1) == .vanishing)
    expectClose(flow.factor(layer: 2), 2)
    #expect(flow.fate(layer: 2) == .exploding)
    #expect(flow.fate(layer: 3) == .exploding)
    #expect(flow.report.contains("layer 0: vanishing, a step back multiplies the norm by 0.5000"))
  }

  @Test func thePictureIsWellFormed() {
    let flow = GradientFlow(norms: [[8, 4, 0, 1], [1, .infinity, 0.5, 0.2]], sequenceCount: 1)
    let svg = GradientPlot([("a<b", flow), ("c&d", flow)]).svg
    let parser = XMLParser(data: Data(svg.utf8))
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    #expect(svg.components(separatedBy: "<polyline").count == 5)
    #expect(svg.contains("a&lt;b layer 1") && svg.contains(">lag k</text>"))
    #expect(!svg.contains("nan") && !svg.contains("inf"))
  }

  // MARK: Support

  /// `W_hh = a · 1`; all that is read is positive, and the output layer too.
  private func set(_ store: ParameterStore<Float>, _ a: Double, hidden: Int) {
    for parameter in store.parameters {
      parameter.values = (0..<parameter.count).map { index in
        if parameter.name == "rnn.weight_hh_l0" {
          return index / hidden == index % hidden ? Float(a) : 0
        }
        return 0.1 + 0.07 * Float(index % 5)
      }
    }
    store.pack()
  }

  private func expectClose(
    _ value: Double, _ expected: Double, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(
      abs(value / expected - 1) < 2e-6, "\(value), \(expected)", sourceLocation: sourceLocation)
  }
}
