import Autodiff
import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Networks
import Parallel
import Runs

/// A model of music: at every step the probability of each of the 88 keys of a piano, given all
/// steps before. The keys of a step are independent of each other.
///
/// The first step is predicted from a step of zeros, every later one from the step before it and
/// the state. Where pieces have labels, the first input is the label: one-to-many. Source:
/// Boulanger-Lewandowski, Bengio & Vincent, "Modeling Temporal Dependencies in High-Dimensional
/// Sequences" (2012), their RNN.
public final class CompositionTask: SequenceTask, GradientMeasuring {
  public static let name = "compose"
  public static let commands = [
    TaskCommand(
      "compose", "Trains a model of music: at every step the next one's keys.",
      refusals: [
        "bidirectional": "reading backward, a composer has heard the step it is to predict"
      ])
  ]

  public let core: SequenceCore
  let transposition: Transposition
  /// For MIDI files.
  package let stepsPerQuarter: Int
  /// What a piece can be; nil where pieces are not labelled.
  let labels: LabelSet?

  // MARK: Examples

  public static func read(
    _ settings: CompositionSettings, _ workplace: Workplace
  ) throws -> (training: LabelledMusic, validation: LabelledMusic?) {
    let files = settings.data.music.compactMap(URL.init(named:))
    guard !files.isEmpty else {
      throw UserError.usage("no music to train on", hint: "name JSON files with --data")
    }
    let music = try JSONPianoRolls(contentsOf: files)
    return (
      LabelledMusic(pieces: music.train, labels: music.labels?.train, part: "train"),
      music.valid.isEmpty
        ? nil : LabelledMusic(pieces: music.valid, labels: music.labels?.valid, part: "valid")
    )
  }

  /// - Parameter files: JSON files, whose pieces in 'test' are measured, or MIDI files, a piece each.
  public func read(_ files: [URL]) throws -> LabelledMusic {
    if !files.isEmpty, files.allSatisfy(\.isMIDI) {
      return told(LabelledMusic(pieces: try files.map(piece), labels: nil, part: "MIDI files"))
    }
    guard let first = files.first, !files.contains(where: \.isMIDI) else {
      throw UserError.usage(
        files.isEmpty
          ? "no music to measure on" : "found \(files.count) files that are not all MIDI files",
        hint: "name JSON files, or MIDI files, with --data")
    }
    let music = try JSONPianoRolls(contentsOf: files)
    guard !music.test.isEmpty else {
      throw UserError("'\(first.relativePath)' has no piece in 'test'", hint: "add some")
    }
    return told(LabelledMusic(pieces: music.test, labels: music.labels?.test, part: "test"))
  }

  /// With what can only be answered worse than in training.
  private func told(_ music: LabelledMusic) -> LabelledMusic {
    var music = music
    if labels != nil, music.labels == nil {
      music.faults = ["the pieces have no labels, with which the run learnt: they are read without"]
    }
    return music
  }

  public func examples(_ source: LabelledMusic) throws -> MusicExamples {
    let ids = try labelIDs(source)
    var (inputs, targets) = (
      VectorSequences(width: start(label: nil).count), VectorSequences(width: PianoRoll.keyCount)
    )
    for (index, piece) in source.pieces.enumerated() {
      try targets.append(piece.vectors)
      try inputs.append(
        start(label: ids?[index]) + (0..<piece.stepCount - 1).flatMap { input(piece, step: $0) })
    }
    return MusicExamples(
      dataset: SequenceDataset(.vectors(inputs), .stepVectors(targets)), part: source.part)
  }

