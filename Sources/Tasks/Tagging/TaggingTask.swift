import Autodiff
import Compute
import Corpora
import Foundation
import Networks
import Parallel
import Runs

/// Aligned many-to-many: a tag for every word, and a label for the sentence where one is asked for.
public final class TaggingTask: TrainingTask {
  public static let name = "tag"
  public static let commands = [TaskCommand("tag", "Trains a tagger of words.")]

  let form: TaggingForm
  let vocabularies: TaggingVocabularies
  let reader: TaggerReader
  /// Whether lines are columns of words, not sentences.
  var readsColumns: Bool
  /// What predictions show beside tags.
  var wishes = TaggerReader.Wishes()
  /// Sequences of tags that a prediction shows; 0: the best alone, without a number.
  var shownPaths = 0
  private let recorder: TaggerRecorder
  private var wordDropout: WordDropout?
  private var tagWeights: TagWeights?
  private let smoothing: Double
  private let threads: Int

  // MARK: Examples

  public static func read(
    _ settings: TaggingSettings, _ workplace: Workplace
  ) throws -> (training: TaggedCorpus, validation: TaggedCorpus?) {
    let form = try TaggingForm(settings.data)
    let paths = settings.data.train.compactMap(URL.init(named:))
    guard !paths.isEmpty else {
      throw UserError.usage("no data to train on", hint: "name files with --data")
    }
    let valid = settings.data.valid.compactMap(URL.init(named:))
    return (
      try .joined(paths.map(form.read)),
      valid.isEmpty ? nil : try .joined(valid.map(form.read))
    )
  }

  public func read(_ files: [URL]) throws -> TaggedCorpus {
    guard !files.isEmpty else {
      throw UserError.usage("no tagged sentences", hint: "name files with --data")
    }
    return try .joined(files.map(form.read))
  }

  public func examples(_ source: TaggedCorpus) throws -> TaggingData {
    try TaggingData(source, vocabularies, isStrict: form.isStrict, threads: threads)
  }

  public static let readingKeys: Set<String> = ["data.features"]

  public static func heldOut(_ settings: TaggingSettings) -> HeldOut? {
    settings.data.division.heldOut
  }

  public static func decided(by settings: TaggingSettings) throws -> [SettingsOverride] {
    try settings.data.vectors.decided(settings.model.$embedding)
  }

  // MARK: Model

  public convenience init(
    learning source: TaggedCorpus, _ settings: TaggingSettings, _ workplace: Workplace
  ) throws {
    let form = try TaggingForm(settings.data)
    let vocabularies = try TaggingVocabularies(
      learning: source, settings, form, threads: workplace.team.count)
    try self.init(settings, form, vocabularies, workplace)
  }

  public func begin(seed: UInt64) throws {
    parameters.allocate(seed: seed)
    vocabularies.outside?.begin(reader.model.wordTable)
  }

  public convenience init(
    opening folder: RunFolder, _ settings: TaggingSettings, _ workplace: Workplace
  ) throws {
    let form = try TaggingForm(settings.data)
    let vocabularies = try TaggingVocabularies(opening: folder, settings, form)
    try self.init(settings, form, vocabularies, workplace)
  }

  private init(
    _ settings: TaggingSettings, _ form: TaggingForm, _ vocabularies: TaggingVocabularies,
    _ workplace: Workplace
  ) throws {
    self.form = form
    self.vocabularies = vocabularies
    let model = try settings.tagger(vocabularies)
    recorder = TaggerRecorder(model)
    reader = TaggerReader(model, vocabularies.tags.constraints, team: workplace.team)
    readsColumns = !form.features.isEmpty
    threads = workplace.team.count
    smoothing = settings.data.weights.labelSmoothing
  }

  public var artifacts: [Artifact] { vocabularies.artifacts }
  public var parameters: ParameterStore<Float> { reader.model.parameters }
  public var precision: Precision { reader.model.precision }

  public var namedAxes: [NamedAxis] { vocabularies.namedAxes(of: parameters) }

  public var summary: String {
    let tags = vocabularies.tags
    let parts = [
      "\(tags.labels.count) tags" + (tags.learnt.map { " (\($0.rawValue))" } ?? ""),
      vocabularies.intents.map { "\($0.count) intents" },
      "\(vocabularies.words.vocabulary.count) words", vocabularies.outside?.summary,
    ]
    return parts.compactMap(\.self).joined(separator: ", ")
  }

  // MARK: Learning

  public func order(
    _ examples: TaggingData, _ settings: TaggingSettings
  ) throws -> any ExampleOrder {
    wordDropout = WordDropout(
      examples.words, vocabularies.words, rate: settings.words.wordDropout,
      seed: UInt64(settings.train.seed))
    let weights = settings.data.weights
    // Written down where they are asked for only: of a large corpus they fill disks.
    let tags =
      weights.readClasses ? try WrittenTags(examples, vocabularies.tags) : nil
    tagWeights = try tags.flatMap { try TagWeights(weights.classWeights, $0) }
    return try weights.order(
      examples.lengths, classes: try tags?.rarest, settings.train, pool: 8)
  }

  public func record(
    _ examples: TaggingData, rows: [Int], _ progress: UpdateProgress, on tape: Tape<Float>
  ) -> RecordedMinibatch {
    guard let wordDropout else { preconditionFailure("no order was asked for") }
    let (output, plan) = recorder.record(
      examples, rows: rows, hasTargets: true, weights: tagWeights, smoothing: smoothing,
      replacement: {
        wordDropout.word($0, sentence: $1, place: $2, update: progress.update)
      }, on: tape)
    let tokens = plan.layout.tokenCount
    return RecordedMinibatch(losses: output.losses, count: tokens, tokens: tokens)
  }
}
