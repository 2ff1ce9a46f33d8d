import Autodiff
import Compute
import Exchange
import Networks
import Testing

/// What cannot be written as a graph is told by the name of its layer.
@Suite struct RefusalTests {
  @Test(arguments: [false, true])
  func aCellWithoutAFormulaIsNamed(_ isBidirectional: Bool) throws {
    let parameters = ParameterStore<Float>()
    let stack = StackConfiguration(
      cell: SilentCell(), inputSize: 3, hiddenSize: 2, isBidirectional: isBidirectional)
    let configuration = SequenceModelConfiguration(
      input: .vectors(width: 3), stack: stack, pooling: .mean, head: .softmax(classes: 2))
    let error = #expect(throws: UserError.self) {
      _ = try SequenceModelGraph.write(configuration, parameters)
    }
    #expect(error?.message.contains("'rnn.…_l0'") == true)
    #expect(error?.message.contains("'silent'") == true)
    #expect(error?.hint == "let the cell conform to FormulaCell")
  }
}

/// Passes its input on, and does not say so in symbols.
private struct SilentCell: Cell {
  var name: String { "silent" }
  var stages: [CellStage] { [CellStage(blocks: 0..<1)] }
  var forgetGate: Int? { nil }
  var hasCellState: Bool { false }
  var keepsValue: Bool { false }

  func forward<S: MatrixElement>(stage: Int, _ step: CellStep<S>) {}
  func backward<S: MatrixElement>(stage: Int, _ step: CellStep<S>) {}
}
