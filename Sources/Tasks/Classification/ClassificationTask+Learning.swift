import Autodiff
import Compute
import Corpora
import Runs

extension ClassificationTask {
  public func order(
    _ examples: SequenceDataset, _ settings: ClassificationSettings
  ) throws -> any ExampleOrder {
    func classes() -> LongList<Int32>? {
      guard case .classes(let classes, _) = examples.targets else { return nil }
      return classes
    }
    return try settings.data.weights.order(
      examples.lengths, classes: classes(), settings.train, pool: 8)
  }

  public func record(
    _ examples: SequenceDataset, rows: [Int], _ progress: UpdateProgress, on tape: Tape<Float>
  ) -> RecordedMinibatch {
    core.recorder.record(
      examples, rows: rows, classWeights: weights?.values, smoothing: smoothing, on: tape)
  }
}
