import Compute
import Networks

extension SequenceModel<Float> {
  /// A new model. Throws a `UserError`, before any memory is taken, if there is too little of it for
  /// training.
  convenience init(
    checking configuration: SequenceModelConfiguration, precision: Precision
  ) throws {
    var memory = WeightMemory()
    switch configuration.input {
    case .tokens(let count, let size), .bags(let count, let size):
      memory.add(table: count, size)
    case .vectors: break
    }
    memory.add(configuration.stack)
    memory.add(selfAttention: configuration.selfAttention, configuration.stack.outputSize)
    let size = configuration.featureSize
    if configuration.pooling == .attention { memory.add(matrix: size, size) }
    memory.add(matrix: configuration.head.outputCount, size)
    try memory.check()
    self.init(configuration, precision: precision)
  }
}
