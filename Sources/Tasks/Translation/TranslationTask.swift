import Autodiff
import Compute
import Corpora
import Foundation
import Measures
import Networks
import Parallel
import Runs

/// Translation: an encoder-decoder learns from pairs of texts.
public final class TranslationTask: TrainingTask {
  public static let name = "translate"
  public static let commands = [
    TaskCommand(
      "translate", "Trains an encoder-decoder that turns one sequence into another.")
  ]

  package let model: Translator<Float>
  let language: TranslationLanguage
  /// Of a model that is made of them whenever it is opened.
  private let counts: TokenCounts?
  let decoder: TranslationDecoder<Float>
  /// How targets are searched for, and what is shown of them.
  var decoding = TranslationDecoding()
  private let settings: TranslationSettings
  private let recorder: TranslationRecorder
  private let reader: TranslationReader
  /// That prepare examples.
  private let threads: Int

  // MARK: Examples

  public static func read(
    _ settings: TranslationSettings, _ workplace: Workplace
  ) throws -> (training: TranslationPairs, validation: TranslationPairs?) {
    let data = settings.data
    let training = try TranslationPairs(
      data.files, isSwapped: data.swap, longest: data.maxLength > 0 ? data.maxLength : nil)
    let files = data.valid.map { URL(fileURLWithPath: $0) }
    let validation =
      files.isEmpty
      ? nil : try TranslationPairs(PairedTexts.parts(of: files), isSwapped: data.swap)
    return (training, validation)
  }

  /// Texts whose marks stand apart are read and written so.
  public static func decided(by settings: TranslationSettings) throws -> [SettingsOverride] {
    let data = settings.data
    guard !data.$tokens.isGiven, !data.$sourceTokens.isGiven, !data.$targetTokens.isGiven else {
      return []
    }
    let texts = try TranslationPairs(data.files, isSwapped: data.swap, first: 10_000).texts
    let sides = [("source", texts.sources), ("target", texts.targets)]
      .filter { SentenceWords.standApart(in: $0.1) }.map(\.0)
    guard sides.count == 2 || !data.shareVocabulary else { return [] }
    return sides.map {
      SettingsOverride("data.\($0)_tokens", .string(TranslationTokens.Kind.blank.rawValue))
    }
  }

  /// - Parameter files: of pairs, and of sources each before that of its targets.
  public func read(_ files: [URL]) throws -> TranslationPairs {
    guard !files.isEmpty else {
      throw UserError.usage("no pairs to measure on", hint: "name files with --data")
    }
    return try TranslationPairs(PairedTexts.parts(of: files), isSwapped: settings.data.swap)
  }

  public func examples(_ source: TranslationPairs) throws -> TranslationExamples {
    try TranslationExamples(source, language, threads: threads)
  }

  public static let readingKeys: Set<String> = ["data.tokens"]

  public static func heldOut(_ settings: TranslationSettings) -> HeldOut? {
    settings.data.division.heldOut
  }

  // MARK: Model

  public convenience init(
    learning source: TranslationPairs, _ settings: TranslationSettings, _ workplace: Workplace
  ) throws {
    let language = try TranslationLanguage(
      learning: source.texts, settings, threads: workplace.team.count)
    try self.init(
      settings, language,
      counts: settings.isMadeOfCounts || settings.model.outputs.needsCounts
        ? language.targetCounts(source, threads: workplace.team.count) : nil, workplace)
  }

  public convenience init(
    opening folder: RunFolder, _ settings: TranslationSettings, _ workplace: Workplace
  ) throws {
    let language = try TranslationLanguage(opening: folder, settings)
    let counts =
      settings.isMadeOfCounts
      ? try TokenCounts(contentsOf: folder.counts).counts(of: language.target.count + 2, folder)
      : nil
    try self.init(settings, language, counts: counts, workplace)
  }

