import Autodiff
import Compute
import Networks
import Parallel
import Runs
import TestSupport
import Testing

/// Forward pass, gradients and updates against PyTorch.
///
/// Values are compared relative to 1, gradients relative to the largest of their parameter. In
/// Double what is left is the nine digits of the files: 5e-9. In Float the largest difference
/// measured over all cases is 5.3e-7 on values, 1.1e-6 on gradients, 9.7e-6 on weights after five
/// updates.
@Suite struct GoldenTests {
  static let names = [
    "rnn-1-layer", "rnn-3-layers", "rnn-relu-1-layer", "rnn-relu-3-layers", "gru-1-layer",
    "gru-3-layers", "gru-reset-before-1-layer", "gru-reset-before-3-layers", "lstm-1-layer",
    "lstm-3-layers", "lstm-2-layers-large", "lstm-tied", "lstm-lengths", "gru-lengths",
    "lstm-optimizers", "gru-simple-1-layer", "gru-simple-2-layers", "lstm-coupled-1-layer",
    "lstm-coupled-2-layers", "lstm-peephole-1-layer", "lstm-peephole-2-layers", "jordan-1-layer",
    "scrn-1-layer", "scrn-2-layers", "clockwork-1-layer", "clockwork-2-layers",
    "mingru-1-layer", "mingru-2-layers", "minlstm-1-layer", "minlstm-2-layers", "lstm-adaptive",
  ]

  @Test(arguments: names, [false, true])
  func inDouble(name: String, multipliesEmbedding: Bool) throws {
    var golden = try Golden.load(name)
    golden.multipliesEmbedding = multipliesEmbedding
    try check(golden, Double.self, values: 1e-8, gradients: 1e-8, workers: 2)
  }

  @Test(arguments: names, [false, true])
  func inFloat(name: String, multipliesEmbedding: Bool) throws {
    var golden = try Golden.load(name)
    golden.multipliesEmbedding = multipliesEmbedding
    try check(golden, Float.self, values: 1e-6, gradients: 3e-6, workers: 2)
  }

  private func check<S: MatrixElement>(
    _ golden: Golden, _: S.Type, values: Double, gradients: Double, workers: Int
  ) throws {
    let problem = try self.problem(golden, S.self, workers: workers)
    let result = problem.run()
    expectClose([result.loss], [golden.loss], values, "loss")
    expectClose(result.finalH.joined(), golden.finalHidden, values, "final h")
    expectClose(result.finalC.joined(), golden.finalCell ?? [], values, "final c")
    expectClose(
      result.initialHGradient.joined(), golden.initialHiddenGradient, gradients, "dh(0)",
      relativeToLargest: true)
    expectClose(
      result.initialCGradient.joined(), golden.initialCellGradient ?? [], gradients, "dc(0)",
      relativeToLargest: true)
    for parameter in problem.model.parameters.parameters {
      let gradient = stride(from: 0, to: parameter.count, by: golden.stride).map {
        parameter.gradient[$0]
      }
      expectClose(
        gradient, try #require(golden.gradients[parameter.name]), gradients, parameter.name,
        relativeToLargest: true)
    }
    for updates in golden.updates { try checkUpdates(updates, golden, S.self, values, workers) }
  }

  /// Five updates of one optimizer.
  private func checkUpdates<S: MatrixElement>(
    _ updates: Golden.Updates, _ golden: Golden, _: S.Type, _ tolerance: Double, _ workers: Int
  ) throws {
    let problem = try self.problem(
      golden, S.self, workers: workers, optimizer: try updates.configuration,
      clipping: Clipping(norm: updates.clip ?? 0))
    var losses: [Double] = []
    for update in updates.losses.indices {
      if updates.carried {
        problem.inputs = golden.tokens(golden.layout, window: update, shift: 0)
        problem.targets = golden.tokens(golden.layout, window: update, shift: 1)
      }
      let result = problem.run(update: update, learningRate: updates.options.lr)
      losses.append(result.loss)
      if updates.carried { (problem.initialH, problem.initialC) = (result.finalH, result.finalC) }
    }
    expectClose(losses, updates.losses, tolerance, "losses of \(updates.name)")
    for parameter in problem.model.parameters.parameters {
      let weights = stride(from: 0, to: parameter.count, by: golden.stride).map {
        parameter.value[$0]
      }
      // Adam divides by the root of tiny squares: rounding of a gradient near zero is magnified.
      expectClose(
        weights, try #require(updates.weights[parameter.name]), 10 * tolerance,
        "\(parameter.name) after \(updates.name)")
    }
  }

  private func problem<S: MatrixElement>(
    _ golden: Golden, _: S.Type, workers: Int,
    optimizer: OptimizerConfiguration = .sgd(learningRate: 2e-3),
    clipping: Clipping = Clipping()
  ) throws -> LanguageModelProblem<S> {
    let problem = LanguageModelProblem<S>(
      try golden.configuration, layout: golden.layout, workers: workers, optimizer: optimizer,
      clipping: clipping)
    let parameters = problem.model.parameters.parameters
    #expect(parameters.map(\.name) == golden.parameters.map(\.name))
    #expect(parameters.map(\.shape) == golden.parameters.map(\.shape))
    for (number, parameter) in parameters.enumerated() {
      parameter.values = (0..<parameter.count).map {
        S(golden.weight(parameter: number, element: $0))
      }
    }
    problem.model.parameters.pack()
    problem.inputs = golden.tokens(golden.layout, window: 0, shift: 0)
    problem.targets = golden.tokens(golden.layout, window: 0, shift: 1)
    for layer in problem.initialH.indices {
      problem.initialH[layer] = golden.initialState(layer: layer, 0.3, 0.61, 0.2)
      if !problem.initialC.isEmpty {
        problem.initialC[layer] = golden.initialState(layer: layer, 0.3, 0.53, 0.9)
      }
    }
    return problem
  }
}

extension Golden.Updates {
  var configuration: OptimizerConfiguration {
    get throws {
      let (beta1, beta2) = (options.betas?[0] ?? 0.9, options.betas?[1] ?? 0.999)
      let rate = options.lr
      var configuration: OptimizerConfiguration =
        switch optimizer {
        case "SGD":
          .sgd(
            learningRate: rate, momentum: options.momentum ?? 0,
            isNesterov: options.nesterov ?? false)
        case "Adam":
          .adam(
            learningRate: rate, beta1: beta1, beta2: beta2, epsilon: options.eps ?? 1e-8)
        case "AdamW":
          .adamW(
            learningRate: rate, beta1: beta1, beta2: beta2, epsilon: options.eps ?? 1e-8)
        case "RMSprop":
          .rmsProp(
            learningRate: rate, rho: options.alpha ?? 0.99, epsilon: options.eps ?? 1e-8)
        case "Adagrad": .adagrad(learningRate: rate, epsilon: options.eps ?? 1e-10)
        default: throw UserError("no such optimizer: \(optimizer)")
        }
      configuration.weightDecay = options.weight_decay ?? 0
      return configuration
    }
  }
}
