import Autodiff
import Compute
import Corpora
import Foundation
import Measures
import Networks
import Parallel
import Runs

/// Sequence in, vector, the same sequence out: sentences, documents or recorded segments.
public final class AutoencodingTask: TrainingTask {
  public static let name = "autoencode"
  public static let commands = [
    TaskCommand(
      "autoencode",
      "Trains a network to make sequences vectors, from which it makes them again.")
  ]

  let form: any AutoencoderForm

  // MARK: Examples

  public static let readingKeys: Set<String> = ["data.tokens"]

  public static func read(
    _ settings: AutoencodingSettings, _ workplace: Workplace
  ) throws -> (training: AutoencodingSource, validation: AutoencodingSource?) {
    let data = settings.data
    let valid = data.valid.compactMap(URL.init(named:))
    let folders = data.audio.compactMap(URL.init(named:))
    if !folders.isEmpty {
      let (features, team) = (settings.features.configuration, workplace.team)
      let training = try Recordings(in: folders, features, team: team)
      let validation =
        valid.isEmpty
        ? nil
        : try Recordings(
          in: valid, features, sampleRate: training.utterances.sampleRate, team: team)
      return (.recordings(training), validation.map { .recordings($0) })
    }
    let files = data.text.compactMap(URL.init(named:))
    guard !files.isEmpty else {
      throw UserError.usage(
        "no sequences to train on", hint: "use --text FILE or --audio DIR")
    }
    return (
      .text(try TextSequences(files, settings.unit, .training)),
      valid.isEmpty ? nil : .text(try TextSequences(valid, settings.unit, .validation))
    )
  }

  public func read(_ files: [URL]) throws -> AutoencodingSource { try form.read(files) }

  public func examples(_ source: AutoencodingSource) throws -> AutoencodingExamples {
    try form.examples(source)
  }

  // MARK: Model

  public init(
    learning source: AutoencodingSource, _ settings: AutoencodingSettings, _ workplace: Workplace
  ) throws {
    let team = workplace.team
    form =
      switch source {
      case .recordings(let recordings):
        try SegmentForm(
          settings, RecordingFormat(sampleRate: recordings.utterances.sampleRate),
          partners: Partners(of: recordings, settings, team: team), team: team)
      case .text(let sequences):
        try settings.form(TextEncoding(learning: sequences, settings), team: team)
      }
  }

  public init(
    opening folder: RunFolder, _ settings: AutoencodingSettings, _ workplace: Workplace
  ) throws {
    let team = workplace.team
    form =
      settings.data.audio.isEmpty
      ? try settings.form(
        TextEncoding(settings, Vocabulary(contentsOf: folder.vocabulary)), team: team)
      : try SegmentForm(
        settings, RecordingFormat(contentsOf: folder.recordings), partners: nil, team: team)
  }

  public var artifacts: [Artifact] { [form.artifact] }
  public var parameters: ParameterStore<Float> { form.model.parameters }
  public var precision: Precision { form.model.precision }
  public var namedAxes: [NamedAxis] {
    guard let vocabulary = form.vocabulary else { return [] }
    return parameters.rows(
      of: [
        "encoder.embedding.weight", "decoder.embedding.weight", "decoder.output.weight",
        "decoder.output.bias",
      ], vocabulary)
  }
  public static var layerNames: [String: String] {
    ["embedding.": "encoder.embedding.", "rnn.": "encoder.rnn."]
  }
  public var summary: String { form.summary }

  // MARK: Learning and measuring

  public func record(
    _ examples: AutoencodingExamples, rows: [Int], _ progress: UpdateProgress,
    on tape: Tape<Float>
  ) -> RecordedMinibatch {
    form.record(examples, rows: rows, update: progress.update, on: tape)
  }

  public var progressFigure: ProgressSnapshot.Measure? { form.progressFigure }
  public var monitored: String { form.vocabulary == nil ? "mse" : "tokens_reconstructed" }

  public func validate(_ examples: AutoencodingExamples) -> Score { form.score(examples) }

  public func evaluate(_ examples: AutoencodingExamples) throws -> Evaluation {
    try form.evaluate(examples)
  }
}

extension AutoencodingSettings {
  /// What a sequence of text is.
  var unit: TextSequences.Unit { model.hierarchical ? .document : .sentence }

  /// Throws a `UserError` for a precision that the processor lacks.
  fileprivate func form(_ text: TextEncoding, team: WorkerTeam) throws -> TextForm {
    let (vocabulary, precision) = (text.vocabulary, try train.checkedPrecision)
    let shape = try model.configuration()
    let dropout = FedTokenDropout(
      rate: fedTokens.wordDropout, unknown: vocabulary.unknownID, seed: UInt64(train.seed))
    let recorder: any TextRecorder =
      switch unit {
      case .sentence:
        SentenceRecorder(
          SentenceAutoencoder(
            shape, vocabulary: vocabulary.count, embeddingSize: model.embedding,
            precision: precision), isReversed: model.reversed, dropout, team: team)
      case .document:
        DocumentRecorder(
          DocumentAutoencoder(
            shape, vocabulary: vocabulary.count, embeddingSize: model.embedding,
            precision: precision), dropout, team: team)
      }
    return TextForm(text, recorder, team: team)
  }
}
