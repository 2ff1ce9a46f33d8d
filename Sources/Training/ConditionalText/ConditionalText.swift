import Compute
import Corpora
import Foundation
import Networks

/// A model of whole texts given a label: one-to-many.
///
/// The only input from outside is the label, at the first step; after it each token is read to
/// predict the next, and the last prediction is the end of the text. So a text of n tokens is a
/// sequence of n + 1 steps, and its probability is that of all its tokens and of its end.
///
/// Tokens and labels share one table: `embedding.weight` has a row for each token, then one for each
/// label. The output layer has a class for each token, then the end.
package struct ConditionalText {
  package let labels: LabelSet
  package let vocabulary: Vocabulary
  package let model: SequenceModel<Float>

  init(
    _ configuration: ResolvedConfiguration, labels: LabelSet, vocabulary: Vocabulary, seed: UInt64
  ) throws {
    self.labels = labels
    self.vocabulary = vocabulary
    let input = SequenceModelConfiguration.Input.tokens(
      vocabulary: vocabulary.count + labels.count,
      embedding: configuration.integer("model.embedding"))
    model = try SequenceModel(
      checking: SequenceModelConfiguration(
        input: input, stack: try StackConfiguration(configuration, inputSize: input.size),
        pooling: nil, head: .softmax(classes: vocabulary.count + 1)),
      precision: try Precision(checking: configuration)
    ).allocated(seed: seed)
  }

  /// The class that says a text is over.
  package var end: Int32 { Int32(vocabulary.count) }

  /// What is fed at the first step.
  package func input(ofLabel label: Int32) -> Int32 { Int32(vocabulary.count) + label }

  /// Inputs are a label and its text, targets the text and its end.
  ///
  /// Throws a `UserError` for a text without tokens or with a character that the vocabulary lacks;
  /// `place` tells where a text was found.
  func dataset(
    _ texts: some Sequence<String>, _ labels: [Int32], place: (Int) -> String
  ) throws -> SequenceDataset {
    let encoded = try IDSequences(texts, vocabulary, place: place)
    var (inputs, targets) = (IDSequences(), IDSequences())
    for index in 0..<encoded.count {
      let ids = withoutLineEnd(encoded[index])
      inputs.append([input(ofLabel: labels[index])] + ids)
      targets.append(ids + [end])
    }
    return SequenceDataset(.ids(inputs), .stepClasses(targets, count: vocabulary.count + 1))
  }

  /// Words end a line with `<eos>`; here the end is a class of its own.
  private func withoutLineEnd(_ ids: ArraySlice<Int32>) -> [Int32] {
    Array(ids.last == vocabulary.endOfSentenceID && ids.count > 1 ? ids.dropLast() : ids)
  }

  /// Mean nats a prediction: of every token and of every text's end.
  func evaluate(_ data: SequenceDataset, _ reader: SequenceReader) -> Evaluation {
    let (sum, count) = reader.read(data) { _ in }
    let loss = sum / Double(count)
    return Evaluation(
      score: TaskScore(
        loss: loss,
        measures: [
          .init("ppl", Scalar.exp(loss)), .init("bits_per_token", loss / Scalar.log(2.0)),
        ],
        count: count,
        text: String(
          format: "%.4f nats a token, ends included  perplexity %.3f", loss, Scalar.exp(loss))))
  }
}

extension ConditionalText {
  func writeFiles(to folder: RunFolder) throws {
    try labels.save(to: folder.labels)
    try vocabulary.save(to: folder.vocabulary)
  }

  func checkFiles(of folder: RunFolder) throws {
    guard try LabelSet(contentsOf: folder.labels) == labels,
      try Vocabulary(contentsOf: folder.vocabulary) == vocabulary
    else {
      throw UserError(
        "the texts have changed since '\(folder.url.relativePath)' began: their labels or their "
          + "vocabulary are others now", hint: "restore the texts, or begin a new run")
    }
  }
}
