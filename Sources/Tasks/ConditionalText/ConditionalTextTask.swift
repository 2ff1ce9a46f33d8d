import Autodiff
import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Networks
import Parallel
import Runs

/// Whole texts that follow from a label alone, one-to-many: names of a language, lines of an author.
///
/// The only input from outside is the label, at the first step; after it each token is read to
/// predict the next, and the last prediction is the end of the text. So a text of n tokens is a
/// sequence of n + 1 steps, and its probability is that of all its tokens and of its end.
///
/// Tokens and labels share one table: `embedding.weight` has a row for each token, then one for each
/// label. The output layer has a class for each token, then the end.
public final class ConditionalTextTask: SequenceTask, GradientMeasuring {
  public static let name = "lm-condition"
  public static let commands = [
    TaskCommand(
      "lm", "Trains a model of whole texts given a label.", chosenBy: "data.condition")
  ]

  package let labels: LabelSet
  package let vocabulary: Vocabulary
  /// Share of a token's probability that all tokens get alike in the loss.
  private let smoothing: Double
  public let core: SequenceCore

  // MARK: Examples

  public static let readingKeys: Set<String> = ["data.tokens"]

  public static func read(
    _ settings: ConditionalTextSettings, _ workplace: Workplace
  ) throws -> (training: LabelledTexts, validation: LabelledTexts?) {
    let paths = settings.data.condition.compactMap(URL.init(named:))
    guard !paths.isEmpty else {
      throw UserError.usage(
        "no texts to train on", hint: "name files or folders of labelled texts with --condition")
    }
    let training = try LabelledTexts.read(paths)
    let valid = settings.data.valid.compactMap(URL.init(named:))
    return (
      training, valid.isEmpty ? nil : try LabelledTexts.read(valid, labels: training.labels)
    )
  }

  public func read(_ files: [URL]) throws -> LabelledTexts {
    guard !files.isEmpty else {
      throw UserError.usage(
        "no texts to measure on", hint: "name files or folders of labelled texts with --data")
    }
    return try LabelledTexts.read(files, labels: labels)
  }

  public func examples(_ source: LabelledTexts) throws -> SequenceDataset {
    try dataset(source.texts, source.classes, place: source.placeOfText)
  }

  /// Inputs are a label and its text, targets the text and its end.
  ///
  /// Throws a `UserError` for a text without tokens or with a character that the vocabulary lacks;
  /// `place` tells where a text was found.
  private func dataset(
    _ texts: some RandomAccessCollection<String>, _ labels: some Collection<Int32>,
    place: @escaping (Int) -> String
  ) throws -> SequenceDataset {
    let encoded = try IDSequences(
      texts, vocabulary, threads: core.team.count, place: place)
    var (inputs, targets) = (IDSequences(), IDSequences())
    for (index, label) in labels.enumerated() {
      let ids = withoutLineEnd(encoded[index])
      try inputs.append([input(ofLabel: label)] + ids)
      try targets.append(ids + [end])
    }
    return SequenceDataset(.ids(inputs), .stepClasses(targets, count: vocabulary.count + 1))
  }

  /// Words end a line with `<eos>`; here the end is a class of its own.
  private func withoutLineEnd(_ ids: Slice<LongList<Int32>>) -> [Int32] {
    Array(ids.last == vocabulary.endOfSentenceID && ids.count > 1 ? ids.dropLast() : ids)
  }

  /// The class that says a text is over.
  var end: Int32 { Int32(vocabulary.count) }

  /// What is fed at the first step.
  func input(ofLabel label: Int32) -> Int32 { Int32(vocabulary.count) + label }

  // MARK: Model

  public convenience init(
    learning source: LabelledTexts, _ settings: ConditionalTextSettings, _ workplace: Workplace
  ) throws {
    let data = settings.data
    let vocabulary = try Vocabulary.of(
      source.texts, kind: TokenKind(rawValue: data.tokens) ?? .character,
      limits: VocabularyLimits(keeping: data.vocabularySize, minimumCount: data.minCount),
      threads: workplace.team.count)
    try self.init(
      settings, source.labels, vocabulary, workplace)
  }

  public convenience init(
    opening folder: RunFolder, _ settings: ConditionalTextSettings, _ workplace: Workplace
  ) throws {
    try self.init(
      settings, LabelSet(contentsOf: folder.labels), Vocabulary(contentsOf: folder.vocabulary),
      workplace)
  }

