import Unroll

/// An encoder-decoder with one minibatch of four pairs. The longest source belongs to the third
/// target: the two sides order their rows differently.
package final class TranslatorProblem<S: MatrixElement>: TestProblem {
  package let model: Translator<S>
  package let trainer: Trainer<RecordedModel<S, TokenLoss<S>>>
  /// Longest first.
  package var sources: [[Int32]]
  package var targets: [[Int32]]
  /// For each target its source.
  package let rows: [Int32] = [1, 2, 0, 3]
  /// The loss of each target, of the last run.
  package private(set) var rowLosses: [Double] = []
  private let sampling: Double

  package init(
    _ configuration: TranslatorConfiguration, sampling: Double = 0, workers: Int,
    precision: Precision = .f32, seed: UInt64 = 7
  ) {
    model = Translator(configuration, precision: precision).allocated(seed: seed)
    self.sampling = sampling
    trainer = Trainer(
      recording: model.parameters, workers: workers, precision: precision, seed: seed)
    let random = RandomStream(seed: 3, purpose: .generator)
    func ids(_ lengths: [Int], below limit: Int, _ first: Int) -> [[Int32]] {
      lengths.enumerated().map { row, length in
        (0..<length).map { Int32(random.word(row: first + row, index: $0) % UInt32(limit)) }
      }
    }
    sources = ids([5, 4, 2, 1], below: configuration.sourceCount, 0)
    targets = ids([4, 3, 3, 1], below: configuration.targetCount, 10)
  }

  /// Leaves the gradients in the store; steps the weights if `learningRate` is given.
  @discardableResult
  package func run(update: Int = 0, learningRate: Double? = nil) -> Double {
    let configuration = model.configuration
    let sourceLayout = SequenceLayout(lengths: sources.map(\.count))
    let layout = SequenceLayout(lengths: targets.map { $0.count + 1 })
    let buffers = [
      Self.packed(sources, sourceLayout),
      Self.packed(targets.map { [configuration.start] + $0 }, layout),
      Self.packed(targets.map { $0 + [configuration.stop] }, layout), rows,
    ].map(IntegerBuffer.init)
    let (result, loss) = trainer.run(update: update, learningRate: learningRate) { tape in
      self.model.record(
        TranslatorMinibatch(
          sourcePlan: tape.plan(sourceLayout), sources: buffers[0].elements,
          targetPlan: tape.plan(layout), inputs: buffers[1].elements,
          targets: buffers[2].elements, rows: buffers[3].elements),
        sampling: self.sampling, on: tape)
    }
    let terms = loss.terms
    rowLosses = layout.lengths.enumerated().map { row, length in
      (0..<length).reduce(0) { $0 + Double(terms[layout.offsets[$1] + row]) }
    }
    return withExtendedLifetime(buffers) { result.loss }
  }

  private static func packed(_ rows: [[Int32]], _ layout: SequenceLayout) -> [Int32] {
    (0..<layout.stepCount).flatMap { step in
      (0..<layout.activeRows[step]).map { rows[$0][step] }
    }
  }
}

/// Integers that stay where they are.
private final class IntegerBuffer {
  private let memory: UnsafeMutableBufferPointer<Int32>

  init(_ values: [Int32]) {
    memory = .allocate(capacity: values.count)
    _ = memory.initialize(from: values)
  }

  deinit { memory.deallocate() }

  var elements: UnsafeBufferPointer<Int32> { UnsafeBufferPointer(memory) }
}
