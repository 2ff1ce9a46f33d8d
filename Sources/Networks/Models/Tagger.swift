import Autodiff
import Compute
import Parallel

/// Tokens → vectors → window → recurrent layers → a tag for each token, and a label for the whole
/// sentence where one is asked for.
///
/// - a token's vector: the embedding of its word, the last states of a bidirectional LSTM over its
///   characters, the embeddings of its features
/// - the label of the sentence is read off the mean of all outputs; the sum of both losses trains
///   what they share
///
/// Parameter names are those of a PyTorch module with members `embedding`, `char_embedding`,
/// `char_rnn`, `feature_embedding_0` …, `rnn`, `self_attention`, `output`, `intent`, and
/// `crf` of the `pytorch-crf` package.
///
/// Sources: Mesnil et al. (2013) for Elman and Jordan networks with a word window; Huang, Xu & Yu,
/// "Bidirectional LSTM-CRF Models for Sequence Tagging" (2015); Lample et al., "Neural Architectures
/// for Named Entity Recognition" (2016); Liu & Lane, "Attention-Based Recurrent Neural Network Models
/// for Joint Intent Detection and Slot Filling" (2016).
package final class Tagger<S: MatrixElement>: Parameterized {
  package let configuration: TaggerConfiguration
  package let precision: Precision
  package let parameters: ParameterStore<S>
  /// `[vocabulary, embedding]`.
  package var wordTable: Parameter<S> { words.table }
  package let stack: RecurrentStack<S>
  /// Of the conditional random field, where there is one.
  package let transitions: TransitionScores<S>?
  private let words: LookUpTable<S>
  private let features: [LookUpTable<S>]
  private let characters: CharacterEncoder<S>?
  private let selfAttention: SelfAttentionLayer<S>?
  private let output: LinearLayer<S>
  private let intent: LinearLayer<S>?

  /// Declares the parameters.
  ///
  /// - Parameters:
  ///   - further: vectors of words behind those of the table, for reading alone.
  ///   - freezesWords: whether training leaves the table of words as it is.
  package init(
    _ configuration: TaggerConfiguration, further: (any FurtherRows)? = nil,
    freezesWords: Bool = false, precision: Precision = .f32
  ) {
    self.configuration = configuration
    self.precision = precision
    let store = ParameterStore<S>()
    parameters = store
    let scheme = configuration.stack.initialization
    func table(
      _ name: String, _ shape: TaggerConfiguration.Table, further: (any FurtherRows)? = nil,
      isFrozen: Bool = false
    ) -> LookUpTable<S> {
      LookUpTable(
        name, count: shape.count, size: shape.size, further: further, isFrozen: isFrozen,
        scheme: scheme, in: store)
    }
    words = table(
      "embedding", configuration.words, further: further, isFrozen: freezesWords)
    characters = configuration.characters.map {
      CharacterEncoder($0, scheme, precision: precision, in: store)
    }
    features = configuration.features.enumerated().map { table("feature_embedding_\($0)", $1) }
    stack = RecurrentStack(configuration.stack, precision: precision, in: store)
    selfAttention = configuration.selfAttention.map { [size = stack.outputSize] in
      SelfAttentionLayer(
        "self_attention", score: $0, size: size, scheme: scheme, precision: precision, in: store)
    }
    output = LinearLayer(
      "output", inputSize: configuration.featureSize, outputSize: configuration.head.outputCount,
      scheme: scheme, precision: precision, in: store)
    if case .crf(let tags) = configuration.head {
      transitions = TransitionScores("crf", tagCount: tags, in: store)
    } else {
      transitions = nil
    }
    intent =
      configuration.intentCount == 0
      ? nil
      : LinearLayer(
        "intent", inputSize: configuration.featureSize, outputSize: configuration.intentCount,
        scheme: scheme, precision: precision, in: store)
  }

  /// Records a minibatch.
  ///
  /// - Parameters:
  ///   - targets: nil to predict.
  ///   - tagWeights: what each token counts in the loss of its tag; nil for 1. A conditional random field
  ///     has none. They stay as the targets.
  package func record(
    _ input: TaggerInput, targets: TaggerTargets? = nil,
    tagWeights: UnsafeBufferPointer<S>? = nil, plan: RowPlan, on tape: Tape<S>
  ) -> TaggerOutput<S> {
    let (states, selfWeights) = states(input, plan: plan, on: tape)
    let (emissions, tagLoss) = tagOutputs(states, targets, tagWeights, on: tape)
    var (intents, intentLoss): (Matrix<S>?, Loss<S>?)
    if let intent {
      let pooled = tape.meanPooled(states)
      if let targets = targets?.intents {
        let loss = tape.softmaxCrossEntropy(
          pooled, targets: targets, intent, scale: scale(of: targets, on: tape))
        (intents, intentLoss) = (loss.outputs, loss)
      } else {
        intents = tape.linear(pooled, intent).value
      }
    }
    return TaggerOutput(
      emissions: emissions, intents: intents, selfAttention: selfWeights, tagLoss: tagLoss,
      intentLoss: intentLoss)
  }

  /// What the output layers read, `[tokens, featureSize]`, and the weights of self-attention.
  private func states(
    _ input: TaggerInput, plan: RowPlan, on tape: Tape<S>
  ) -> (Variable<S>, Matrix<S>?) {
    precondition(input.features.count == features.count, "\(input.features.count) features")
    var parts = [words.record(input.words, plan: plan, on: tape)]
    if let characters {
      guard let spellings = input.spellings else { preconditionFailure("no characters") }
      parts.append(characters.record(spellings, plan: plan, on: tape))
    }
    for (table, ids) in zip(features, input.features) {
      parts.append(table.record(ids, plan: plan, on: tape))
    }
    let isLocked = configuration.stack.isDropoutLocked
    // Layers 1 ..< layerCount of dropout are the stack's own, between its layers.
    var x = tape.dropout(
      tape.concatenated(parts), probability: configuration.inputDropout, layer: 0,
      isLocked: isLocked)
    if configuration.windowRadius > 0 {
      x = tape.contextWindow(x, radius: configuration.windowRadius)
    }
    var (h, weights): (Variable<S>, Matrix<S>?) = (stack.record(x, on: tape).output, nil)
    if let selfAttention { (h, weights) = tape.selfAttention(h, selfAttention) }
    let features = tape.dropout(
      h, probability: configuration.stack.dropout, layer: configuration.stack.layerCount,
      isLocked: isLocked)
    return (features, weights)
  }

  private func tagOutputs(
    _ states: Variable<S>, _ asked: TaggerTargets?, _ weights: UnsafeBufferPointer<S>?,
    on tape: Tape<S>
  ) -> (emissions: Matrix<S>, loss: Loss<S>?) {
    guard let asked else { return (tape.linear(states, output).value, nil) }
    let tags = asked.tags
    let loss: Loss<S>
    switch configuration.head {
    case .softmax:
      loss = tape.softmaxCrossEntropy(
        states, targets: tags, output, smoothing: asked.smoothing, rowWeights: weights,
        scale: scale(of: tags, on: tape))
    case .sigmoid:
      let targets = tape.arena.matrix(rows: tags.count, columns: 1)
      targets.fill(0)
      // Of two classes, each gets half of what is shared.
      let (kept, shared) = (S(1 - asked.smoothing), S(asked.smoothing / 2))
      for (token, tag) in tags.enumerated() { targets[token, 0] = kept * S(tag) + shared }
      loss = tape.sigmoidCrossEntropy(
        states, targets: targets, output, rowWeights: weights,
        scale: 1 / Double(tape.total(of: tags.count)))
    case .crf:
      guard let transitions else { preconditionFailure("no transitions") }
      precondition(weights == nil && asked.smoothing == 0, "a loss of whole sentences")
      let emissions = tape.linear(states, output)
      let loss = tape.linearChainCRF(
        emissions, labels: tags, scores: transitions,
        scale: 1 / Double(tape.total(of: states.plan.layout.rowCount)))
      return (emissions.value, loss)
    }
    guard let emissions = loss.outputs else { preconditionFailure("a loss without outputs") }
    return (emissions, loss)
  }

  /// Weight of a term in the mean over what counts.
  private func scale(of targets: UnsafeBufferPointer<Int32>, on tape: Tape<S>) -> Double {
    1 / Double(max(1, tape.total(of: targets.count { $0 >= 0 })))
  }
}

