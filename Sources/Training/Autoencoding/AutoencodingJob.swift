import Autodiff
import Compute
import Corpora
import Foundation
import Measures
import Networks
import Parallel

/// Sequence in, vector, the same sequence out: sentences, documents or recorded segments.
package final class AutoencodingJob: TrainingJob {
  package static var kind: JobKind { .autoencoding }
  package static var schema: ConfigurationSchema { AutoencodingSchema.standard }

  package static func check(_ configuration: ResolvedConfiguration) throws {
    try AutoencodingSchema.check(configuration)
  }

  private let learner: any AutoencodingLearner

  package init(
    _ configuration: ResolvedConfiguration, folder: RunFolder, team: WorkerTeam
  ) throws {
    learner = try makeLearner(configuration, team: team)
  }

  package var parameters: ParameterStore<Float> { learner.parameters }
  package var precision: Precision { learner.precision }
  package var summary: String { learner.summary }
  package var warnings: [String] { learner.warnings }
  package var measure: ProgressSnapshot.Measure? { learner.measure }
  package var updatesPerEpoch: Int { learner.updatesPerEpoch }

  package func record(update: Int, on tape: Tape<Float>) -> RecordedMinibatch {
    learner.record(update: update, on: tape)
  }

  package func validate() -> Score? { learner.validate() }
  package func writeFiles(to folder: RunFolder) throws { try learner.writeFiles(to: folder) }

  package func checkFiles(of folder: RunFolder) throws {
    guard try learner.matchesFiles(of: folder) else {
      throw UserError(
        "the data has changed since '\(folder.url.relativePath)' began: its vocabulary or its "
          + "sampling rate is another now", hint: "restore the data, or begin a new run")
    }
  }
}

/// An autoencoder that learns, whatever its sequences are.
private protocol AutoencodingLearner: AnyObject {
  var parameters: ParameterStore<Float> { get }
  var precision: Precision { get }
  var summary: String { get }
  var warnings: [String] { get }
  var measure: ProgressSnapshot.Measure? { get }
  var updatesPerEpoch: Int { get }
  func record(update: Int, on tape: Tape<Float>) -> RecordedMinibatch
  func validate() -> Score?
  func writeFiles(to folder: RunFolder) throws
  func matchesFiles(of folder: RunFolder) throws -> Bool
}

private final class Learner<Form: AutoencoderForm>: AutoencodingLearner {
  let form: Form
  let training: Form.Examples
  let validation: Form.Examples?
  let warnings: [String]
  private var batches: SequenceBatches

  init(
    _ form: Form, _ configuration: ResolvedConfiguration, training: Form.Examples,
    validation: Form.Examples?, warnings: [String]
  ) throws {
    self.form = form
    self.training = training
    self.validation = validation
    self.warnings = warnings
    batches = try SequenceBatches(
      lengths: training.lengths, size: .sequences(configuration.integer("train.batch")),
      order: .shuffled(seed: UInt64(configuration.integer("train.seed")), pool: 8))
  }

  var parameters: ParameterStore<Float> { form.parameters }
  var precision: Precision { form.precision }
  var measure: ProgressSnapshot.Measure? { form.measure }
  var updatesPerEpoch: Int { batches.updatesPerEpoch }
  var summary: String {
    "\(form.summary), \(training.sizeText), \(validation?.count ?? 0) to validate on"
  }

  func record(update: Int, on tape: Tape<Float>) -> RecordedMinibatch {
    form.record(training, rows: batches.batch(update: update), update: update, on: tape)
  }

  func validate() -> Score? { validation.map(form.score) }
  func writeFiles(to folder: RunFolder) throws { try form.writeFiles(to: folder) }
  func matchesFiles(of folder: RunFolder) throws -> Bool { try form.matchesFiles(of: folder) }
}

