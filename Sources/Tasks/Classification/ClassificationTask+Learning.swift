import Autodiff
import Compute
import Corpora
import Runs

extension ClassificationTask {
  public func order(
    _ examples: SequenceDataset, _ settings: ClassificationSettings
  ) throws -> any ExampleOrder {
    guard settings.data.weights.balance, case .classes(let classes, _) = examples.targets else {
      return try SequenceBatches(examples.lengths, settings.train, pool: 8)
    }
    return BalancedBatches(
      lengths: examples.lengths, classes: classes, batch: settings.train.sequencesPerUpdate,
      seed: UInt64(settings.train.seed), pool: 8)
  }

  public func record(
    _ examples: SequenceDataset, rows: [Int], _ progress: UpdateProgress, on tape: Tape<Float>
  ) -> RecordedMinibatch {
    core.recorder.record(
      examples, rows: rows, classWeights: weights?.values, smoothing: smoothing, on: tape)
  }
}

extension BalancedBatches: ExampleOrder {
  public mutating func rows(update: Int) -> [Int] { batch(update: update) }
  public var largestMinibatch: [Int] { largestBatch }
}
