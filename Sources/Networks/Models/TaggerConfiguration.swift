/// Shape of a model that gives every token of a sentence a tag.
public struct TaggerConfiguration: Sendable, Equatable {
  /// How the tags of a sentence are chosen.
  public enum Head: Sendable, Equatable {
    /// Each by itself: one of `tags`.
    case softmax(tags: Int)
    /// All together, by a linear-chain conditional random field over `tags`.
    case crf(tags: Int)
    /// A name or not, each token by itself: tag 1 or tag 0.
    case sigmoid

    /// Columns of the output layer.
    public var outputCount: Int {
      switch self {
      case .softmax(let tags), .crf(let tags): tags
      case .sigmoid: 1
      }
    }
  }

  /// A table of vectors: `count` ids of size `size`.
  public struct Table: Sendable, Equatable {
    public var count: Int
    public var size: Int

    public init(count: Int, size: Int) {
      self.count = count
      self.size = size
    }
  }

  /// How a word's vector is made of its characters: a bidirectional LSTM reads them, and the last
  /// states of both directions stand for the word (Lample et al. 2016).
  public struct Characters: Sendable, Equatable {
    public var table: Table
    /// Units each way.
    public var hiddenSize: Int

    public init(table: Table, hiddenSize: Int) {
      self.table = table
      self.hiddenSize = hiddenSize
    }
  }

  public var words: Table
  public var characters: Characters?
  /// What else is known of a token, such as its part of speech: one table each.
  public var features: [Table]
  /// A token is read together with this many before and after it.
  public var windowRadius: Int
  /// Share of a token's vector that is dropped.
  public var inputDropout: Double
  /// `inputSize` is that of the window.
  public var stack: StackConfiguration
  /// Lets every token look at the whole sentence, after the layers; nil for none.
  public var selfAttention: AttentionScore?
  public var head: Head
  /// Labels of the whole sentence, learnt together with the tags; 0 for none.
  public var intentCount: Int

  /// - Parameter stack: its `inputSize` is set to what the layers read.
  public init(
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
  public var featureSize: Int {
    selfAttention == nil ? stack.outputSize : 2 * stack.outputSize
  }

  /// Columns of a token's vector: word, characters and features side by side.
  public var tokenSize: Int {
    words.size + 2 * (characters?.hiddenSize ?? 0) + features.reduce(0) { $0 + $1.size }
  }
}
