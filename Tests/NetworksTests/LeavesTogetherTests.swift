import TestSupport
import Testing
import Unroll

/// Leaves that are recorded and run together give the bytes of leaves that are recorded and run one after the
/// other.
@Suite struct LeavesTogetherTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    var cell: any Cell = .lstm
    var vocabulary = 37
    var layers = 2
    var hidden = 24
    var embedding = 20
    var dropout = 0.3
    var isLocked = false
    var projection = 0
    var hasLayerNorm = false
    var isResidual = false
    var inner = RecurrentRegularization()
    var isTied = false
    var multiplies: Bool? = false
    var noise = LanguageModelRegularization()
    var output = OutputForm.full
    var precision = Precision.f32
    var sums = Precision.f32
    /// Whether the leaves can be told apart.
    var isTogether = true

    var configuration: LanguageModelConfiguration {
      LanguageModelConfiguration(
        vocabularySize: vocabulary,
        stack: StackConfiguration(
          cell: cell, inputSize: embedding, hiddenSize: hidden, layerCount: layers,
          projectionSize: projection, hasLayerNorm: hasLayerNorm, isResidual: isResidual,
          dropout: dropout, isDropoutLocked: isLocked, regularization: inner),
        isTied: isTied, output: output, regularization: noise, multipliesEmbedding: multiplies)
    }
  }

  private static let awd = LanguageModelRegularization(
    embeddingDropout: 0.2, inputDropout: 0.3, outputDropout: 0.4, activationPenalty: 2,
    temporalPenalty: 1)

  static let cases: [Case] =
    Cells.all.map { Case(testDescription: $0.name, cell: $0) }
    + [
      Case(testDescription: "projected table", multiplies: true),
      Case(testDescription: "projected table, GRU", cell: .gruResetBefore, multiplies: true),
      Case(testDescription: "large table", vocabulary: 700, layers: 1),
      Case(testDescription: "tied", vocabulary: 530, isTied: true),
      Case(
        testDescription: "AWD", isLocked: true, inner: RecurrentRegularization(weightDrop: 0.4),
        isTied: true, noise: awd),
      Case(
        testDescription: "zoneout, projection", projection: 17,
        inner: RecurrentRegularization(zoneout: 0.3)),
      Case(
        testDescription: "recurrent dropout, norms", cell: .gru, embedding: 24,
        hasLayerNorm: true, isResidual: true, inner: RecurrentRegularization(dropout: 0.3)),
      Case(testDescription: "sums in bf16", multiplies: true, sums: .bf16),
      Case(testDescription: "bf16", multiplies: true, precision: .bf16),
      Case(testDescription: "bf16, sums in bf16", precision: .bf16, sums: .bf16),
      Case(
        testDescription: "adaptive",
        output: .adaptive(VocabularyClusters(vocabularySize: 37, cutoffs: [10])),
        isTogether: false),
    ].filter { $0.precision == .f32 || InstructionSet.supportsBF16 }

  static let layouts = [
    SequenceLayout(rows: 7, steps: 5), SequenceLayout(lengths: [9, 9, 7, 6, 6, 5, 3, 2, 1, 1]),
    SequenceLayout(rows: 1, steps: 3),
  ]

  @Test(arguments: cases, layouts)
  func bytesAreThoseOfLeavesAlone(_ test: Case, _ layout: SequenceLayout) {
    func trained(_ leaves: Leaves, workers: Int, together: Bool) -> [String] {
      let model = LanguageModel<Float>(test.configuration, precision: test.precision)
        .allocated(seed: 5)
      let trainer = Trainer(
        DealtText(model, layout), team: WorkerTeam(count: workers),
        optimizer: .adam(learningRate: 2e-3), clipping: Clipping(norm: 0.2), leaves: leaves,
        recordsTogether: together, seed: 3)
      var seen: [String] = []
      for _ in 0..<3 {
        let result = trainer.step((), learningRate: 0.01) { leaves, recorded in
          for leaf in leaves.present {
            let sum = recorded.sum(ofLeaf: leaf - leaves.all.lowerBound)
            seen.append("leaf \(leaf): \(sum.bitPattern)")
          }
        }
        seen.append("\(result.loss.bitPattern) \(result.gradientNorm.bitPattern)")
      }
      if together, leaves.groups.contains(where: { $0.count > 1 }) {
        #expect(trainer.recordsTogether == test.isTogether)
      }
      let values = model.parameters.values
      seen.append("\(ContentDigest.of(UnsafeRawBufferPointer(values.elements)))")
      return seen
    }
    for count in [2, 8] {
      let alone = trained(Leaves(count: count, sums: test.sums), workers: 1, together: false)
      for (workers, parts) in [(1, 1), (2, 1), (3, 2), (5, 1)] {
        let leaves = Leaves(count: count, sums: test.sums, together: count / parts)
        let together = trained(leaves, workers: workers, together: true)
        #expect(together == alone, "\(count) leaves in \(parts) parts, \(workers) workers")
      }
    }
  }
}

/// Random text, dealt to leaves.
private struct DealtText: TrainableModel {
  let model: LanguageModel<Float>
  let layout: SequenceLayout
  let states: CarriedStates<Float>

  init(_ model: LanguageModel<Float>, _ layout: SequenceLayout) {
    self.model = model
    self.layout = layout
    states = CarriedStates(model.configuration, rows: layout.rowCount)
    for (number, state) in states.matrices.enumerated() {
      for row in 0..<layout.rowCount {
        for column in 0..<state.matrix.columns {
          state.matrix[row, column] =
            random.uniform(row: 2 + number, index: 97 * row + column) - 0.5
        }
      }
    }
  }

  private var random: RandomStream { RandomStream(seed: 11, purpose: .generator) }
  var parameters: ParameterStore<Float> { model.parameters }
  var precision: Precision { model.precision }

  func record(_ batch: Void, on tape: Tape<Float>) -> Loss<Float> {
    preconditionFailure("there are leaves")
  }

  func record(
    _ batch: Void, leaf: Int, of leaves: Int, on tape: Tape<Float>
  ) -> Loss<Float>? {
    record(Leaves.deal(Array(0..<layout.rowCount), to: leaf, of: leaves), on: tape)
  }

  func record(
    _ batch: Void, leaves: Range<Int>, of count: Int, on tape: Tape<Float>
  ) -> Loss<Float>? {
    let owners = Leaves.owners(of: layout.rowCount, among: count)
    let rows = owners.indices.filter { leaves ~= owners[$0] }
    tape.divide(among: leaves, rows.map { owners[$0] })
    return record(rows, on: tape)
  }

  private func record(_ rows: [Int], on tape: Tape<Float>) -> Loss<Float>? {
    guard !rows.isEmpty else { return nil }
    // Whatever the memory held before must not matter.
    tape.arena.poison()
    let part = SequenceLayout(lengths: rows.map { layout.lengths[$0] })
    func ids(_ number: Int) -> UnsafeBufferPointer<Int32> {
      tape.keep(
        (0..<part.stepCount).flatMap { step in
          rows[..<part.activeRows[step]].map {
            let word = random.word(row: number, index: 1000 * step + $0)
            return Int32(word % UInt32(model.configuration.vocabularySize))
          }
        })
    }
    let plan = tape.examplePlan(part)
    return model.record(
      inputs: ids(0), targets: ids(1), plan: plan,
      states: states.variables(plan, rows: rows, on: tape), on: tape
    ).loss.losses[0]
  }
}