  private init(
    _ settings: TranslationSettings, _ language: TranslationLanguage, counts: [Int]?,
    _ workplace: Workplace
  ) throws {
    self.settings = settings
    self.counts = settings.isMadeOfCounts ? counts.map(TokenCounts.init) : nil
    self.language = language
    model = try Translator(
      settings.configuration(
        sourceCount: language.source.count, targetCount: language.target.count, counts: counts),
      precision: settings.train.checkedPrecision)
    recorder = TranslationRecorder(model)
    threads = workplace.team.count
    reader = TranslationReader(model, team: workplace.team)
    decoder = TranslationDecoder(model, team: workplace.team)
  }

  public var artifacts: [Artifact] {
    language.artifacts
      + (counts.map {
        [Artifact(RunFolder.countsName, $0, change: "its words are as frequent as others")]
      } ?? [])
  }
  public var parameters: ParameterStore<Float> { model.parameters }
  public var precision: Precision { model.precision }
  public var namedAxes: [NamedAxis] {
    func rows(_ names: [String], _ tokens: TranslationTokens, _ side: String) -> [NamedAxis] {
      parameters.rows(of: names, kind: side + tokens.kindText, tokens.spellings)
    }
    return rows(["source_embedding.weight"], language.source, "")
      + rows(
        ["target_embedding.weight", "output.weight", "output.bias"], language.target, "target ")
      + clusterAxes
  }
  private var clusterAxes: [NamedAxis] {
    guard case .adaptive(let clusters) = model.configuration.output else { return [] }
    return parameters.rows(
      of: clusters, kind: "target " + language.target.kindText,
      language.target.spellings + ["\u{0}stop", "\u{0}start"])
  }
  public static var layerNames: [String: String] {
    ["embedding.": "source_embedding.", "rnn.": "encoder."]
  }
  public var summary: String { "\(language.source.summary) to \(language.target.summary)" }

  // MARK: Learning

  public func order(
    _ examples: TranslationExamples, _ settings: TranslationSettings
  ) throws -> any ExampleOrder {
    let tokens = settings.learning.batchTokens * settings.train.accumulate
    return try SequenceBatches(
      lengths: examples.lengths,
      size: tokens > 0 ? .tokens(tokens) : .sequences(settings.train.sequencesPerUpdate),
      order: .shuffled(seed: UInt64(settings.train.seed), pool: 16))
  }

  public func record(
    _ examples: TranslationExamples, rows: [Int], _ progress: UpdateProgress,
    on tape: Tape<Float>
  ) -> RecordedMinibatch {
    recorder.record(
      examples, pairs: rows, sampling: settings.learning.scheduledSampling * progress.share,
      smoothing: settings.learning.labelSmoothing, on: tape)
  }

  // MARK: Measuring

  /// The loss alone: nothing is translated.
  public func validate(_ examples: TranslationExamples) -> Score {
    let (nats, tokens) = reader.read(examples)
    let loss = nats / Double(tokens)
    return Score(
      loss: loss,
      figures: [.init("perplexity", Scalar.exp(loss), .number, .lowerIsBetter)], count: tokens,
      text: String(format: "%.4f nats  perplexity %.2f", loss, Scalar.exp(loss)))
  }

  public func evaluate(_ examples: TranslationExamples) -> Evaluation {
    let (nats, tokens) = reader.read(examples)
    var scores = TranslationScores(
      nats: nats, tokens: tokens, language.target.kind == .blank ? .none : .mteval)
    let found = targets(of: (0..<examples.count).map { Array(examples.sources[$0]) })
    for (index, targets) in found.enumerated() {
      scores.add(
        words: SentenceWords.words(of: examples.texts.sources[index]).count,
        reference: language.read(examples.texts.targets[index]),
        hypothesis: targets.first.map {
          decoding.text($0, of: examples.texts.sources[index], language)
        } ?? "")
    }
    return scores.evaluation.told(examples.warnings)
  }
}
