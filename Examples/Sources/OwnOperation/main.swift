// An operation with a parameter and a loss of one's own, proved by central differences in Double and
// then trained in Float: the very same lines.

import Unroll

/// `Y = X ⊙ g`, a gain for every column. `dX = dY ⊙ g`; owes `dg = Σ dY ⊙ X`.
struct Gain<S: MatrixElement>: TapeOperation {
  let x: Consumer<S>
  let y: Variable<S>
  let gain: Parameter<S>
  /// `dY ⊙ X`, written by `backward`; the tape sums it over all rows.
  let dGain: Matrix<S>

  func forward(_ lane: Lane<S>) {
    for row in y.ranges(of: lane).joined() {
      let (x, y) = (x.value.row(row), y.value.row(row))
      for i in 0..<self.y.value.paddedColumns { y[i] = i < gain.count ? x[i] * gain.value[i] : 0 }
    }
  }

  func backward(_ lane: Lane<S>) {
    guard let dy = y.gradient else { return }
    for row in y.ranges(of: lane).joined() {
      let (values, dy, product) = (x.value.row(row), dy.row(row), dGain.row(row))
      for i in 0..<dGain.paddedColumns { product[i] = i < gain.count ? dy[i] * values[i] : 0 }
      guard let dx = x.gradient?.row(row) else { continue }
      // The first operation that writes a gradient overwrites it.
      for i in 0..<gain.count { dx[i] = (x.isAdding ? dx[i] : 0) + dy[i] * gain.value[i] }
    }
  }
}

/// `ln cosh(x - t)`, summed over columns: a squared error that outliers do not rule.
struct LogCosh<S: MatrixElement>: TapeOperation {
  let x: Consumer<S>
  let targets: Matrix<S>
  let loss: Loss<S>

  var isLoss: Bool { true }

  func forward(_ lane: Lane<S>) {
    for row in x.variable.ranges(of: lane).joined() {
      loss.terms[row, 0] = (0..<targets.columns).reduce(0) { sum, column in
        let error = abs(x.value[row, column] - targets[row, column])
        return sum + error + Scalar.log((1 + Scalar.exp(-2 * error)) / 2)
      }
    }
  }

  func backward(_ lane: Lane<S>) {
    guard let dx = x.gradient else { return }
    for row in x.variable.ranges(of: lane).joined() {
      for i in 0..<dx.paddedColumns {
        let slope =
          i < targets.columns
          ? S(loss.scale) * Scalar.tanh(x.value[row, i] - targets[row, i]) : 0
        dx[row, i] = (x.isAdding ? dx[row, i] : 0) + slope
      }
    }
  }
}

extension Tape {
  func gained(_ x: Variable<S>, by gain: Parameter<S>) -> Variable<S> {
    let y = variable(columns: x.columns, plan: x.plan, extent: x.extent)
    let dGain = matrix(rows: x.value.rows, columns: x.columns)
    oweSum(of: dGain, to: gain, by: x)
    record(Gain(x: x.consumed(), y: y, gain: gain, dGain: dGain))
    return y
  }

  func logCosh(_ x: Variable<S>, targets: [[S]]) -> Loss<S> {
    let matrix = matrix(rows: targets.count, columns: x.columns)
    matrix.assign(Array(targets.joined()))
    let loss = Loss(
      terms: self.matrix(rows: targets.count, columns: 1), scale: 1 / Double(targets.count))
    record(LogCosh(x: x.consumed(), targets: matrix, loss: loss))
    add(loss)
    return loss
  }
}

/// Two numbers for every token of a sequence.
final class Problem<S: MatrixElement>: TrainableModel {
  let parameters = ParameterStore<S>()
  private let embedding: Embedding<S>
  private let gain: Parameter<S>
  private let recurrence: RecurrentStack<S>
  private let attention: Attention<S>
  private let output: Linear<S>

  init() {
    embedding = Embedding("embedding", count: 5, size: 3, in: parameters)
    gain = parameters.add("gain", shape: [3], role: .bias, initializer: .constant(0.7))
    recurrence = RecurrentStack("rnn", inputs: 3, hidden: 4, bidirectional: true, in: parameters)
    attention = Attention("attention", query: 8, memory: 8, in: parameters)
    output = Linear("output", inputs: 8, outputs: 2, in: parameters)
  }

  func record(_ batch: TokenBatch, on tape: Tape<S>) -> Loss<S> {
    let states = recurrence(tape.gained(embedding(batch, on: tape), by: gain), on: tape)
    let context = attention(states, over: states, on: tape).context
    let targets = batch.inputs.map { [S($0) / 2, S($0 * $0) / 4 - 1] }
    return tape.logCosh(output(tape.sum(states, context), on: tape), targets: targets)
  }
}

let batch = TokenBatch(inputs: [[0, 3], [1, 2, 4, 2], [4, 0, 1]])

let model = Problem<Double>()
let checker = try Trainer(model, optimizer: .sgd(learningRate: 0.1), threads: 2)
_ = checker.gradients(batch)
var worst = 0.0
for parameter in model.parameters.parameters {
  for (index, analytic) in parameter.gradients.enumerated() {
    let value = parameter.values[index]
    func loss(at value: Double) -> Double {
      parameter.values[index] = value
      model.parameters.pack()
      return checker.loss(batch)
    }
    let numeric = (loss(at: value + 1e-5) - loss(at: value - 1e-5)) / 2e-5
    _ = loss(at: value)
    worst = max(worst, abs(numeric - analytic))
  }
}
print("largest difference from central differences:", worst)
precondition(worst < 1e-8, "a gradient is wrong")

let trainer = try Trainer(Problem<Float>(), optimizer: .adam(learningRate: 2e-2))
for step in 1...100 {
  let result = trainer.step(batch)
  if step % 20 == 0 { print(step, result.loss) }
}