/// The tokens of a minibatch of sentences, in token order. Memory stays until the region has run.
package struct TaggerInput {
  /// One id a token.
  package var words: UnsafeBufferPointer<Int32>
  /// For every feature one id a token.
  package var features: [UnsafeBufferPointer<Int32>]
  /// Where the model reads characters.
  package var spellings: Spellings?

  /// Distinct words as sequences of characters.
  package struct Spellings {
    /// One row a distinct word, longest first.
    package var plan: RowPlan
    /// One id a character, in that plan's token order.
    package var characters: UnsafeBufferPointer<Int32>
    /// For each token of the sentences the row of its word.
    package var rows: UnsafeBufferPointer<Int32>

    package init(
      plan: RowPlan, characters: UnsafeBufferPointer<Int32>, rows: UnsafeBufferPointer<Int32>
    ) {
      self.plan = plan
      self.characters = characters
      self.rows = rows
    }
  }

  package init(
    words: UnsafeBufferPointer<Int32>, features: [UnsafeBufferPointer<Int32>] = [],
    spellings: Spellings? = nil
  ) {
    self.words = words
    self.features = features
    self.spellings = spellings
  }
}

/// What a minibatch of sentences is to be given. Memory stays until the region has run.
package struct TaggerTargets {
  /// One tag a token. A softmax asks for none where it is -1.
  package var tags: UnsafeBufferPointer<Int32>
  /// One label a sentence; -1 asks for none.
  package var intents: UnsafeBufferPointer<Int32>?
  /// Share of a tag's probability that all tags get alike in the loss.
  package var smoothing = 0.0

  package init(tags: UnsafeBufferPointer<Int32>, intents: UnsafeBufferPointer<Int32>? = nil) {
    self.tags = tags
    self.intents = intents
  }
}

/// What a tagger makes of a minibatch.
package struct TaggerOutput<S: MatrixElement> {
  /// `[tokens, outputs]`: scores of the tags before any normalisation. Gone after a training update.
  package let emissions: Matrix<S>
  /// `[sentences, intents]`, likewise.
  package let intents: Matrix<S>?
  /// `[tokens, longest sentence]`: how much a token looked at each of its sentence, where tokens do;
  /// likewise.
  package let selfAttention: Matrix<S>?
  /// The mean over tokens, for a conditional random field over sentences.
  package let tagLoss: Loss<S>?
  /// The mean over sentences.
  package let intentLoss: Loss<S>?

  package var losses: [Loss<S>] { [tagLoss, intentLoss].compactMap(\.self) }
}
