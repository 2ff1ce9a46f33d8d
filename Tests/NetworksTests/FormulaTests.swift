import Testing
import TestSupport
import Unroll

/// The symbols of every cell are held against what a layer of it computes in one step.
@Suite struct FormulaTests {
  // Units do not fill their groups, and there are more than one.
  @Test(arguments: Cells.all) func saysWhatALayerComputes(_ cell: any Cell) throws {
    let step = OneStep(try #require(cell as? any FormulaCell), hiddenSize: 21)
    for row in 0..<OneStep.rows {
      for unit in 0..<21 {
        let h = step.value(of: step.formula.h, row, unit)
        #expect(abs(step.computed.h.value[row, unit] - h) < 1e-12, "h of row \(row), unit \(unit)")
        guard let c = step.computed.c else { continue }
        let expected = step.value(of: step.formula.c, row, unit)
        #expect(abs(c.value[row, unit] - expected) < 1e-12, "c of row \(row), unit \(unit)")
      }
    }
  }
}

/// One step of a layer: computed, and as its cell's formula with plain products.
private final class OneStep {
  static let rows = 3
  static let inputSize = 4
  let computed: RecurrentState<Double>
  private(set) var formula: StepFormula
  private let tape = Tape<Double>(workers: 1)
  private let parameters = ParameterStore<Double>()
  private let hiddenSize: Int
  private let x: Matrix<Double>
  private let (h, c): (Matrix<Double>, Matrix<Double>)
  /// What names in formulas stand for, by row and unit.
  private var given: [String: (Int, Int) -> Double] = [:]

  init(_ cell: any FormulaCell, hiddenSize: Int) {
    self.hiddenSize = hiddenSize
    let stack = RecurrentStack<Double>(
      StackConfiguration(cell: cell, inputSize: Self.inputSize, hiddenSize: hiddenSize),
      in: parameters)
    parameters.allocate(seed: 5)
    tape.begin(training: false)
    let plan = tape.plan(SequenceLayout(rows: Self.rows, steps: 1))
    func matrix(_ columns: Int, _ number: (Int) -> Double) -> Matrix<Double> {
      let matrix = Matrix<Double>(
        base: .allocate(capacity: Self.rows * 32), rows: Self.rows, columns: columns, stride: 32)
      matrix.fill(0)
      for row in 0..<Self.rows {
        for column in 0..<columns { matrix[row, column] = number(7 * row + column) }
      }
      return matrix
    }
    x = matrix(Self.inputSize) { Scalar.tanh(Double($0 % 5) - 2) }
    h = matrix(hiddenSize) { Scalar.tanh(Double($0 % 11) / 4 - 1) }
    // That of a clockwork network is a count of steps.
    c = matrix(hiddenSize) {
      cell is ClockworkCell ? Double($0 % 3) : Scalar.tanh(Double($0 % 13) / 4 - 2)
    }
    let state = RecurrentState(
      h: tape.variable(value: h, plan: plan, extent: .sequences, needsGradient: false),
      c: cell.hasCellState
        ? tape.variable(value: c, plan: plan, extent: .sequences, needsGradient: false) : nil)
    let input = tape.variable(value: x, plan: plan, needsGradient: false)
    computed = stack.record(input, states: [[state]], on: tape).final[0][0]
    WorkerTeam(count: 1).run { [tape] in tape.forward($0) }
    formula = StepFormula(
      hiddenSize: hiddenSize, hPrevious: .given("h"), cPrevious: .given("c"),
      peepholes: (0..<cell.peepholeCount).map { .given("weight_peephole \($0)") })
    describe(cell)
  }

  deinit { for matrix in [x, h, c] { matrix.base.deallocate() } }

  /// Goes through the stages as `CellStage` says them.
  private func describe(_ cell: any FormulaCell) {
    let (h, c, x) = (h, c, x)
    given["h"] = { h[$0, $1] }
    given["c"] = { c[$0, $1] }
    for index in 0..<cell.peepholeCount {
      given["weight_peephole \(index)"] = { [unowned self] in number("weight_peephole", index, $1) }
    }
    let stages = cell.stages
    for (index, stage) in stages.enumerated() {
      let source = index == 0 ? UnitFormula.given("h") : formula.kept
      let continues = index > 0 && stages[index - 1].blocks == stage.blocks
      let before = formula.gates
      func name(_ kind: String, _ number: @escaping (Int, Int, Int) -> Double) -> [UnitFormula] {
        stage.blocks.map { gate in
          given["\(kind) \(index) \(gate)"] = { number(gate, $0, $1) }
          return .given("\(kind) \(index) \(gate)")
        }
      }
      func product(_ gate: Int, _ row: Int, _ unit: Int) -> Double {
        guard stage.isRecurrent else { return 0 }
        return (0..<hiddenSize).reduce(0) {
          $0 + number("weight_hh", gate, unit, $1) * value(of: source, row, $1)
        }
      }
      formula.gates = name("gate") { [unowned self] gate, row, unit in
        var sum = stage.isSeparate ? 0 : product(gate, row, unit)
        if continues {
          sum += value(of: before[gate - stage.blocks.lowerBound], row, unit)
        } else {
          if gate < cell.inputGateCount { sum += number("bias_ih", gate, unit) }
          if gate < cell.recurrentGateCount, !stage.isSeparate {
            sum += number("bias_hh", gate, unit)
          }
        }
        guard stage.readsInput else { return sum }
        return (0..<Self.inputSize).reduce(sum) {
          $0 + number("weight_ih", gate, unit, $1) * x[row, $1]
        }
      }
      if stage.isSeparate {
        formula.recurrent = name("recurrent") { [unowned self] gate, row, unit in
          number("bias_hh", gate, unit) + product(gate, row, unit)
        }
      }
      cell.formula(stage: index, &formula)
      if index == 0 { formula.firstGates = formula.gates }
    }
  }

  /// An element of a parameter: of a gate's unit.
  private func number(_ name: String, _ gate: Int, _ unit: Int, _ column: Int = 0) -> Double {
    guard let parameter = parameters.parameter(named: "rnn.\(name)_l0") else { return .nan }
    return parameter.value[(gate * hiddenSize + unit) * parameter.columns + column]
  }

  func value(of formula: UnitFormula, _ row: Int, _ unit: Int) -> Double {
    func value(_ formula: UnitFormula) -> Double { self.value(of: formula, row, unit) }
    switch formula.operation {
    case .given(let name): return given[name]?(row, unit) ?? .nan
    case .constant(let number): return number
    case .units(let numbers): return numbers[unit]
    case .sigmoid(let x): return Scalar.sigmoid(value(x))
    case .tanh(let x): return Scalar.tanh(value(x))
    case .sum(let x, let y): return value(x) + value(y)
    case .difference(let x, let y): return value(x) - value(y)
    case .product(let x, let y): return value(x) * value(y)
    case .quotient(let x, let y): return value(x) / value(y)
    case .maximum(let x, let y): return max(value(x), value(y))
    case .choice(let x, isAtMost: let limit, let then, else: let other):
      return value(x) <= value(limit) ? value(then) : value(other)
    }
  }
}
