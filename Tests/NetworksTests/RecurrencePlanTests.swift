import TestSupport
import Testing
import Unroll

/// Rows × units: however a team is divided, the bits are those of one worker.
@Suite struct RecurrencePlanTests {
  /// What may stand between a cell and its states.
  enum Variant: CaseIterable {
    case plain, projected, dropped, zoned, weightDropped, everything

    func configuration(_ cell: any Cell) -> StackConfiguration? {
      var configuration = StackConfiguration(
        cell: cell, inputSize: 21, hiddenSize: 83, layerCount: 2)
      let projects = cell.allowsProjection
      switch self {
      case .plain: break
      case .projected:
        guard projects else { return nil }
        configuration.projectionSize = 70
      case .dropped: configuration.regularization.dropout = 0.3
      case .zoned:
        guard cell.allowsZoneout else { return nil }
        configuration.regularization.zoneout = 0.2
      case .weightDropped: configuration.regularization.weightDrop = 0.3
      case .everything:
        configuration.isBidirectional = true
        configuration.hasLayerNorm = true
        configuration.dropout = 0.2
        configuration.projectionSize = projects ? 90 : 0
        configuration.regularization = RecurrentRegularization(
          dropout: 0.3, zoneout: cell.allowsZoneout ? 0.2 : 0, weightDrop: 0.3)
      }
      return configuration
    }
  }

  /// Workers, and how many of them share rows.
  static let plans = [(2, 2), (4, 2), (3, 3)]
  /// Rows enough for all, and hardly any.
  static let layouts = [
    SequenceLayout(lengths: [6, 6, 3, 2, 1]), SequenceLayout(rows: 1, steps: 4),
  ]

  @Test(arguments: Cells.all.filter { $0.recurrentGateCount > 0 }, Variant.allCases)
  func bitsDoNotDependOnThePlan(cell: any Cell, variant: Variant) {
    guard let configuration = variant.configuration(cell) else { return }
    // Rounded operands lie in memory of each worker's own.
    let isRounded = variant == .everything && InstructionSet.supportsBF16
    let precisions: [Precision] = isRounded ? [.f32, .bf16] : [.f32]
    for layout in Self.layouts {
      for precision in precisions {
        let expected = bits(configuration, layout, precision, workers: 1, members: 1)
        for (workers, members) in Self.plans {
          #expect(
            bits(configuration, layout, precision, workers: workers, members: members) == expected,
            "\(workers / members) × \(members), \(precision), \(layout.rowCount) rows")
        }
      }
    }
  }

  /// Losses, states and their gradients of two updates, and the weights after them.
  private func bits(
    _ configuration: StackConfiguration, _ layout: SequenceLayout, _ precision: Precision,
    workers: Int, members: Int
  ) -> [UInt32] {
    let problem = StackProblem<Float>(
      configuration, layout: layout, workers: workers, division: .groups(of: members),
      precision: precision)
    var values: [Float] = []
    for update in 0..<2 {
      let result = problem.run(update: update, learningRate: 0.01)
      values += [Float(result.loss)] + result.outputs
      values += (result.finalH + result.finalC + result.initialGradients).joined()
    }
    return (values + problem.weights).map(\.bitPattern)
  }

  /// Few rows and large weights are shared out; many rows or small weights are not.
  @Test func thePlanFollowsSizes() {
    let caches = ProcessorCaches(own: 1 << 20, shared: 32 << 20, sharers: 16)
    func members(rows: Double, hidden: Int, workers: Int) -> Int {
      let panels = (hidden + 15) / 16
      let sizes = RecurrencePlan.Sizes(
        rows: rows, steps: 64, weights: 4 * hidden * hidden, elementSize: 4,
        panels: (panels, (panels + 3) / 4), stages: 1)
      let plans = RecurrencePlan.all(sizes, workers: workers, caches: caches)
      #expect(plans.allSatisfy { $0.groups * $0.members == workers })
      return plans.min { $0.microseconds < $1.microseconds }?.members ?? 0
    }
    #expect(members(rows: 64, hidden: 512, workers: 2) == 1)
    #expect(members(rows: 20, hidden: 32, workers: 4) == 1)
    #expect(members(rows: 1, hidden: 1024, workers: 2) == 2)
    #expect(members(rows: 4, hidden: 1024, workers: 2) == 2)
    #expect(members(rows: 20, hidden: 650, workers: 16) > 1)
  }

  /// What the cost of a plan follows from: rows of a step on average, and all recurrent weights.
  @Test func sizesOfALayer() throws {
    let configuration = LanguageModelConfiguration(
      vocabularySize: 7, embeddingSize: 3, hiddenSize: 32)
    let sizes = try #require(
      LanguageModel<Float>(configuration).stack.layers[0][0]
        .planSizes(SequenceLayout(lengths: [5, 3, 1])))
    #expect(sizes.rows == 9.0 / 5 && sizes.steps == 5 && sizes.stages == 1)
    #expect(sizes.weights == 4 * 32 * 32 && sizes.elementSize == 4)
  }
}
