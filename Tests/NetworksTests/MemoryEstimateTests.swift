import TestSupport
import Testing
import Unroll

/// What a training takes is known before it takes anything.
@Suite struct MemoryEstimateTests {
  /// Models that are only declared record a minibatch; its bytes are those of the arena that runs it.
  @Test(arguments: [false, true])
  func activationsOfALanguageModel(isTied: Bool) {
    let configuration = LanguageModelConfiguration(
      vocabularySize: 37, embeddingSize: 20, hiddenSize: 70, layerCount: 2, isTied: isTied,
      dropout: 0.2)
    let layout = SequenceLayout(lengths: [60, 60, 41, 30, 30, 2])
    let ids = (0..<layout.tokenCount).map { Int32($0 % 37) }
    ids.withUnsafeBufferPointer { ids in
      expectEstimate(LanguageModel<Float>(configuration), LanguageModel<Float>(configuration)) {
        model, tape in
        model.record(inputs: ids, targets: ids, plan: tape.plan(layout), on: tape)
      }
    }
  }

  /// Every token is a row of one band, and of one cluster if it is rare.
  @Test(arguments: [false, true])
  func activationsOfClusters(isTied: Bool) {
    let clusters = VocabularyClusters(vocabularySize: 37, cutoffs: [9, 20])
    let configuration = LanguageModelConfiguration(
      vocabularySize: 37, embeddingSize: 20, hiddenSize: 70, isTied: isTied,
      output: .adaptive(clusters), adaptiveInputs: clusters)
    let layout = SequenceLayout(lengths: [60, 60, 41, 30, 30, 2])
    let ids = (0..<layout.tokenCount).map { Int32($0 * $0 % 37) }
    ids.withUnsafeBufferPointer { ids in
      expectEstimate(LanguageModel<Float>(configuration), LanguageModel<Float>(configuration)) {
        model, tape in
        model.record(inputs: ids, targets: ids, plan: tape.plan(layout), on: tape)
      }
    }
  }

  @Test(arguments: [AttentionScore.additive, .scaledDot])
  func activationsOfAttention(score: AttentionScore) {
    let configuration = SequenceModelConfiguration(
      input: .tokens(vocabulary: 37, embedding: 20),
      stack: StackConfiguration(
        inputSize: 20, hiddenSize: 40, isBidirectional: true,
        regularization: RecurrentRegularization(weightDrop: 0.3)),
      selfAttention: score, pooling: .attention, head: .softmax(classes: 3))
    let layout = SequenceLayout(lengths: [90, 61, 30, 30, 7])
    let ids = (0..<layout.tokenCount).map { Int32($0 % 37) }
    let classes: [Int32] = [0, 1, 2, 1, 0]
    ids.withUnsafeBufferPointer { ids in
      classes.withUnsafeBufferPointer { classes in
        expectEstimate(SequenceModel<Float>(configuration), SequenceModel<Float>(configuration)) {
          model, tape in
          let features = model.record(.tokens(ids), plan: tape.plan(layout), on: tape)
          _ = model.loss(features, .classes(classes), on: tape)
        }
      }
    }
  }

  /// A table of ids that is multiplied with the input weights beforehand: a row of gates an id.
  @Test func multipliedTables() {
    func bytes(_ multiplies: Bool) -> Int {
      LanguageModel<Float>(
        LanguageModelConfiguration(
          vocabularySize: 37, embeddingSize: 20, hiddenSize: 32, multipliesEmbedding: multiplies)
      ).parameters.derivedBytes
    }
    #expect(bytes(true) - bytes(false) == 4 * 37 * Matrix<Float>.stride(forColumns: 4 * 32))
  }

  /// Absurd sizes are counted, and take next to nothing: here 256 biases of 1 MiB. A process of its own,
  /// whose memory nobody else takes.
  @Test func declaringTakesNothing() async {
    await #expect(processExitsWith: .success) {
      let before = try #require(ProcessMemory.resident)
      let model = LanguageModel<Float>(
        LanguageModelConfiguration(
          vocabularySize: Int(Int32.max), embeddingSize: 65536, hiddenSize: 65536,
          layerCount: 256))
      let taken = try #require(ProcessMemory.resident) - before
      #expect(model.parameters.bytes(momentCount: 2) > 1 << 44)
      #expect(taken < 512 << 20, "\(taken) bytes")
    }
  }

  private func expectEstimate<Model: Parameterized>(
    _ declared: Model, _ model: Model, _ record: @escaping (Model, Tape<Float>) -> Void
  ) where Model.S == Float {
    let workers = 3
    let counted = Tape<Float>.counting(workers: workers) { record(declared, $0) }
    let bytes = counted.activationBytes
    #expect(bytes > 1 << 18, "less than an arena takes at least")
    let trainer = Trainer<RecordedModel<Float, Tape<Float>>>(
      recording: model.allocated(seed: 1).parameters, workers: workers)
    func train(_ update: Int) -> Tape<Float> {
      trainer.run(update: update, learningRate: 0.01) { tape in
        record(model, tape)
        return tape
      }.recorded
    }
    let tape = [0, 1].map(train)[1]
    #expect(tape.arena.bytesInUse == bytes)
    tape.begin(training: true)
    #expect(tape.arena.byteCount == bytes)
  }
}
