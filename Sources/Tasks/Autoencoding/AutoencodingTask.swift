import Autodiff
import Compute
import Corpora
import Foundation
import Measures
import Networks
import Parallel
import Runs

/// Sequence in, vector, the same sequence out: sentences, documents or recorded segments.
package final class AutoencodingTask: TrainingTask {
  package static let name = "autoencode"
  package static let commands = [
    TaskCommand(
      "autoencode",
      "Trains a network to make sequences vectors, from which it makes them again.")
  ]

  let form: any AutoencoderForm

  // MARK: Examples

  package static func read(
    _ settings: AutoencodingSettings, _ workplace: Workplace
  ) throws -> (training: AutoencodingSource, validation: AutoencodingSource?) {
    let valid = URL(named: settings.data.valid)
    if let folder = URL(named: settings.data.audio) {
      let (features, team) = (settings.features.configuration, workplace.team)
      let training = try Recordings(in: folder, features, team: team)
      let validation = try valid.map {
        try Recordings(
          in: $0, features, sampleRate: training.utterances.sampleRate, team: team)
      }
      return (
        AutoencodingSource(.recordings(training), .training),
        validation.map { AutoencodingSource(.recordings($0), .validation) }
      )
    }
    guard let file = URL(named: settings.data.text) else {
      throw UserError.usage("no sequences to train on", hint: "use --text FILE or --audio DIR")
    }
    let unit: TextSequences.Unit = settings.model.hierarchical ? .document : .sentence
    return (
      AutoencodingSource(.text(try TextSequences(contentsOf: file, unit)), .training),
      try valid.map {
        AutoencodingSource(.text(try TextSequences(contentsOf: $0, unit)), .validation)
      }
    )
  }

  package static func heldOut(_ settings: AutoencodingSettings) -> HeldOut? {
    settings.data.division.heldOut
  }

  package func read(_ files: [URL]) throws -> AutoencodingSource { try form.read(files) }

  package func examples(_ source: AutoencodingSource) throws -> AutoencodingExamples {
    try form.examples(source)
  }

  // MARK: Model

  package init(
    learning source: AutoencodingSource, _ settings: AutoencodingSettings, _ workplace: Workplace
  ) throws {
    let team = workplace.team
    form =
      switch source.content {
      case .recordings(let recordings):
        try SegmentForm(
          settings, RecordingFormat(sampleRate: recordings.utterances.sampleRate),
          partners: Partners(of: recordings, settings, team: team), team: team)
      case .text(let sequences):
        try Self.textForm(
          settings, TextEncoding(learning: sequences, settings.data), team: team)
      }
  }

  package init(
    opening folder: RunFolder, _ settings: AutoencodingSettings, _ workplace: Workplace
  ) throws {
    let team = workplace.team
    form =
      settings.data.audio.isEmpty
      ? try Self.textForm(
        settings, TextEncoding(settings.data, Vocabulary(contentsOf: folder.vocabulary)), team: team
      )
      : try SegmentForm(
        settings, RecordingFormat(contentsOf: folder.recordings), partners: nil, team: team)
  }

  private static func textForm(
    _ settings: AutoencodingSettings, _ text: TextEncoding, team: WorkerTeam
  ) throws -> any AutoencoderForm {
    settings.model.hierarchical
      ? try DocumentForm(settings, text, team: team)
      : try SentenceForm(settings, text, team: team)
  }

  package var artifacts: [Artifact] { [form.artifact] }
  package var parameters: ParameterStore<Float> { form.parameters }
  package var precision: Precision { form.precision }
  package var summary: String { form.summary }

  // MARK: Learning and measuring

  package func order(
    _ examples: AutoencodingExamples, _ settings: AutoencodingSettings
  ) throws -> any ExampleOrder {
    try SequenceBatches(examples.lengths, settings.train, pool: 8)
  }

  package func record(
    _ examples: AutoencodingExamples, rows: [Int], _ progress: UpdateProgress,
    on tape: Tape<Float>
  ) -> RecordedMinibatch {
    form.record(examples, rows: rows, update: progress.update, on: tape)
  }

  package var progressFigure: ProgressSnapshot.Measure? { form.progressFigure }

  package func validate(_ examples: AutoencodingExamples) -> Score { form.score(examples) }

  package func evaluate(_ examples: AutoencodingExamples) throws -> Evaluation {
    try form.evaluate(examples)
  }
}
