import Autodiff
import Compute
import Corpora
import Foundation
import Networks
import Parallel
import Runs

/// What tasks share whose model is a `SequenceModel`, and whose examples a `SequenceDataset`.
public protocol SequenceTask: TrainingTask where Examples == SequenceDataset {
  var core: SequenceCore { get }
}

/// A `SequenceModel` with what puts examples on a tape and what reads them.
public struct SequenceCore {
  package let model: SequenceModel<Float>
  package let reader: SequenceReader
  package let recorder: SequenceRecorder
  package let team: WorkerTeam

  /// Where steps are tokens.
  let words: KnownWords?

  package init(_ model: SequenceModel<Float>, team: WorkerTeam) {
    self.init(model, words: nil, team: team)
  }

  init(_ model: SequenceModel<Float>, words: KnownWords?, team: WorkerTeam) {
    self.model = model
    self.words = words
    self.team = team
    reader = SequenceReader(model, team: team)
    recorder = SequenceRecorder(model, words: words)
  }
}

extension SequenceTask {
  public var parameters: ParameterStore<Float> { core.model.parameters }
  public var precision: Precision { core.model.precision }

  public func order(_ examples: SequenceDataset, _ settings: Settings) throws -> any ExampleOrder {
    try SequenceBatches(examples.lengths, settings.train, pool: 8)
  }

  public func record(
    _ examples: SequenceDataset, rows: [Int], _ progress: UpdateProgress, on tape: Tape<Float>
  ) -> RecordedMinibatch {
    core.recorder.record(examples, rows: rows, on: tape)
  }

  package func gradientFlow(_ files: [URL], lags: Int) throws -> GradientFlow {
    try GradientFlow(
      core.model, try examples(try read(files)), words: core.words, lags: lags, team: core.team)
  }
}

extension SequenceTask where Self: Ensembling {
  package func join(_ others: [Self]) { core.reader.others = others.map(\.core.reader) }
}

extension SequenceDataset: ExampleSet {
  /// `1,000 sequences of 12.3 steps` for summaries.
  public var sizeText: String {
    let mean = Double(stepCount) / Double(max(count, 1))
    return "\(count) sequences of \((10 * mean).rounded() / 10) steps"
  }
}

extension SequenceDataset: CountedSource {}
