import Autodiff
import Compute
import Corpora
import Foundation
import Measures
import Networks
import Parallel

/// Speech to text without alignments: features → recurrent layers → CTC.
package final class TranscriptionJob: TrainingJob {
  package static var kind: JobKind { .transcription }
  package static var schema: ConfigurationSchema { TranscriptionSchema.standard }

  package static func check(_ configuration: ResolvedConfiguration) throws {
    try TranscriptionSchema.check(configuration)
  }

  package let alphabet: TranscriptAlphabet
  package let model: Transcriber<Float>
  package let training: TranscribedUtterances
  package let validation: TranscribedUtterances?
  package let warnings: [String]
  private var batches: SequenceBatches
  private let reader: TranscriptionReader
  private let inputNoise: Double

  package init(
    _ configuration: ResolvedConfiguration, folder: RunFolder, team: WorkerTeam
  ) throws {
    let corpus = try TranscriptionCorpus(configuration, team: team)
    (alphabet, training, validation) = (corpus.alphabet, corpus.training, corpus.validation)
    warnings = [
      training.infeasibleWarning("the training data"),
      validation?.infeasibleWarning("the validation data"),
    ].compactMap(\.self)
    guard training.infeasible.count < training.count else {
      throw UserError(
        "all \(training.count) recordings are too short for their labels",
        hint: "lower features.stack or features.shift_ms")
    }
    let seed = UInt64(configuration.integer("train.seed"))
    let stack = try StackConfiguration(
      configuration, inputSize: training.utterances.sequences.width)
    var memory = WeightMemory()
    memory.add(stack)
    memory.add(matrix: alphabet.labels.count + 1, stack.outputSize)
    try memory.check()
    model = Transcriber(
      stack, labelCount: alphabet.labels.count, precision: try Precision(checking: configuration)
    ).allocated(seed: seed)
    batches = try SequenceBatches(
      lengths: training.utterances.sequences.lengths,
      size: .sequences(configuration.integer("train.batch")),
      order: .shuffled(seed: seed, pool: 8))
    reader = TranscriptionReader(model, team: team)
    inputNoise = configuration.number("model.input_noise")
  }

  package var parameters: ParameterStore<Float> { model.parameters }
  package var precision: Precision { model.precision }
  package var updatesPerEpoch: Int { batches.updatesPerEpoch }

  package var summary: String {
    let utterances = training.utterances
    let minutes = (utterances.seconds / 6).rounded() / 10
    return "\(alphabet.labels.count) labels, \(utterances.count) recordings of \(minutes) minutes, "
      + "\(utterances.sequences.values.count / utterances.sequences.width) steps, "
      + "\(validation?.count ?? 0) recordings to validate on"
  }

  package func record(update: Int, on tape: Tape<Float>) -> RecordedMinibatch {
    let rows = batches.batch(update: update)
    let features = tape.features(training.utterances.sequences, rows)
    let x = tape.gaussianNoise(features, deviation: inputNoise)
    let targets = CTCTargets(rows.map { training.targets[$0] })
    let lengths = features.plan.layout.lengths
    let infeasible = rows.indices.filter {
      CTCTargets.framesNeeded(targets[$0]) > lengths[$0]
    }
    // Nats a label: the weight of a row does not depend on its minibatch's lengths alone.
    let count = max(1, targets.labelCount(without: infeasible))
    let (loss, _) = model.record(x, targets: targets, scale: 1 / Double(count), on: tape)
    return RecordedMinibatch(
      losses: [loss], count: count, tokens: features.plan.layout.tokenCount)
  }

  package func validate() -> Score? {
    validation.map {
      TranscriptionScores($0, alphabet, reader, TranscriptDecoder()).score
    }
  }

  package func writeFiles(to folder: RunFolder) throws { try alphabet.save(to: folder.alphabet) }

  package func checkFiles(of folder: RunFolder) throws {
    guard try TranscriptAlphabet(contentsOf: folder.alphabet) == alphabet else {
      throw UserError(
        "the data has changed since '\(folder.url.relativePath)' began: its labels or its "
          + "sampling rate are others now", hint: "restore the data, or begin a new run")
    }
  }
}

/// What a transcriber learns from and is validated on.
private struct TranscriptionCorpus {
  let alphabet: TranscriptAlphabet
  let training: TranscribedUtterances
  let validation: TranscribedUtterances?

  /// Reads the tables `data` and `features`.
  init(_ configuration: ResolvedConfiguration, team: WorkerTeam) throws {
    func url(_ key: String) -> URL? {
      let path = configuration.string(key)
      return path.isEmpty ? nil : URL(fileURLWithPath: path)
    }
    guard let audio = url("data.audio"), let path = url("data.transcripts") else {
      throw UserError.usage("no recordings to train on", hint: "use --audio and --transcripts")
    }
    let lowercase = configuration.boolean("data.lowercase")
    let isPartial = configuration.boolean("data.partial")
    let transcripts = try Transcripts(contentsOf: path, lowercase: lowercase)
    let valid = try url("data.valid").map { try Transcripts(contentsOf: $0, lowercase: lowercase) }
    let validAudio = url("data.valid_audio")
    if let valid, let validAudio {
      try Transcripts.check([transcripts], against: audio, isPartial: isPartial)
      try Transcripts.check([valid], against: validAudio, isPartial: isPartial)
    } else {
      try Transcripts.check(
        [transcripts] + (valid.map { [$0] } ?? []), against: audio, isPartial: isPartial)
    }
    let features = SpeechFeatureConfiguration(configuration)
    let utterances = try Utterances(
      transcripts.entries.map(\.file), in: audio, features, team: team)
    alphabet = try TranscriptionCorpus.alphabet(
      configuration, transcripts, sampleRate: utterances.sampleRate)
    let all = try TranscribedUtterances(transcripts, utterances, alphabet)
    if let valid {
      training = all
      validation = try TranscribedUtterances(
        valid,
        Utterances(
          valid.entries.map(\.file), in: validAudio ?? audio, features,
          sampleRate: utterances.sampleRate, team: team), alphabet)
    } else {
      let split = try DataSplit.heldOut(
        configuration.number("data.valid_fraction"), of: all.count,
        seed: UInt64(configuration.integer("data.split_seed")))
      training = all.subset(split.training)
      validation = split.heldOut.isEmpty ? nil : all.subset(split.heldOut)
    }
  }

  private static func alphabet(
    _ configuration: ResolvedConfiguration, _ transcripts: Transcripts, sampleRate: Int
  ) throws -> TranscriptAlphabet {
    let unit =
      TranscriptAlphabet.Unit(rawValue: configuration.string("data.labels")) ?? .character
    let given = configuration.string("data.alphabet")
    let labels = LabelSet(
      given.isEmpty ? transcripts.entries.flatMap { unit.split($0.text) } : unit.split(given))
    guard labels.count > 0 else {
      throw UserError("'\(transcripts.url.relativePath)' says nothing: all texts are empty")
    }
    return TranscriptAlphabet(unit: unit, labels: labels, sampleRate: sampleRate)
  }
}