/// Reads the data and declares the model that suits it.
private func makeLearner(
  _ configuration: ResolvedConfiguration, team: WorkerTeam
) throws -> any AutoencodingLearner {
  let seed = UInt64(configuration.integer("train.seed"))
  let valid = configuration.path("data.valid")
  func split(_ count: Int) throws -> DataSplit? {
    guard valid == nil else { return nil }
    return try DataSplit.heldOut(
      configuration.number("data.valid_fraction"), of: count,
      seed: UInt64(configuration.integer("data.split_seed")))
  }
  if let folder = configuration.path("data.audio") {
    let features = SpeechFeatureConfiguration(configuration)
    let all = try SegmentExamples(in: folder, features, team: team)
    let form = try SegmentForm(
      configuration, sampleRate: all.utterances.sampleRate, seed: seed, team: team)
    let split = try split(all.count)
    let (training, validation) = try divide(all, split, valid.map(form.read))
    if let run = configuration.path("data.partners") {
      let trained = try TrainedAutoencoder(embedding: RunFolder.open(at: run), team: team)
      guard trained.readsAudio else {
        throw UserError.usage(
          "data.partners names '\(run.relativePath)', a run of text",
          hint: "name a run on the same recordings")
      }
      let vectors = try trained.vectors(of: folder)
      form.partners = Partners(
        vectors.subset(split?.training ?? Array(0..<all.count)),
        count: configuration.integer("data.partner_count"), seed: seed, team: team)
    }
    return try Learner(
      form, configuration, training: training, validation: validation, warnings: [])
  }
  guard let path = configuration.path("data.text") else {
    throw UserError.usage("no sequences to train on", hint: "use --text FILE or --audio DIR")
  }
  let (text, textForm) = (try TextLines(contentsOf: path), TextForm(configuration))
  guard configuration.boolean("model.hierarchical") else {
    let split = try split(text.count)
    let vocabulary = try textForm.vocabulary(
      (split?.training).map { $0.map { text.lines[$0] } } ?? text.lines)
    let form = try SentenceForm(configuration, vocabulary: vocabulary, seed: seed, team: team)
    let all = try SentenceExamples(text, textForm, vocabulary)
    var (training, validation) = try divide(all, split, valid.map(form.read))
    var warnings: [String] = []
    if all.blankCount > 0 {
      warnings.append("\(all.blankCount) blank lines in '\(path.relativePath)' are passed over")
    }
    warnings += [
      try training.dropLong(textForm, from: "the training data"),
      try validation?.dropLong(textForm, from: "the validation data"),
    ].compactMap(\.self)
    return try Learner(
      form, configuration, training: training, validation: validation, warnings: warnings)
  }
  let documents = text.documentStarts
  let split = try split(documents.count - 1)
  let lines = (split?.training).map {
    $0.flatMap { text.lines[documents[$0]..<documents[$0 + 1]] }
  }
  let vocabulary = try textForm.vocabulary(lines ?? text.lines)
  let form = try DocumentForm(configuration, vocabulary: vocabulary, seed: seed, team: team)
  let all = try DocumentExamples(text, textForm, vocabulary)
  let (training, validation) = try divide(all, split, valid.map(form.read))
  return try Learner(
    form, configuration, training: training, validation: validation, warnings: [])
}

/// Those to train on and those to validate on.
private func divide<Examples: AutoencoderExamples>(
  _ all: Examples, _ split: DataSplit?, _ validation: Examples?
) -> (training: Examples, validation: Examples?) {
  guard let split else { return (all, validation) }
  return (
    all.subset(split.training), split.heldOut.isEmpty ? nil : all.subset(split.heldOut)
  )
}

extension SentenceExamples {
  /// Leaves out what is longer than asked for, and says so.
  fileprivate mutating func dropLong(_ form: TextForm, from part: String) throws -> String? {
    let lengths = lengths
    let kept = lengths.indices.filter { !form.isTooLong(lengths[$0]) }
    guard kept.count < count else { return nil }
    guard !kept.isEmpty else {
      throw UserError(
        "all \(count) sentences of \(part) have more than \(form.longest) tokens",
        hint: "raise --longest")
    }
    defer { self = subset(kept) }
    return "\(count - kept.count) of \(count) sentences in \(part) have more than "
      + "\(form.longest) tokens and are left out"
  }
}
