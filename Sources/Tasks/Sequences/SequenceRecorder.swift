import Autodiff
import Compute
import Corpora
import Networks
import Parallel
import Runs

/// Puts examples of a dataset on a tape as a `SequenceModel` reads them.
///
/// Ids and classes stay in its own memory until the next minibatch; vectors in the tape's.
package final class SequenceRecorder {
  let model: SequenceModel<Float>
  private let words: KnownWords?
  private var ids = AlignedBuffer<Int32>(count: 64)
  private var bagTokens = AlignedBuffer<Int32>(count: 64)
  private var bagStarts = AlignedBuffer<Int32>(count: 64)
  private var classes = AlignedBuffer<Int32>(count: 64)
  private var weights = AlignedBuffer<Float>(count: 64)

  /// - Parameter words: where steps are tokens.
  init(_ model: SequenceModel<Float>, words: KnownWords? = nil) {
    self.model = model
    self.words = words
  }

  /// Records the examples `rows` of `data`, longest first, with their loss.
  ///
  /// - Parameters:
  ///   - classWeights: what an example of each class counts; nil for 1.
  ///   - smoothing: share of a class's probability that all classes get alike.
  func record(
    _ data: SequenceDataset, rows: [Int], classWeights: [Float]? = nil, smoothing: Double = 0,
    on tape: Tape<Float>
  ) -> RecordedMinibatch {
    let plan = plan(data, rows, on: tape)
    let features = model.record(input(data, rows, plan, on: tape), plan: plan, on: tape)
    let (loss, count) = model.loss(
      features, targets(data, rows, plan, on: tape),
      rowWeights: classWeights.flatMap { rowWeights(data, rows, $0) }, smoothing: smoothing,
      on: tape)
    return RecordedMinibatch(losses: [loss], count: count, tokens: plan.layout.tokenCount)
  }

  /// Records the examples up to the outputs, with their loss where there are targets.
  func recordOutputs(
    _ data: SequenceDataset, rows: [Int], on tape: Tape<Float>
  ) -> (outputs: Variable<Float>, features: SequenceFeatures<Float>, minibatch: RecordedMinibatch?)
  {
    let plan = plan(data, rows, on: tape)
    let features = model.record(input(data, rows, plan, on: tape), plan: plan, on: tape)
    let outputs = model.outputs(features, on: tape)
    if case .none = data.targets { return (outputs, features, nil) }
    let (loss, count) = model.loss(features, targets(data, rows, plan, on: tape), on: tape)
    return (
      outputs, features,
      RecordedMinibatch(losses: [loss], count: count, tokens: plan.layout.tokenCount)
    )
  }

  /// Records the examples `rows` of `data`, longest first, with the loss of each one's last
  /// prediction alone, as their mean; `model` predicts once a sequence.
  ///
  /// - Returns: h of every layer.
  func recordLastStep(
    _ data: SequenceDataset, rows: [Int], on tape: Tape<Float>
  ) -> [Variable<Float>] {
    let plan = plan(data, rows, on: tape)
    let features = model.record(input(data, rows, plan, on: tape), plan: plan, on: tape)
    let targets: SequenceTargets<Float>
    switch data.targets {
    case .stepClasses(let sequences, _):
      reserve(&classes, rows.count)
      for (row, example) in rows.enumerated() {
        classes.base[row] = sequences[example].last { $0 >= 0 } ?? -1
      }
      targets = .classes(UnsafeBufferPointer(start: classes.base, count: rows.count))
    case .stepVectors(let sequences):
      let values = tape.arena.matrix(rows: rows.count, columns: sequences.width)
      values.fill(0)
      for (row, example) in rows.enumerated() {
        for (column, value) in sequences[example].suffix(sequences.width).enumerated() {
          values[row, column] = value
        }
      }
      targets = .values(values)
    default: targets = self.targets(data, rows, plan, on: tape)
    }
    _ = model.loss(features, targets, on: tape)
    return features.stack.hidden
  }

  private func plan(
    _ data: SequenceDataset, _ rows: [Int], on tape: Tape<Float>
  ) -> RowPlan {
    tape.examplePlan(SequenceLayout(lengths: rows.map { data.lengths[$0] }))
  }

  private func input(
    _ data: SequenceDataset, _ rows: [Int], _ plan: RowPlan, on tape: Tape<Float>
  ) -> SequenceInput<Float> {
    let tokens = plan.layout.tokenCount
    switch data.inputs {
    case .ids(let sequences):
      reserve(&ids, tokens)
      sequences.pack(rows, into: ids.base)
      if tape.isTraining, let words, words.further != nil {
        for token in 0..<tokens { ids.base[token] = words.trained(ids.base[token]) }
      }
      return .tokens(UnsafeBufferPointer(start: ids.base, count: tokens))
    case .bags(let sequences):
      let count = sequences.idCount(rows)
      reserve(&ids, count)
      reserve(&bagTokens, count)
      reserve(&bagStarts, tokens + 1)
      sequences.pack(
        rows, into: ids.base, tokens: bagTokens.base, tokenStarts: bagStarts.base)
      return .bags(
        TokenBags(
          ids: UnsafeBufferPointer(start: ids.base, count: count),
          tokens: UnsafeBufferPointer(start: bagTokens.base, count: count),
          starts: UnsafeBufferPointer(start: bagStarts.base, count: tokens + 1)))
    case .vectors(let sequences): return .vectors(packed(sequences, rows, tokens, on: tape))
    }
  }

  private func targets(
    _ data: SequenceDataset, _ rows: [Int], _ plan: RowPlan, on tape: Tape<Float>
  ) -> SequenceTargets<Float> {
    let tokens = plan.layout.tokenCount
    switch data.targets {
    case .none: preconditionFailure("nothing to learn from")
    case .classes(let list, let count):
      reserve(&classes, rows.count)
      for (row, example) in rows.enumerated() {
        classes.base[row] = list[example] < count ? list[example] : -1
      }
      return .classes(UnsafeBufferPointer(start: classes.base, count: rows.count))
    case .stepClasses(let sequences, _):
      reserve(&classes, tokens)
      sequences.pack(rows, into: classes.base)
      return .classes(UnsafeBufferPointer(start: classes.base, count: tokens))
    case .labels(let list, let count):
      let values = tape.arena.matrix(rows: rows.count, columns: count)
      values.fill(0)
      for (row, example) in rows.enumerated() {
        for label in list[example] where label < count { values[row, Int(label)] = 1 }
      }
      return .values(values)
    case .numbers(let list):
      let values = tape.arena.matrix(rows: rows.count, columns: 1)
      values.fill(0)
      for (row, example) in rows.enumerated() { values[row, 0] = list[example] }
      return .values(values)
    case .vectors(let sequences):
      let values = tape.arena.matrix(rows: rows.count, columns: sequences.width)
      values.fill(0)
      for (row, example) in rows.enumerated() {
        for (column, value) in sequences[example].enumerated() { values[row, column] = value }
      }
      return .values(values)
    case .stepVectors(let sequences): return .values(packed(sequences, rows, tokens, on: tape))
    }
  }

  private func packed(
    _ sequences: VectorSequences, _ rows: [Int], _ tokens: Int, on tape: Tape<Float>
  ) -> Matrix<Float> {
    let values = tape.arena.matrix(rows: tokens, columns: sequences.width)
    sequences.pack(rows, into: values.base, stride: values.stride)
    return values
  }

  /// What each row's class weighs.
  private func rowWeights(
    _ data: SequenceDataset, _ rows: [Int], _ classWeights: [Float]
  ) -> UnsafeBufferPointer<Float>? {
    guard case .classes(let list, _) = data.targets else { return nil }
    reserve(&weights, rows.count)
    for (row, example) in rows.enumerated() {
      weights.base[row] = classWeights[Int(list[example])]
    }
    return UnsafeBufferPointer(start: weights.base, count: rows.count)
  }

  /// Grows by doubling, so that a run soon allocates no more.
  private func reserve<Element>(_ buffer: inout AlignedBuffer<Element>, _ count: Int) {
    if buffer.count < count { buffer = AlignedBuffer(count: max(count, 2 * buffer.count)) }
  }
}
