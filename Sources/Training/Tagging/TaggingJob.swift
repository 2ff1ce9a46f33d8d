import Autodiff
import Compute
import Corpora
import Foundation
import Measures
import Networks
import Parallel

/// Aligned many-to-many: a tag for every word, and a label for the sentence where one is asked for.
package final class TaggingJob: TrainingJob {
  package static var kind: JobKind { .tagging }
  package static var schema: ConfigurationSchema { TaggingSchema.standard }

  package static func check(_ configuration: ResolvedConfiguration) throws {
    try TaggingSchema.check(configuration)
  }

  package let warnings: [String]
  private let form: TaggingForm
  private let tagger: TaggingModel
  private let training: TaggingData
  private let validation: TaggingData?
  private let recorder: TaggerRecorder
  private let reader: TaggerReader
  private var batches: SequenceBatches
  private let wordDropout: WordDropout
  private let vectorSummary: String?

  package init(
    _ configuration: ResolvedConfiguration, folder: RunFolder, team: WorkerTeam
  ) throws {
    let form = try TaggingForm(configuration)
    self.form = form
    let corpora = try TaggingCorpora(configuration, form)
    let seed = UInt64(configuration.integer("train.seed"))
    let vocabularies = try TaggingVocabularies(configuration, form: form, corpora.training)
    tagger = try TaggingModel(configuration, vocabularies, seed: seed)
    vectorSummary = try configuration.path("data.embeddings").map(tagger.readWordVectors)
    var warnings: [String] = []
    func data(_ corpus: TaggedCorpus) throws -> TaggingData {
      warnings += try corpus.breaks(of: vocabularies.tags.scheme, isStrict: form.isStrict)
      let data = try TaggingData(corpus, vocabularies, isStrict: form.isStrict)
      warnings += data.unknown.warnings
      return data
    }
    training = try data(corpora.training)
    validation = try corpora.validation.map(data)
    self.warnings = warnings
    recorder = TaggerRecorder(tagger.model)
    reader = TaggerReader(tagger.model, team: team)
    batches = try SequenceBatches(
      lengths: training.lengths, size: .sequences(configuration.integer("train.batch")),
      order: .shuffled(seed: seed, pool: 8))
    wordDropout = WordDropout(
      training.words, unknown: vocabularies.words.unknownID ?? 0,
      count: vocabularies.words.count, rate: configuration.number("train.word_dropout"),
      seed: seed)
  }

  package var parameters: ParameterStore<Float> { tagger.model.parameters }
  package var precision: Precision { tagger.model.precision }
  package var updatesPerEpoch: Int { batches.updatesPerEpoch }

  package var summary: String {
    let known = tagger.vocabularies
    let parts = [
      "\(known.tags.labels.count) tags" + (known.tags.learnt.map { " (\($0.rawValue))" } ?? ""),
      known.intents.map { "\($0.count) intents" }, "\(known.words.count) words", vectorSummary,
      "\(training.count) sentences of \(training.words.ids.count) words",
      "\(validation?.count ?? 0) to validate on",
    ]
    return parts.compactMap(\.self).joined(separator: ", ")
  }

  package func record(update: Int, on tape: Tape<Float>) -> RecordedMinibatch {
    let (output, plan) = recorder.record(
      training, rows: batches.batch(update: update), hasTargets: true,
      replacement: { wordDropout.word($0, sentence: $1, place: $2, update: update) }, on: tape)
    let tokens = plan.layout.tokenCount
    return RecordedMinibatch(losses: output.losses, count: tokens, tokens: tokens)
  }

  package func validate() -> Score? { validation.map { tagger.evaluate($0, reader).score } }

  package func writeFiles(to folder: RunFolder) throws { try tagger.vocabularies.save(to: folder) }

  package func checkFiles(of folder: RunFolder) throws {
    let saved = try TaggingVocabularies(
      form: form, readsCharacters: tagger.vocabularies.characters != nil, in: folder)
    guard saved == tagger.vocabularies else {
      throw UserError(
        "the data has changed since '\(folder.url.relativePath)' began: its words or its tags are "
          + "others now", hint: "restore the data, or begin a new run")
    }
  }
}

/// The sentences to train on and to validate on, as their files hold them.
private struct TaggingCorpora {
  let training: TaggedCorpus
  let validation: TaggedCorpus?

  init(_ configuration: ResolvedConfiguration, _ form: TaggingForm) throws {
    guard let path = configuration.path("data.train") else {
      throw UserError.usage("no data to train on", hint: "name a file with --data")
    }
    let corpus = try form.read(path)
    if let valid = configuration.path("data.valid") {
      training = corpus
      validation = try form.read(valid)
    } else {
      let split = try DataSplit.heldOut(
        configuration.number("data.valid_fraction"), of: corpus.sentences.count,
        seed: UInt64(configuration.integer("data.split_seed")))
      training = corpus.subset(split.training)
      validation = split.heldOut.isEmpty ? nil : corpus.subset(split.heldOut)
    }
  }
}

/// Reads words that were seen once as `<unk>` now and then, so that it gets a meaning.
///
/// Source: Lample et al. (2016).
private struct WordDropout {
  private let isRare: [Bool]
  private let unknown: Int32
  private let rate: Float
  private let seed: UInt64

  init(_ words: IDSequences, unknown: Int32, count: Int, rate: Double, seed: UInt64) {
    var counts = [Int](repeating: 0, count: count)
    for id in words.ids { counts[Int(id)] += 1 }
    isRare = counts.map { rate > 0 && $0 == 1 }
    self.unknown = unknown
    self.rate = Float(rate)
    self.seed = seed
  }

  func word(_ id: Int32, sentence: Int, place: Int, update: Int) -> Int32 {
    guard isRare[Int(id)] else { return id }
    let random = RandomStream(seed: seed, purpose: .wordDropout, update: update)
    return random.uniform(row: sentence, index: place) < rate ? unknown : id
  }
}

extension TaggedCorpus {
  /// A warning if some tags break `scheme`; with `isStrict` the first is an error that names file and
  /// line.
  func breaks(of scheme: TagScheme?, isStrict: Bool) throws -> [String] {
    guard let scheme else { return [] }
    return try converted(from: scheme, to: scheme, isStrict: isStrict).breaks.warning.map { [$0] }
      ?? []
  }
}
