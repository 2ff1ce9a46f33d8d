import Autodiff
import Compute
import Corpora
import Foundation
import Measures
import Networks
import Parallel

/// Question answering over stories: sentences and a question to one of the answers of the training.
package final class AnsweringJob: TrainingJob {
  package static var kind: JobKind { .answering }
  package static var schema: ConfigurationSchema { AnsweringSchema.standard }

  package static func check(_ configuration: ResolvedConfiguration) throws {
    try AnsweringSchema.check(configuration)
  }

  package let warnings: [String]
  package let summary: String
  private let answerer: AnsweringModel
  private let training: StoryData
  private let validation: (data: StoryData, files: [String])?
  private let recorder: StoryRecorder
  private let reader: StoryReader
  private var batches: SequenceBatches
  private let seed: UInt64
  private let emptyRate: Float

  package init(
    _ configuration: ResolvedConfiguration, folder: RunFolder, team: WorkerTeam
  ) throws {
    let form = WordForm(answering: configuration)
    let corpora = try AnsweringCorpora(configuration, form)
    seed = UInt64(configuration.integer("train.seed"))
    let vocabularies = try AnsweringVocabularies(corpora.training, form: form)
    answerer = try AnsweringModel(configuration, vocabularies, seed: seed)
    training = StoryData(corpora.training, vocabularies)
    validation = corpora.validation.map {
      (StoryData($0, vocabularies), $0.files.map(\.lastPathComponent))
    }
    warnings = [validation?.data.unknown.warning("answer")].compactMap(\.self)
    summary =
      "\(vocabularies.words.count) words, \(vocabularies.answers.count) answers, "
      + "\(training.questions.count) questions, "
      + "\(validation?.data.questions.count ?? 0) to validate on"
    recorder = StoryRecorder(answerer.model)
    reader = StoryReader(answerer.model, team: team)
    batches = try SequenceBatches(
      lengths: training.lengths, size: .sequences(configuration.integer("train.batch")),
      order: .shuffled(seed: seed, pool: 4))
    emptyRate = Float(configuration.number("train.empty_sentences"))
  }

  package var parameters: ParameterStore<Float> { answerer.model.parameters }
  package var precision: Precision { answerer.model.precision }
  package var updatesPerEpoch: Int { batches.updatesPerEpoch }

  package func record(update: Int, on tape: Tape<Float>) -> RecordedMinibatch {
    let rows = batches.batch(update: update)
    let random = RandomStream(seed: seed, purpose: .emptySentences, update: update)
    let output = recorder.record(
      training, rows: rows, hasTargets: true,
      isFollowedByNothing: { emptyRate > 0 && random.uniform(row: $0, index: $1) < emptyRate },
      on: tape)
    return RecordedMinibatch(
      losses: [output.loss].compactMap(\.self), count: rows.count,
      tokens: rows.reduce(0) { $0 + training.questions[$1].sentences.count })
  }

  package func validate() -> Score? {
    validation.map { answerer.evaluate($0.data, files: $0.files, reader).score }
  }

  package func writeFiles(to folder: RunFolder) throws {
    try answerer.vocabularies.save(to: folder)
  }

  package func checkFiles(of folder: RunFolder) throws {
    let saved = try AnsweringVocabularies(folder, form: answerer.vocabularies.wordForm)
    guard saved == answerer.vocabularies else {
      throw UserError(
        "the data has changed since '\(folder.url.relativePath)' began: its words or its answers "
          + "are others now", hint: "restore the data, or begin a new run")
    }
  }
}

extension WordForm {
  /// That of a run that answers questions.
  init(answering configuration: ResolvedConfiguration) {
    self.init(isLowercased: configuration.boolean("data.lowercase"))
  }
}

/// The stories to train on and to validate on.
private struct AnsweringCorpora {
  let training: StoryCorpus
  let validation: StoryCorpus?

  /// Whole stories are held out: questions about one share their sentences.
  init(_ configuration: ResolvedConfiguration, _ form: WordForm) throws {
    func read(_ key: String) throws -> StoryCorpus? {
      let files = configuration.strings(key).map { URL(fileURLWithPath: $0) }
      return files.isEmpty ? nil : try StoryCorpus.read(files, form: form)
    }
    guard let corpus = try read("data.stories") else {
      throw UserError.usage("no stories to train on", hint: "name one or more files with --stories")
    }
    if let valid = try read("data.valid") {
      (training, validation) = (corpus, valid)
      return
    }
    var fileOfStory = [Int32](repeating: 0, count: corpus.storyCount)
    for question in corpus.questions { fileOfStory[question.story] = Int32(question.file) }
    let split = try DataSplit.heldOut(
      configuration.number("data.valid_fraction"), of: corpus.storyCount,
      seed: UInt64(configuration.integer("data.split_seed")), strata: fileOfStory
    ).spread(over: corpus.questions.map(\.story))
    training = corpus.subset(split.training)
    validation = split.heldOut.isEmpty ? nil : corpus.subset(split.heldOut)
  }
}
