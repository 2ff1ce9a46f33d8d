import Autodiff
import Compute
import Corpora
import Networks
import Parallel

/// What jobs over examples in memory share: a `SequenceModel`, its minibatches and its validation.
final class SequenceLearner {
  let model: SequenceModel<Float>
  let training: SequenceDataset
  let validation: SequenceDataset?
  let reader: SequenceReader
  private var batches: SequenceBatches
  private let recorder: SequenceRecorder

  /// - Parameter pool: minibatches that are sorted by length together, see `SequenceBatches`.
  init(
    _ model: SequenceModel<Float>, training: SequenceDataset, validation: SequenceDataset?,
    batchSize: Int, pool: Int = 1, seed: UInt64, team: WorkerTeam
  ) throws {
    self.model = model
    self.training = training
    self.validation = validation
    batches = try SequenceBatches(
      lengths: training.lengths, size: .sequences(batchSize),
      order: .shuffled(seed: seed, pool: pool))
    reader = SequenceReader(model, team: team)
    recorder = SequenceRecorder(model)
  }

  var updatesPerEpoch: Int { batches.updatesPerEpoch }

  func record(update: Int, on tape: Tape<Float>) -> RecordedMinibatch {
    recorder.record(training, rows: batches.batch(update: update), on: tape)
  }
}

extension SequenceDataset {
  /// `1,000 sequences of 12.3 steps` for summaries.
  var sizeText: String {
    let mean = Double(stepCount) / Double(max(count, 1))
    return "\(count) sequences of \((10 * mean).rounded() / 10) steps"
  }
}