  private init(
    _ settings: ConditionalTextSettings, _ labels: LabelSet, _ vocabulary: Vocabulary,
    _ workplace: Workplace
  ) throws {
    self.labels = labels
    self.vocabulary = vocabulary
    smoothing = settings.smoothing.labelSmoothing
    let input = SequenceModelConfiguration.Input.tokens(
      vocabulary: vocabulary.count + labels.count, embedding: settings.model.embedding)
    core = SequenceCore(
      SequenceModel(
        SequenceModelConfiguration(
          input: input, stack: try settings.model.stack.configuration(inputSize: input.size),
          pooling: nil, head: .softmax(classes: vocabulary.count + 1)),
        precision: try settings.train.checkedPrecision), team: workplace.team)
  }

  public var artifacts: [Artifact] { [.labels(labels), .vocabulary(vocabulary)] }

  /// Tokens and labels share a table; what is a token there is one of a language model too.
  public var namedAxes: [NamedAxis] {
    let labels = labels.names.map { "\u{0}label \($0)" }
    return parameters.rows(
      of: ["embedding.weight"], kind: vocabulary.kind.rawValue, vocabulary.tokens + labels)
      + parameters.rows(of: ["output.weight", "output.bias"], vocabulary)
  }

  public var summary: String {
    "\(labels.count) labels, \(vocabulary.count) \(vocabulary.kind.rawValue) tokens"
  }

  public func record(
    _ examples: SequenceDataset, rows: [Int], _ progress: UpdateProgress, on tape: Tape<Float>
  ) -> RecordedMinibatch {
    core.recorder.record(examples, rows: rows, smoothing: smoothing, on: tape)
  }

  // MARK: Measuring

  /// None of a loss that is no likelihood.
  public var progressFigure: ProgressSnapshot.Measure? { smoothing > 0 ? nil : .perplexity }

  /// Mean nats a prediction: of every token and of every text's end.
  public func evaluate(_ examples: SequenceDataset) -> Evaluation {
    let (sum, count) = core.reader.read(examples) { _ in }
    let loss = sum / Double(count)
    return Evaluation(
      score: Score(
        loss: loss,
        figures: [
          .init("ppl", Scalar.exp(loss), .number, .lowerIsBetter),
          .init("bits_per_token", loss / Scalar.log(2.0), .bits, .lowerIsBetter),
        ],
        count: count,
        text: String(
          format: "%.4f nats a token, ends included  perplexity %.3f", loss, Scalar.exp(loss))))
  }
}

extension ConditionalTextTask: Predicting {
  public struct Query {
    let line: String
    let label: String
    let text: String
    let examples: SequenceDataset
  }

  /// One `label<TAB>text` a line.
  public func queries() -> any QueryReader<Query> {
    LineQueries { [self] line, place in
      let parts = line.split(separator: "\t", maxSplits: 1, omittingEmptySubsequences: false)
        .map(LabelledTexts.trimmed)
      guard parts.count == 2 else {
        throw UserError("\(place): found no tab, expected 'label<TAB>text'")
      }
      guard !parts[1].isEmpty else {
        throw UserError("\(place): found no text behind the tab, expected 'label<TAB>text'")
      }
      guard let label = labels.id(parts[0]) else { throw labels.unknown(parts[0], at: place) }
      return Query(
        line: line, label: parts[0], text: parts[1],
        examples: try dataset([parts[1]], [label]) { _ in place })
    }
  }

  /// The text's log-probability, its end included, in nats.
  public func predict(_ queries: [Query]) -> [Prediction] {
    let losses = core.reader.losses(
      of: SequenceDataset(joining: queries.map(\.examples), withTargets: true))
    return zip(queries, losses).map { query, loss in
      Prediction(
        text: String(format: "%.4f\t", -loss.nats) + query.line,
        json: [
          "label": .string(query.label), "text": .string(query.text),
          "log_probability": .number(-loss.nats),
          "nats_per_token": .number(loss.nats / Double(loss.count)),
          "tokens": .integer(loss.count),
        ])
    }
  }
}

extension LabelledTexts: CountedSource {
  public func divided(
    _ heldOut: HeldOut
  ) throws -> (training: LabelledTexts, validation: LabelledTexts?) {
    try heldOut.parts(of: count, strata: firstLabels, choosing)
  }

  public var placeOfExample: (Int) -> String { placeOfText }
}
