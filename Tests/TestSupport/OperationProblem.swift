import Testing
import Unroll

/// One operation, or a few, between two things that are known to be right: a table with one row a
/// token, whose gradient is the operation's dX, and a softmax over a linear layer.
///
/// Everything the operation reads is a parameter, so that `expectGradient` probes it.
public final class OperationProblem<S: Real> {
  public let store = ParameterStore<S>()
  public let tape: Tape<S>
  public let layout: SequenceLayout
  public let input: Parameter<S>
  private let index: TokenIndex
  private let head: LinearLayer<S>
  private let updater: Updater<S>
  private let ids: [Int32]
  private let classes = 3
  private let build: (Variable<S>, Tape<S>) -> Variable<S>

  /// - Parameters:
  ///   - declare: adds parameters of the operation's own.
  ///   - build: records the operation and returns `[tokens or sequences, outputSize]`.
  public init(
    layout: SequenceLayout, inputSize: Int, outputSize: Int, workers: Int = 2,
    declare: (ParameterStore<S>) -> Void = { _ in },
    build: @escaping (Variable<S>, Tape<S>) -> Variable<S>
  ) {
    self.layout = layout
    self.build = build
    input = store.add(
      "input", shape: [layout.tokenCount, inputSize], role: .matrix, initializer: .normal(1))
    declare(store)
    head = LinearLayer(
      "head", inputSize: outputSize, outputSize: classes, scheme: .normal(0.7), precision: .f32,
      in: store)
    store.allocate(seed: 3)
    index = TokenIndex(idCount: layout.tokenCount)
    ids = (0..<Int32(layout.tokenCount)).map { $0 }
    tape = Tape(workers: workers, seed: 5)
    updater = Updater(
      store, team: WorkerTeam(count: workers),
      optimizer: Optimizer(OptimizerConfiguration(.sgd), store), clipping: Clipping())
  }

  /// Runs forward and backward; gradients are left in the store.
  ///
  /// - Returns: the loss, and what `build` returned.
  @discardableResult
  public func run(update: Int = 0) -> (loss: Double, output: [S]) {
    tape.begin(training: true, update: update)
    tape.arena.poison()
    let plan = tape.plan(layout)
    return ids.withUnsafeBufferPointer { ids in
      let x = tape.embedding(ids, table: input, index: index, plan: plan)
      let y = build(x, tape)
      let targets = (0..<y.value.rows).map { Int32($0 % classes) }
      return targets.withUnsafeBufferPointer { targets in
        _ = tape.softmaxCrossEntropy(y, targets: targets, head, scale: 1 / Double(y.value.rows))
        return (updater.formGradients(tape).loss, y.value.values)
      }
    }
  }

  /// All values of all parameters, in store order.
  public var weights: [S] {
    get { store.parameters.flatMap { $0.values } }
    set {
      precondition(newValue.count == store.parameterCount)
      var start = 0
      for parameter in store.parameters {
        parameter.values = Array(newValue[start..<start + parameter.count])
        start += parameter.count
      }
      store.pack()
    }
  }

  public var gradients: [S] {
    store.parameters.flatMap { Array(UnsafeBufferPointer(start: $0.gradient, count: $0.count)) }
  }
}

extension OperationProblem<Double> {
  /// Central differences over every element of every parameter.
  public func check() throws {
    run()
    let start = weights
    try expectGradient(
      gradients,
      matches: {
        self.weights = $0
        return self.run().loss
      }, at: start)
    weights = start
  }
}
