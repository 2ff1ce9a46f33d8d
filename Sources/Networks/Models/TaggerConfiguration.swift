/// Shape of a model that gives every token of a sentence a tag.
package struct TaggerConfiguration: Sendable, Equatable {
  /// How the tags of a sentence are chosen.
  package enum Head: Sendable, Equatable {
    /// Each by itself: one of `tags`.
    case softmax(tags: Int)
    /// All together, by a linear-chain conditional random field over `tags`.
    case crf(tags: Int)
    /// A name or not, each token by itself: tag 1 or tag 0.
    case sigmoid

    /// Columns of the output layer.
    package var outputCount: Int {
      switch self {
      case .softmax(let tags), .crf(let tags): tags
      case .sigmoid: 1
      }
    }
  }

  /// A table of vectors: `count` ids of size `size`.
  package struct Table: Sendable, Equatable {
    package var count: Int
    package var size: Int

    package init(count: Int, size: Int) {
      self.count = count
      self.size = size
    }
  }

  /// How a word's vector is made of its characters: a bidirectional LSTM reads them, and the last
  /// states of both directions stand for the word (Lample et al. 2016).
  package struct Characters: Sendable, Equatable {
    package var table: Table
    /// Units each way.
    package var hiddenSize: Int

    package init(table: Table, hiddenSize: Int) {
      self.table = table
      self.hiddenSize = hiddenSize
    }
  }

  package var words: Table
  package var characters: Characters?
  /// What else is known of a token, such as its part of speech: one table each.
  package var features: [Table]
  /// A token is read together with this many before and after it.
  package var windowRadius: Int
  /// Share of a token's vector that is dropped.
  package var inputDropout: Double
  /// `inputSize` is that of the window.
  package var stack: StackConfiguration
  /// Lets every token look at the whole sentence, after the layers; nil for none.
  package var selfAttention: AttentionScore?
  package var head: Head
  /// Labels of the whole sentence, learnt together with the tags; 0 for none.
  package var intentCount: Int

  /// - Parameter stack: its `inputSize` is set to what the layers read.
  package init(
    words: Table, characters: Characters? = nil, features: [Table] = [], windowRadius: Int = 0,
    inputDropout: Double = 0, stack: StackConfiguration,
    selfAttention: AttentionScore? = nil, head: Head, intentCount: Int = 0
  ) {
    self.words = words
    self.characters = characters
    self.features = features
    self.windowRadius = windowRadius
    self.inputDropout = inputDropout
    self.stack = stack
    self.selfAttention = selfAttention
    self.head = head
    self.intentCount = intentCount
    self.stack.inputSize = (2 * windowRadius + 1) * tokenSize
  }

  /// Columns of what the output layers read.
  package var featureSize: Int {
    selfAttention == nil ? stack.outputSize : 2 * stack.outputSize
  }

  /// Columns of a token's vector: word, characters and features side by side.
  package var tokenSize: Int {
    words.size + 2 * (characters?.hiddenSize ?? 0) + features.reduce(0) { $0 + $1.size }
  }
}
