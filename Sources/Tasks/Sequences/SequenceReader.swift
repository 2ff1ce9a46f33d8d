import Autodiff
import Compute
import Corpora
import Measures
import Networks
import Parallel
import Runs

/// Runs a `SequenceModel` over examples without training: dropout off, every example once.
///
/// Not thread-safe; the work is shared by the team.
package final class SequenceReader {
  package let model: SequenceModel<Float>
  private let team: WorkerTeam
  private let tape: Tape<Float>
  private let recorder: SequenceRecorder
  private let batchSize: Int
  /// Models that answer together with this one: see `readings`.
  package var others: [SequenceReader] = []

  package init(_ model: SequenceModel<Float>, team: WorkerTeam, batchSize: Int = 64) {
    self.model = model
    self.team = team
    self.batchSize = batchSize
    tape = Tape(workers: team.count, precision: model.precision)
    recorder = SequenceRecorder(model)
  }

  /// What was read of one example.
  package struct Reading {
    package let example: Int
    /// The outputs of each step, or of the whole sequence as the only one: logits or numbers.
    package let outputs: [[Float]]
    /// How much of each step an attending model took; empty for others.
    package let attention: [Float]
  }

  /// Reads all of `data`, in any order: by this model and `others` together, if there are some.
  ///
  /// - Returns: the sum of the losses and the number of predictions; zeros without targets.
  @discardableResult
  package func read(
    _ data: SequenceDataset, visit: (Reading) -> Void
  ) -> (loss: Double, count: Int) {
    guard !others.isEmpty else { return readAlone(data, visit: visit) }
    return readings(of: data).reduce((0.0, 0)) { sum, reading in
      visit(reading)
      let (nats, count) = reading.crossEntropy(data.targets)
      return (sum.0 + nats, sum.1 + count)
    }
  }

  private func readAlone(
    _ data: SequenceDataset, visit: (Reading) -> Void
  ) -> (loss: Double, count: Int) {
    var (loss, count) = (0.0, 0)
    data.lengths.forEachBatchByLength(batchSize, expecting: data.expect) { rows in
      guard !team.isCancelled else { return }
      tape.begin(training: false)
      let (outputs, features, minibatch) = recorder.recordOutputs(data, rows: rows, on: tape)
      let tape = tape
      team.run { tape.forward($0) }
      if let minibatch {
        loss += minibatch.losses.reduce(0) { $0 + $1.sum }
        count += minibatch.count
      }
      let layout = outputs.plan.layout
      for (row, example) in rows.enumerated() {
        let steps = (0..<layout.lengths[row]).map { layout.offsets[$0] + row }
        visit(
          Reading(
            example: example,
            outputs: (outputs.extent == .sequences ? [row] : steps).map {
              Array(UnsafeBufferPointer(start: outputs.value.row($0), count: outputs.columns))
            },
            attention: features.attention.map { weights in steps.map { weights[$0, 0] } } ?? []))
      }
    }
    return (loss, count)
  }

  /// What was read of each example, in their order: by this model and `others` together, if there are
  /// some.
  package func readings(of data: SequenceDataset) -> [Reading] {
    let mine = ownReadings(of: data)
    guard !others.isEmpty else { return mine }
    let theirs = others.map { $0.ownReadings(of: data) }
    return mine.indices.map { example in
      let all = [mine[example]] + theirs.map { $0[example] }
      let attention = all.map(\.attention)
      return Reading(
        example: example,
        outputs: mine[example].outputs.indices.map { step in mean(all.map { $0.outputs[step] }) },
        attention: attention.allSatisfy { $0.count == attention[0].count }
          ? EnsembleMean.ofNumbers(attention) : [])
    }
  }

  private func mean(_ outputs: [[Float]]) -> [Float] {
    switch model.configuration.head {
    case .softmax: EnsembleMean.ofClasses(outputs)
    case .sigmoid: EnsembleMean.ofLabels(outputs)
    case .regression: EnsembleMean.ofNumbers(outputs)
    case .quantiles(_, let levels):
      EnsembleMean.ofNumbers(outputs.map { Self.rising($0, by: levels.count) })
    }
  }

  /// Nothing keeps learnt quantiles of a number from crossing: each model's own are brought in order first.
  private static func rising(_ outputs: [Float], by size: Int) -> [Float] {
    stride(from: 0, to: outputs.count, by: size).flatMap { outputs[$0..<$0 + size].sorted() }
  }

  private func ownReadings(of data: SequenceDataset) -> [Reading] {
    var readings = [Reading?](repeating: nil, count: data.count)
    _ = readAlone(data) { readings[$0.example] = $0 }
    return readings.compactMap(\.self)
  }

  /// The loss of each example, which has a target at every step: nats and predictions.
  package func losses(of data: SequenceDataset) -> [(nats: Double, count: Int)] {
    var losses = [(nats: Double, count: Int)](repeating: (0, 0), count: data.count)
    data.lengths.forEachBatchByLength(batchSize, expecting: data.expect) { rows in
      guard !team.isCancelled else { return }
      tape.begin(training: false)
      let (outputs, _, minibatch) = recorder.recordOutputs(data, rows: rows, on: tape)
      let tape = tape
      team.run { tape.forward($0) }
      let layout = outputs.plan.layout
      for loss in minibatch?.losses ?? [] {
        for (row, example) in rows.enumerated() {
          for step in 0..<layout.lengths[row] {
            losses[example].nats += Double(loss.terms[layout.offsets[step] + row, 0])
          }
          losses[example].count += layout.lengths[row]
        }
      }
    }
    return losses
  }
}

extension SequenceReader.Reading {
  /// What a mean of probabilities costs, and the predictions that are counted: in nats, from the logarithms
  /// that `EnsembleMean` writes.
  fileprivate func crossEntropy(_ targets: SequenceDataset.Targets) -> (nats: Double, count: Int) {
    var scores = LikelihoodScores()
    switch targets {
    case .classes(let list, let count):
      return list[example] < count ? (-Double(outputs[0][Int(list[example])]), 1) : (0, 0)
    case .labels(let list, _):
      let known = outputs[0].indices
      scores.add(
        logits: outputs[0], truth: known.map { list[example].contains(Int32($0)) ? 1 : 0 })
    case .stepVectors(let sequences):
      let steps = Array(sequences[example])
      for (step, logits) in outputs.enumerated() {
        scores.add(
          logits: logits, truth: steps[step * sequences.width..<(step + 1) * sequences.width])
      }
    case .none: break
    case .numbers, .vectors, .stepClasses: preconditionFailure("no mean of probabilities")
    }
    return (scores.total, scores.stepCount)
  }
}
