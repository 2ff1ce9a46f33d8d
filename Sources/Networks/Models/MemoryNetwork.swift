import Autodiff
import Compute
import Parallel

/// Answers questions about stories: every sentence becomes a vector, the question attends to them
/// again and again, and a softmax chooses the answer.
///
///     s(i) = the sentence's words, encoded          memory m(i) = fusion(s)(i) + age(i)
///     q(0) = W · the question's words, encoded
///     hop k:  c = Σ_i softmax_i(score(q(k-1), m(i))) m(i),   q(k) = GRU(c, q(k-1))
///     answer = softmax(V [q(0) q(K)])
///
/// All hops share their weights, so that the story is read as many times as asked by one network.
///
/// Every distinct sentence or question of a minibatch is encoded once, however often it stands in its
/// stories.
///
/// Parameter names are those of a PyTorch module with members `embedding`, `rnn`, `fusion`, `age`,
/// `question`, `attention` (see `AttentionLayer`), `hop` (a `GRU` of one layer) and `output`.
///
/// Sources: Sukhbaatar, Szlam, Weston & Fergus, "End-To-End Memory Networks" (2015) for hops, ages
/// and position encoding; Kumar et al., "Ask Me Anything: Dynamic Memory Networks" (2016) for encoding
/// by RNNs and the GRU between hops; Xiong, Merity & Socher, "Dynamic Memory Networks for Visual and
/// Textual Question Answering" (2016) for the fusion of sentences.
package final class MemoryNetwork<S: MatrixElement>: Parameterized {
  package let configuration: MemoryNetworkConfiguration
  package let precision: Precision
  package let parameters: ParameterStore<S>
  private let words: LookUpTable<S>
  private let stack: RecurrentStack<S>?
  private let fusion: RecurrentStack<S>?
  private let ages: LookUpTable<S>?
  private let question: LinearLayer<S>
  private let attention: AttentionLayer<S>
  private let hop: RecurrentLayer<S>
  private let output: LinearLayer<S>
  private let sentenceReaders = TokenIndex()
  private let questionReaders = TokenIndex()

  /// Declares the parameters.
  package init(
    _ configuration: MemoryNetworkConfiguration, precision: Precision = .f32
  ) {
    precondition(configuration.hopCount > 0, "a story is attended to at least once")
    self.configuration = configuration
    self.precision = precision
    let store = ParameterStore<S>()
    parameters = store
    let scheme = configuration.stack.initialization
    let size = configuration.memorySize
    words = LookUpTable(
      "embedding", count: configuration.vocabularyCount, size: configuration.embeddingSize,
      scheme: scheme, in: store)
    stack =
      configuration.encoder == .rnn
      ? RecurrentStack(configuration.stack, precision: precision, in: store) : nil
    fusion = configuration.fusion.map {
      RecurrentStack($0, prefix: "fusion.", precision: precision, in: store)
    }
    ages =
      configuration.ageCount == 0
      ? nil
      : LookUpTable("age", count: configuration.ageCount, size: size, scheme: scheme, in: store)
    question = LinearLayer(
      "question", inputSize: configuration.textSize, outputSize: size, scheme: scheme,
      precision: precision, in: store)
    attention = AttentionLayer(
      "attention", score: configuration.score, querySize: size, keySize: size, unitCount: size,
      scheme: scheme, precision: precision, in: store)
    hop = RecurrentLayer(
      GRUCell(), inputSize: size, hiddenSize: size, prefix: "hop.", suffix: "_l0",
      initialization: scheme.recurrent(forgetBias: 0), precision: precision, in: store)
    output = LinearLayer(
      "output", inputSize: 2 * size, outputSize: configuration.answerCount, scheme: scheme,
      precision: precision, in: store)
  }

  /// Records a minibatch.
  ///
  /// - Parameters:
  ///   - answers: one a question, -1 for one that asks for nothing; nil to predict.
  ///   - weights: what each question counts in the loss; nil for 1. They stay as the answers.
  ///   - smoothing: share of an answer's probability that all answers get alike in the loss.
  package func record(
    _ input: StoryInput, answers: UnsafeBufferPointer<Int32>? = nil,
    weights: UnsafeBufferPointer<S>? = nil, smoothing: Double = 0, on tape: Tape<S>
  ) -> MemoryNetworkOutput<S> {
    let dropout = configuration.stack.dropout
    // Layers 1 ..< layerCount of dropout are the stack's own, between its layers.
    let texts = tape.dropout(encoded(input, on: tape), probability: dropout, layer: 0)
    let memory = tape.attentionMemory(memory(texts, input, on: tape), attention)
    // Hops are steps of a plan of their own, which has one row a question too.
    let plan = tape.plan(SequenceLayout(rows: input.storyPlan.layout.rowCount, steps: 1))
    let asked = tape.linear(
      tape.gathered(
        texts, rows: input.questions, readers: questionReaders, plan: plan, extent: .sequences),
      question)
    var state = asked
    var taken: [Matrix<S>] = []
    for _ in 0..<configuration.hopCount {
      let (context, weight) = tape.attention(state, over: memory, attention)
      state = tape.recurrence(context, hop, initial: RecurrentState(h: state)).final.h
      taken.append(weight)
    }
    let summary = tape.dropout(
      tape.concatenated([asked, state]), probability: dropout,
      layer: configuration.stack.layerCount)
    guard let answers else {
      return MemoryNetworkOutput(
        scores: tape.linear(summary, output).value, attention: taken, loss: nil)
    }
    let loss = tape.softmaxCrossEntropy(
      summary, targets: answers, output, smoothing: smoothing, rowWeights: weights,
      scale: 1 / Double(max(1, tape.total(of: answers.count { $0 >= 0 }))))
    guard let scores = loss.outputs else { preconditionFailure("a loss without outputs") }
    return MemoryNetworkOutput(scores: scores, attention: taken, loss: loss)
  }

  /// Vectors of the texts, `[texts, textSize]`.
  private func encoded(_ input: StoryInput, on tape: Tape<S>) -> Variable<S> {
    let x = words.record(input.words, plan: input.textPlan, on: tape)
    guard let stack else {
      return configuration.encoder == .position ? tape.positionPooled(x) : tape.meanPooled(x)
    }
    return tape.concatenated(stack.record(x, on: tape).final.last?.map(\.h) ?? [])
  }

  /// What is attended to, `[sentences, memorySize]`.
  private func memory(
    _ texts: Variable<S>, _ input: StoryInput, on tape: Tape<S>
  ) -> Variable<S> {
    var memory = tape.gathered(
      texts, rows: input.sentences, readers: sentenceReaders, plan: input.storyPlan)
    if let fusion { memory = fusion.record(memory, on: tape).output }
    guard let ages else { return memory }
    return tape.sum(memory, ages.record(input.ages, plan: input.storyPlan, on: tape))
  }
}

