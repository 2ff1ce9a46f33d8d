/// Shape of a network that answers questions about stories.
public struct MemoryNetworkConfiguration: Sendable, Equatable {
  /// How the words of a sentence or a question become one vector.
  public enum Encoder: String, Sendable, CaseIterable {
    /// The last states of recurrent layers that read them, of both directions if there are two.
    case rnn
    /// Their position-encoded sum (Sukhbaatar et al. 2015): no layer reads them.
    case position
    /// Their mean: no layer reads them, and their order is lost.
    case bag
  }

  package var vocabularyCount: Int
  package var embeddingSize: Int
  package var encoder: Encoder
  /// What reads words; `inputSize` is that of their embedding. Its dropout also acts on the vectors of
  /// sentences and before the output layer, its initialisation everywhere.
  package var stack: StackConfiguration
  /// Units each way of a GRU over the vectors of a story's sentences, so that each knows its
  /// neighbours (Xiong, Merity & Socher 2016); 0 for none.
  package var fusionSize: Int
  /// Ages of sentences that have a vector of their own, the last before the question being the
  /// youngest; older ones share the last vector. 0 for none: then only a fusion knows what came first.
  package var ageCount: Int
  package var score: AttentionScore
  /// How often the story is attended to.
  package var hopCount: Int
  package var answerCount: Int

  /// - Parameter stack: its `inputSize` is set to what it reads.
  package init(
    vocabularyCount: Int, embeddingSize: Int, encoder: Encoder = .rnn, stack: StackConfiguration,
    fusionSize: Int = 0, ageCount: Int, score: AttentionScore = .general, hopCount: Int,
    answerCount: Int
  ) {
    self.vocabularyCount = vocabularyCount
    self.embeddingSize = embeddingSize
    self.encoder = encoder
    self.stack = stack
    self.stack.inputSize = embeddingSize
    self.fusionSize = fusionSize
    self.ageCount = ageCount
    self.score = score
    self.hopCount = hopCount
    self.answerCount = answerCount
  }

  /// Columns of the vector of a sentence or a question.
  package var textSize: Int { encoder == .rnn ? stack.outputSize : embeddingSize }
  /// Columns of what is attended to, and of the state that attends.
  package var memorySize: Int { fusionSize > 0 ? 2 * fusionSize : textSize }
  /// The layer that reads the sentences of a story.
  package var fusion: StackConfiguration? {
    fusionSize == 0
      ? nil
      : StackConfiguration(
        cell: .gru, inputSize: textSize, hiddenSize: fusionSize, isBidirectional: true,
        initialization: stack.initialization)
  }
}
