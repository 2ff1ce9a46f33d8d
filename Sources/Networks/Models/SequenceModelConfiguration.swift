/// Shape of a model that reads a sequence and predicts something of it, or of each of its steps.
package struct SequenceModelConfiguration: Sendable, Equatable {
  /// What a step is.
  package enum Input: Sendable, Equatable {
    /// One of `vocabulary` ids, looked up in a table of vectors of size `embedding`.
    case tokens(vocabulary: Int, embedding: Int)
    /// Any number of such ids, whose vectors are added: letter trigrams of a word.
    case bags(vocabulary: Int, embedding: Int)
    /// A vector.
    case vectors(width: Int)

    /// Columns of what the first layer reads.
    package var size: Int {
      switch self {
      case .tokens(_, let embedding), .bags(_, let embedding): embedding
      case .vectors(let width): width
      }
    }
  }

  /// What stands for the whole sequence.
  package enum Pooling: String, Sendable, CaseIterable {
    /// The state after the last step; of a reverse direction, after the first.
    case last
    /// The mean of all outputs.
    case mean
    /// The largest output of each unit.
    case max
    /// A mean weighted by `softmax(v · tanh(W h + b))` (Yang et al. 2016).
    case attention
  }

  /// What is predicted.
  package enum Head: Sendable, Equatable {
    /// One of some classes.
    case softmax(classes: Int)
    /// Any of some labels, independently.
    case sigmoid(labels: Int)
    /// Numbers, by their mean squared error.
    case regression(outputs: Int)
    /// Quantiles of numbers, at levels between 0 and 1; those of a number stand side by side.
    case quantiles(outputs: Int, levels: [Double])

    package var outputCount: Int {
      switch self {
      case .softmax(let count), .sigmoid(let count), .regression(let count): count
      case .quantiles(let count, let levels): count * levels.count
      }
    }
  }

  package var input: Input
  /// Share of what the first layer reads that is dropped in training: of a token's vector, or of a step's
  /// numbers.
  package var inputDropout: Double
  /// `inputSize` is that of `input`.
  package var stack: StackConfiguration
  /// Lets every step look at the whole sequence, before pooling; nil for none.
  package var selfAttention: AttentionScore?
  /// Nil: a prediction for every step.
  package var pooling: Pooling?
  package var head: Head

  package init(
    input: Input, inputDropout: Double = 0, stack: StackConfiguration,
    selfAttention: AttentionScore? = nil, pooling: Pooling?, head: Head
  ) {
    precondition(stack.inputSize == input.size, "\(stack.inputSize) inputs of \(input.size)")
    precondition(selfAttention == nil || pooling != .last, "the last state has attended to nothing")
    self.input = input
    self.inputDropout = inputDropout
    self.stack = stack
    self.selfAttention = selfAttention
    self.pooling = pooling
    self.head = head
  }

  /// Columns of what is pooled.
  package var featureSize: Int {
    selfAttention == nil ? stack.outputSize : 2 * stack.outputSize
  }
}