/// A minibatch of questions about stories. Memory stays until the region has run.
package struct StoryInput {
  /// Distinct sentences and questions, longest first.
  package var textPlan: RowPlan
  /// One id a word, in that plan's token order.
  package var words: UnsafeBufferPointer<Int32>
  /// One row a question, the sentences it is about as steps; most sentences first.
  package var storyPlan: RowPlan
  /// For each sentence, in that plan's token order, the row of its text.
  package var sentences: UnsafeBufferPointer<Int32>
  /// For each sentence how long ago it was, from 0, below `ageCount`; not read where that is 0.
  package var ages: UnsafeBufferPointer<Int32>
  /// For each row of the stories the row of the question's text.
  package var questions: UnsafeBufferPointer<Int32>

  package init(
    textPlan: RowPlan, words: UnsafeBufferPointer<Int32>, storyPlan: RowPlan,
    sentences: UnsafeBufferPointer<Int32>, ages: UnsafeBufferPointer<Int32>,
    questions: UnsafeBufferPointer<Int32>
  ) {
    self.textPlan = textPlan
    self.words = words
    self.storyPlan = storyPlan
    self.sentences = sentences
    self.ages = ages
    self.questions = questions
  }
}

/// What a memory network makes of a minibatch.
package struct MemoryNetworkOutput<S: MatrixElement> {
  /// `[questions, answers]`: scores before any normalisation. Gone after a training update.
  package let scores: Matrix<S>
  /// For each hop `[questions, longest story]`: how much of each sentence was taken, zero from a
  /// story's length on.
  package let attention: [Matrix<S>]
  /// The mean over questions.
  package let loss: Loss<S>?
}
