import Autodiff
import Compute
import Runs
import TestSupport
import Testing

/// One number for the squares of a row of a table.
@Suite struct RowMomentTests {
  /// Those that square gradients.
  enum Rule: CaseIterable {
    case adam, adagrad, rmsProp

    var configuration: OptimizerConfiguration {
      switch self {
      case .adam: .adam(learningRate: 0.05)
      case .adagrad: .adagrad(learningRate: 0.05)
      case .rmsProp: .rmsProp(learningRate: 0.05)
      }
    }
  }

  /// A matrix, then a table of 40 rows of which two have gradients, then a bias.
  private struct Problem {
    let store = ParameterStore<Double>()
    let parameters: [Parameter<Double>]
    let optimizer: Optimizer<Double>
    let rows = [3, 38]

    init(_ rule: Rule, rowMoments: Bool = true) {
      parameters = [
        store.add("w", shape: [2, 3], role: .matrix, initializer: .uniform(1)),
        store.add("table", shape: [40, 5], role: .table, initializer: .uniform(1)),
        store.add("b", shape: [7], role: .bias, initializer: .uniform(1)),
      ]
      store.allocate(seed: 2)
      var configuration = rule.configuration
      configuration.weightDecay = 0.01
      configuration.rowMoments = rowMoments
      optimizer = Optimizer(configuration, store)
    }

    /// Of element `index` of the store at `step`.
    func gradient(_ index: Int, _ step: Int) -> Double {
      let random = RandomStream(seed: 1, purpose: .generator, update: step)
      return Double(random.uniform(row: 0, index: index)) - 0.5
    }

    func step(_ number: Int) {
      for index in 0..<store.count { store.gradients.base[index] = gradient(index, number) }
      optimizer.beginStep(learningRate: 0.05)
      for parameter in parameters {
        if parameter.role == .table {
          for row in rows {
            let start = parameter.offset + row * parameter.columns
            optimizer.apply(start..<start + parameter.columns, of: parameter, factor: 0.5)
          }
        } else {
          optimizer.apply(
            parameter.offset..<parameter.offset + parameter.count, of: parameter, factor: 0.5)
        }
      }
    }
  }

  /// Rows by the definition, all else as without them.
  @Test(arguments: Rule.allCases)
  func rowsAreStepped(rule: Rule) {
    let (byRow, plain) = (Problem(rule), Problem(rule, rowMoments: false))
    var expected = byRow.rows.map { row in
      (0..<5).map { byRow.parameters[1].values[row * 5 + $0] }
    }
    var squares = [0.0, 0.0]
    var means = [[Double]](repeating: [Double](repeating: 0, count: 5), count: 2)
    for number in 1...3 {
      byRow.step(number)
      plain.step(number)
      for (place, row) in byRow.rows.enumerated() {
        let start = byRow.parameters[1].offset + row * 5
        let gradients = (0..<5).map {
          0.5 * byRow.gradient(start + $0, number) + 0.01 * expected[place][$0]
        }
        let square = gradients.reduce(0) { $0 + $1 * $1 } / 5
        let t = Double(number)
        switch rule {
        case .adam:
          squares[place] = 0.999 * squares[place] + 0.001 * square
          let corrected = squares[place] / (1 - Scalar.exp(t * Scalar.log(0.999)))
          for index in 0..<5 {
            means[place][index] = 0.9 * means[place][index] + 0.1 * gradients[index]
            let mean = means[place][index] / (1 - Scalar.exp(t * Scalar.log(0.9)))
            expected[place][index] -= 0.05 * mean / (corrected.squareRoot() + 1e-8)
          }
        case .adagrad:
          squares[place] += square
          for index in 0..<5 {
            expected[place][index] -=
              0.05 * gradients[index] / (squares[place].squareRoot() + 1e-10)
          }
        case .rmsProp:
          squares[place] = 0.99 * squares[place] + 0.01 * square
          for index in 0..<5 {
            expected[place][index] -= 0.05 * gradients[index] / (squares[place].squareRoot() + 1e-8)
          }
        }
      }
    }
    for (place, row) in byRow.rows.enumerated() {
      for index in 0..<5 {
        #expect(abs(byRow.parameters[1].values[row * 5 + index] - expected[place][index]) < 1e-12)
      }
    }
    for index in [0, 2] {
      #expect(byRow.parameters[index].values == plain.parameters[index].values)
    }
    let (moments, plainMoments) = (byRow.optimizer.moments, plain.optimizer.moments)
    #expect(moments.last?.count == 16 + 48 + 16)
    #expect(plainMoments.last?.count == plain.store.count)
    #expect(moments.dropLast().map(\.count) == plainMoments.dropLast().map(\.count))
  }

  /// What the memory estimate says is what is taken.
  @Test(arguments: Rule.allCases, [false, true])
  func momentsAreCounted(rule: Rule, rowMoments: Bool) {
    let problem = Problem(rule, rowMoments: rowMoments)
    #expect(
      problem.optimizer.moments.reduce(0) { $0 + $1.byteCount }
        == problem.optimizer.configuration.momentBytes(of: problem.store))
  }
}
