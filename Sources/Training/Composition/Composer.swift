import Compute
import Corpora
import Foundation
import Interchange
import Networks

/// A model of music: at every step the probability of each of the 88 keys of a piano, given all
/// steps before. The keys of a step are independent of each other.
///
/// The first step is predicted from a step of zeros, every later one from the step before it and
/// the state. Source: Boulanger-Lewandowski, Bengio & Vincent, "Modeling Temporal Dependencies in
/// High-Dimensional Sequences" (2012), their RNN.
public struct Composer {
  public let model: SequenceModel<Float>
  /// For MIDI files.
  public let stepsPerQuarter: Int

  init(_ configuration: ResolvedConfiguration, seed: UInt64) throws {
    stepsPerQuarter = configuration.integer("data.steps_per_quarter")
    model = try SequenceModel(
      checking: SequenceModelConfiguration(
        input: .vectors(width: PianoRoll.keyCount),
        stack: try StackConfiguration(configuration, inputSize: PianoRoll.keyCount), pooling: nil,
        head: .sigmoid(labels: PianoRoll.keyCount)),
      precision: try Precision(checking: configuration), seed: seed)
  }

  /// Each piece with the step before as input and the step itself as target.
  static func dataset(_ pieces: [PianoRoll]) -> SequenceDataset {
    let width = PianoRoll.keyCount
    var (inputs, targets) = (VectorSequences(width: width), VectorSequences(width: width))
    for piece in pieces {
      let steps = piece.vectors
      targets.append(steps)
      inputs.append([Float](repeating: 0, count: width) + steps.dropLast(width))
    }
    return SequenceDataset(.vectors(inputs), .stepVectors(targets))
  }

  /// Negative log-likelihood a step: summed over the keys, averaged over all steps of all pieces.
  func evaluate(_ data: SequenceDataset, _ reader: SequenceReader) -> Evaluation {
    guard case .stepVectors(let truth) = data.targets else { preconditionFailure("no steps") }
    var scores = LikelihoodScores()
    reader.read(data) { reading in
      let steps = truth[reading.example]
      for (step, logits) in reading.outputs.enumerated() {
        let first = steps.startIndex + step * logits.count
        scores.add(logits: logits, truth: steps[first..<first + logits.count])
      }
    }
    return Evaluation(
      score: TaskScore(
        loss: scores.nllPerStep, measures: [.init("nll_per_step", scores.nllPerStep)],
        count: scores.stepCount, text: String(format: "%.4f nats a step", scores.nllPerStep)))
  }
}

extension PianoRoll {
  /// 1 for the keys that sound at `step`, 0 for the others.
  func vector(ofStep step: Int) -> [Float] {
    [Float](unsafeUninitializedCapacity: Self.keyCount) { values, count in
      if let base = values.baseAddress { write(step: step, to: base) }
      count = Self.keyCount
    }
  }

  /// All steps, one after the other.
  var vectors: [Float] { (0..<stepCount).flatMap(vector(ofStep:)) }
}
