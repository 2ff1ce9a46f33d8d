import Autodiff
import Compute
import Corpora
import Foundation
import Measures
import Networks
import Parallel
import Runs

/// Speech to text without alignments: features → recurrent layers → CTC.
public final class TranscriptionTask: TrainingTask {
  public static let name = "transcribe"
  public static let commands = [
    TaskCommand("transcribe", "Trains a transcriber of speech, without alignments (CTC).")
  ]

  package let alphabet: TranscriptAlphabet
  package let model: Transcriber<Float>
  let features: SpeechFeatureConfiguration
  let pass: ForwardPass<Float>
  let team: WorkerTeam
  var decoder = TranscriptDecoder()
  var showsPath = false
  private let readsLowercase: Bool
  private let noise: FeatureNoise

  // MARK: Examples

  public static func read(
    _ settings: TranscriptionSettings, _ workplace: Workplace
  ) throws -> (training: TranscribedRecordings, validation: TranscribedRecordings?) {
    try TranscribedRecordings.read(settings, team: workplace.team)
  }

  /// - Parameter files: transcripts, each behind the folder of its recordings, or alone, with the recordings
  ///   in its own folder.
  public func read(_ files: [URL]) throws -> TranscribedRecordings {
    var folder: URL?
    var parts: [SpokenPart] = []
    for file in files {
      if folder == nil, file.isFolder {
        folder = file
        continue
      }
      let transcripts = try Transcripts(contentsOf: file, lowercase: readsLowercase)
      let part = SpokenPart(
        transcripts: transcripts, folder: folder ?? file.deletingLastPathComponent())
      folder = nil
      try Transcripts.check([part.transcripts], against: part.folder, isPartial: true)
      parts.append(part)
    }
    guard !parts.isEmpty, folder == nil else {
      throw UserError.usage(
        "found \(files.count) paths, expected folders of recordings, each before its transcripts",
        hint: "name them with --data DIR FILE")
    }
    return try TranscribedRecordings(
      parts.heard(features, sampleRate: alphabet.sampleRate, team), alphabet)
  }

  public func examples(_ source: TranscribedRecordings) -> TranscriptionExamples {
    source.examples
  }

  // MARK: Model

  public convenience init(
    learning source: TranscribedRecordings, _ settings: TranscriptionSettings,
    _ workplace: Workplace
  ) throws {
    try self.init(settings, source.alphabet, workplace)
  }

  public convenience init(
    opening folder: RunFolder, _ settings: TranscriptionSettings, _ workplace: Workplace
  ) throws {
    try self.init(settings, TranscriptAlphabet(of: folder), workplace)
  }

  private init(
    _ settings: TranscriptionSettings, _ alphabet: TranscriptAlphabet, _ workplace: Workplace
  ) throws {
    self.alphabet = alphabet
    features = settings.features.configuration
    team = workplace.team
    readsLowercase = settings.data.lowercase
    noise = FeatureNoise(settings.model.noise, on: features)
    let stack = try settings.model.stack.configuration(inputSize: features.width)
    model = Transcriber(
      stack, labelCount: alphabet.labels.count, precision: try settings.train.checkedPrecision)
    pass = ForwardPass(team, precision: model.precision)
  }

  public var artifacts: [Artifact] { alphabet.artifacts }
  public var parameters: ParameterStore<Float> { model.parameters }
  public var precision: Precision { model.precision }
  public var namedAxes: [NamedAxis] {
    // Class 0 is blank.
    parameters.rows(
      of: ["output.weight", "output.bias"], kind: alphabet.unit.rawValue,
      ["\u{0}blank"] + alphabet.labels.names)
  }
  public var summary: String { "\(alphabet.labels.count) labels" }

  // MARK: Learning and measuring

  public func order(
    _ examples: TranscriptionExamples, _ settings: TranscriptionSettings
  ) throws -> any ExampleOrder {
    guard examples.infeasible.count < examples.count else {
      throw UserError(
        "all \(examples.count) recordings are too short for their labels",
        hint: "lower features.stack or features.shift_ms")
    }
    return try SequenceBatches(examples.lengths, settings.train, pool: 8)
  }

  public func record(
    _ examples: TranscriptionExamples, rows: [Int], _ progress: UpdateProgress,
    on tape: Tape<Float>
  ) -> RecordedMinibatch {
    let features = tape.features(examples.utterances.sequences, rows)
    let x = noise.added(to: features, on: tape)
    let targets = CTCTargets(rows.map { examples.targets[$0] })
    let lengths = features.plan.layout.lengths
    let infeasible = rows.indices.filter {
      CTCTargets.framesNeeded(targets[$0]) > lengths[$0]
    }
    // Nats a label: the weight of a row does not depend on its minibatch's lengths alone.
    let count = targets.labelCount(without: infeasible)
    let (loss, _) = model.record(
      x, targets: targets, scale: 1 / Double(max(1, tape.total(of: count))), on: tape)
    return RecordedMinibatch(
      losses: [loss], count: max(1, count), tokens: features.plan.layout.tokenCount)
  }

  public var monitored: String { "wer" }

  public func evaluate(_ examples: TranscriptionExamples) -> Evaluation {
    TranscriptionScores(self, examples).evaluation
  }
}
