import Autodiff
import Compute
import Corpora
import Foundation
import Networks
import Parallel
import Runs

/// What tasks share whose model is a `SequenceModel`.
public protocol SequenceTask: TrainingTask {
  var core: SequenceCore { get }
  /// The examples as the model reads them.
  func dataset(_ examples: Examples) -> SequenceDataset
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

  public func record(
    _ examples: Examples, rows: [Int], _ progress: UpdateProgress, on tape: Tape<Float>
  ) -> RecordedMinibatch {
    core.recorder.record(dataset(examples), rows: rows, on: tape)
  }

  package func gradientFlow(_ files: [URL], lags: Int) throws -> GradientFlow {
    try GradientFlow(
      core.model, dataset(try examples(try read(files))), words: core.words, lags: lags,
      team: core.team)
  }
}

extension SequenceTask where Self: Ensembling {
  package func join(_ others: [Self]) { core.reader.others = others.map(\.core.reader) }
}

extension SequenceTask where Examples == SequenceDataset {
  public func dataset(_ examples: SequenceDataset) -> SequenceDataset { examples }
}

extension SequenceDataset: SequenceExamples, CountedSource {
  /// `1,000 sequences of 12.3 steps` for summaries.
  public var sizeText: String {
    let mean = Double(stepCount) / Double(max(count, 1))
    return "\(count) sequences of \((10 * mean).rounded() / 10) steps"
  }
}
