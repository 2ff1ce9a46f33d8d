import Compute
import Corpora
import Foundation
import Interchange
import Networks

/// A model of music: at every step the probability of each of the 88 keys of a piano, given all
/// steps before. The keys of a step are independent of each other.
///
/// The first step is predicted from a step of zeros, every later one from the step before it and
/// the state. Where pieces have labels, the first input is the label: one-to-many. Source: Boulanger-Lewandowski, Bengio & Vincent, "Modeling Temporal Dependencies in
/// High-Dimensional Sequences" (2012), their RNN.
package struct Composer {
  package let model: SequenceModel<Float>
  /// For MIDI files.
  package let stepsPerQuarter: Int
  /// What a piece can be; nil where pieces are not labelled.
  package let labels: LabelSet?

  init(_ configuration: ResolvedConfiguration, labels: LabelSet?, seed: UInt64) throws {
    self.labels = labels
    let width = PianoRoll.keyCount + (labels?.count ?? 0)
    stepsPerQuarter = configuration.integer("data.steps_per_quarter")
    model = try SequenceModel(
      checking: SequenceModelConfiguration(
        input: .vectors(width: width),
        stack: try StackConfiguration(configuration, inputSize: width), pooling: nil,
        head: .sigmoid(labels: PianoRoll.keyCount)),
      precision: try Precision(checking: configuration)
    ).allocated(seed: seed)
  }

  /// What is read before the first step: the label, or zeros.
  func start(label: Int32?) -> [Float] {
    var vector = [Float](repeating: 0, count: PianoRoll.keyCount + (labels?.count ?? 0))
    if let label { vector[PianoRoll.keyCount + Int(label)] = 1 }
    return vector
  }

  /// What is read after `step` of `piece`.
  func input(_ piece: PianoRoll, step: Int) -> [Float] {
    piece.vector(ofStep: step) + [Float](repeating: 0, count: labels?.count ?? 0)
  }

  /// The id of a label. Throws a usage `UserError` for one that was not trained.
  package func label(named name: String) throws -> Int32 {
    guard let labels else {
      throw UserError.usage(
        "--label \(name): the pieces of this run had no labels",
        hint: "drop the option, or train on a file with 'labels'")
    }
    guard let id = labels.id(name) else { throw labels.unknown(name, at: "--label") }
    return id
  }

  /// The ids of `names`, where the model has labels. Throws a `UserError` for one that was not
  /// trained.
  func labelIDs(_ names: [String]?, of part: String) throws -> [Int32]? {
    guard let labels, let names else { return nil }
    return try names.enumerated().map { index, name in
      guard let id = labels.id(name) else {
        throw labels.unknown(name, at: "\(part), piece \(index + 1)")
      }
      return id
    }
  }

  /// Each piece with the step before as input and the step itself as target.
  func dataset(_ pieces: [PianoRoll], labels ids: [Int32]? = nil) -> SequenceDataset {
    let start = start(label: nil)
    var (inputs, targets) = (
      VectorSequences(width: start.count), VectorSequences(width: PianoRoll.keyCount)
    )
    for (index, piece) in pieces.enumerated() {
      targets.append(piece.vectors)
      inputs.append(
        self.start(label: ids?[index])
          + (0..<piece.stepCount - 1).flatMap { input(piece, step: $0) })
    }
    return SequenceDataset(.vectors(inputs), .stepVectors(targets))
  }

  /// The labels of the run in `folder`.
  static func labels(in folder: RunFolder) throws -> LabelSet? {
    FileManager.default.fileExists(atPath: folder.labels.path)
      ? try LabelSet(contentsOf: folder.labels) : nil
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
