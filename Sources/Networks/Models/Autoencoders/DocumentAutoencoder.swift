import Autodiff
import Compute
import Parallel

/// Words → sentence vectors → document vector → sentence vectors → words.
///
/// - A token encoder makes every sentence a vector; an encoder over these makes a document its code.
/// - A decoder over sentences starts from the code and reads, at each step, the vector of the sentence
///   before (zeros at first); what it gives is what a token decoder writes the sentence from.
/// - After the last sentence comes a step whose only token says that the document is over.
///
/// Names: `encoder.…` and `decoder.…` as in `SentenceAutoencoder`, `document_encoder.…`,
/// `document_decoder.…`.
///
/// Source: Li, Luong & Jurafsky, "A Hierarchical Neural Autoencoder for Paragraphs and Documents"
/// (2015). There the sentence decoder reads the last state of the token decoder; here the vector that
/// the token encoder makes of the same sentence, so that all sentences of a minibatch are written at
/// once.
package final class DocumentAutoencoder<S: MatrixElement>: Autoencoder {
  package let configuration: AutoencoderConfiguration
  package let precision: Precision
  package let parameters: ParameterStore<S>
  package let decoder: TokenDecoder<S>
  /// What ends every sentence, for encoder and decoder.
  package let end: Int32
  private let encoder: TokenEncoder<S>
  private let documentEncoder: SequenceEncoder<S>
  let documentDecoder: CodeDecoder<S>
  private let readers = (read: TokenIndex(), previous: TokenIndex(), written: TokenIndex())

  package init(
    _ configuration: AutoencoderConfiguration, vocabulary: Int, embeddingSize: Int,
    precision: Precision = .f32
  ) {
    self.configuration = configuration
    self.precision = precision
    end = Int32(vocabulary)
    let store = ParameterStore<S>()
    parameters = store
    let size = configuration.codeSize
    documentEncoder = SequenceEncoder(
      "document_encoder", configuration.encoder(inputSize: size), codeSize: size,
      firstDropout: 2 * AutoencoderConfiguration.dropoutsOfStack, precision: precision, in: store)
    documentDecoder = CodeDecoder(
      "document_decoder", configuration, inputSize: size, codeSize: size,
      firstDropout: 3 * AutoencoderConfiguration.dropoutsOfStack, precision: precision, in: store)
    decoder = TokenDecoder(
      configuration, classCount: vocabulary + 2, embeddingSize: embeddingSize,
      codeSize: documentDecoder.stack.outputSize, precision: precision, in: store)
    encoder = TokenEncoder(
      configuration, vocabulary: vocabulary, embeddingSize: embeddingSize,
      sharing: decoder.words, precision: precision, in: store)
  }

  /// What says that a document is over.
  package var endOfDocument: Int32 { end + 1 }

  /// Records the codes of documents, `[documents, code]`, and of their sentences.
  package func recordCodes(
    _ input: DocumentInput, on tape: Tape<S>
  ) -> (documents: Variable<S>, sentences: Variable<S>) {
    let sentences = recordSentences(input.tokens, plan: input.sentences, on: tape)
    let steps = tape.gathered(
      sentences, rows: input.sentenceOfStep, readers: readers.read, plan: input.documents)
    return (documentEncoder.record(steps, on: tape), sentences)
  }

  /// Records the codes of sentences.
  func recordSentences(
    _ tokens: UnsafeBufferPointer<Int32>, plan: RowPlan, on tape: Tape<S>
  ) -> Variable<S> {
    encoder.record(tokens, plan: plan, on: tape)
  }

  /// Records a minibatch and its loss, whose terms are nats a token.
  ///
  /// - Parameter scale: weight of a token.
  package func record(
    _ input: DocumentInput, _ text: DocumentText, scale: Double, on tape: Tape<S>
  ) -> (loss: Loss<S>, codes: Variable<S>) {
    let (documents, sentences) = recordCodes(input, on: tape)
    let previous = tape.gathered(
      sentences, rows: text.previousOfStep, readers: readers.previous, plan: input.documents)
    let states = documentDecoder.record(documents, previous, on: tape)
    let codes = tape.gathered(
      documentDecoder.output(states, on: tape), rows: text.stepOfSentence,
      readers: readers.written, plan: text.sentences, extent: .sequences)
    let loss = decoder.record(
      codes, inputs: text.inputs, targets: text.targets, scale: scale, on: tape)
    return (loss, documents)
  }
}

/// Documents as they are read. Memory stays until the region has run.
package struct DocumentInput {
  /// One row a sentence, longest first, its end included.
  package var sentences: RowPlan
  /// One id a token of `sentences`.
  package var tokens: UnsafeBufferPointer<Int32>
  /// One row a document, longest first; a step for each sentence and one for its end.
  package var documents: RowPlan
  /// For each step of the documents the row of the sentence that is read; -1 at the end.
  package var sentenceOfStep: UnsafeBufferPointer<Int32>

  package init(
    sentences: RowPlan, tokens: UnsafeBufferPointer<Int32>, documents: RowPlan,
    sentenceOfStep: UnsafeBufferPointer<Int32>
  ) {
    self.sentences = sentences
    self.tokens = tokens
    self.documents = documents
    self.sentenceOfStep = sentenceOfStep
  }
}

/// Documents as they are to be written. Memory stays until the region has run.
package struct DocumentText {
  /// For each step of the documents the row of the sentence before it, as it was read; -1 at first.
  package var previousOfStep: UnsafeBufferPointer<Int32>
  /// One row for each step of the documents, longest first: sentences with their ends, and ends of
  /// documents, a token each.
  package var sentences: RowPlan
  /// For each row of `sentences` its step of the documents.
  package var stepOfSentence: UnsafeBufferPointer<Int32>
  /// One id a token: the start, then the sentence.
  package var inputs: UnsafeBufferPointer<Int32>
  /// One id a token: the sentence, then its end; or the end of the document.
  package var targets: UnsafeBufferPointer<Int32>

  package init(
    previousOfStep: UnsafeBufferPointer<Int32>, sentences: RowPlan,
    stepOfSentence: UnsafeBufferPointer<Int32>, inputs: UnsafeBufferPointer<Int32>,
    targets: UnsafeBufferPointer<Int32>
  ) {
    self.previousOfStep = previousOfStep
    self.sentences = sentences
    self.stepOfSentence = stepOfSentence
    self.inputs = inputs
    self.targets = targets
  }
}