  private func labelIDs(_ source: LabelledMusic) throws -> [Int32]? {
    guard let labels, let names = source.labels else { return nil }
    return try names.enumerated().map { index, name in
      guard let id = labels.id(name) else {
        throw labels.unknown(name, at: "\(source.part), piece \(index + 1)")
      }
      return id
    }
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

  // MARK: Model

  public convenience init(
    learning source: LabelledMusic, _ settings: CompositionSettings, _ workplace: Workplace
  ) throws {
    try self.init(
      settings, source.labels.map { LabelSet($0) }, workplace)
  }

  public convenience init(
    opening folder: RunFolder, _ settings: CompositionSettings, _ workplace: Workplace
  ) throws {
    let isLabelled = FileManager.default.fileExists(atPath: folder.labels.path)
    try self.init(
      settings, isLabelled ? try LabelSet(contentsOf: folder.labels) : nil, workplace)
  }

  private init(
    _ settings: CompositionSettings, _ labels: LabelSet?, _ workplace: Workplace
  ) throws {
    self.labels = labels
    stepsPerQuarter = settings.data.stepsPerQuarter
    transposition = Transposition(
      reach: settings.data.transpose, seed: UInt64(settings.train.seed))
    let width = PianoRoll.keyCount + (labels?.count ?? 0)
    core = SequenceCore(
      SequenceModel(
        SequenceModelConfiguration(
          input: .vectors(width: width),
          stack: try settings.model.stack.configuration(inputSize: width), pooling: nil,
          head: .sigmoid(labels: PianoRoll.keyCount)),
        precision: try settings.train.checkedPrecision), team: workplace.team)
  }

  public var artifacts: [Artifact] { labels.map { [.labels($0)] } ?? [] }
  /// A step is the keys, then a place for each label.
  public var namedAxes: [NamedAxis] {
    let keys = PianoRoll.keys.map { "\u{0}key \($0)" }
    return parameters.parameters.filter { $0.name.hasPrefix("rnn.weight_ih_l0") }.map {
      NamedAxis($0.name, .columns, kind: "label", names: keys + (labels?.names ?? []))
    }
  }
  public var summary: String { labels.map { "\($0.count) labels" } ?? "" }

  // MARK: Learning and measuring

  public func order(
    _ examples: MusicExamples, _ settings: CompositionSettings
  ) throws -> any ExampleOrder {
    try SequenceBatches(examples.lengths, settings.train, pool: 1)
  }

  public func dataset(_ examples: MusicExamples) -> SequenceDataset { examples.dataset }

  public func record(
    _ examples: MusicExamples, rows: [Int], _ progress: UpdateProgress, on tape: Tape<Float>
  ) -> RecordedMinibatch {
    guard transposition.reach > 0 else {
      return core.recorder.record(examples.dataset, rows: rows, on: tape)
    }
    return core.recorder.record(
      transposition.moved(examples.dataset, rows, update: progress.update),
      rows: Array(rows.indices), on: tape)
  }

  /// Negative log-likelihood a step: summed over the keys, averaged over all steps of all pieces.
  public func evaluate(_ examples: MusicExamples) -> Evaluation {
    guard case .stepVectors(let truth) = examples.dataset.targets else {
      preconditionFailure("no steps")
    }
    var scores = LikelihoodScores()
    core.reader.read(examples.dataset) { reading in
      let steps = truth[reading.example]
      for (step, logits) in reading.outputs.enumerated() {
        let first = steps.startIndex + step * logits.count
        scores.add(logits: logits, truth: steps[first..<first + logits.count])
      }
    }
    return Evaluation(
      score: Score(
        loss: scores.nllPerStep,
        figures: [.init("nll_per_step", scores.nllPerStep, .nats, .lowerIsBetter)],
        count: scores.stepCount, text: String(format: "%.4f nats a step", scores.nllPerStep)),
      report: "\(examples.part): \(examples.count) pieces, \(scores.stepCount) steps",
      details: [
        .init("part", .string(examples.part)), .init("pieces", .integer(examples.count)),
      ])
  }
}

extension CompositionTask: EnsembleMeasuring {}

extension CompositionTask: Predicting {
  /// One piece a line, as in the JSON files: `[[60,64],[62]]`.
  public func queries() -> any QueryReader<PianoRoll> {
    LineQueries { line, place in try PianoRoll(line: line, at: place) }
  }

  /// The keys that are more probable than not at the step that follows.
  public func predict(_ queries: [PianoRoll]) -> [Prediction] {
    let inputs = VectorSequences(
      width: start(label: nil).count,
      queries.map { piece in
        start(label: nil) + (0..<piece.stepCount).flatMap { input(piece, step: $0) }
      })
    return core.reader.readings(of: SequenceDataset(.vectors(inputs), .none)).map { reading in
      let probabilities = (reading.outputs.last ?? []).map { Scalar.sigmoid($0) }
      let keys = probabilities.indices.filter { probabilities[$0] > 0.5 }
        .map { Int(PianoRoll.keys.lowerBound) + $0 }
      return Prediction(
        text: keys.map(String.init).joined(separator: " "),
        json: [
          "notes": .array(keys.map { .integer($0) }), "probabilities": .numbers(probabilities),
        ])
    }
  }
}

extension URL {
  fileprivate var isMIDI: Bool { ["mid", "midi"].contains(contentExtension) }
}
