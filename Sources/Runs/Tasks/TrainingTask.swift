import Autodiff
import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Networks
import Parallel

/// What is learnt from examples: how they are read, the model that learns them, how a minibatch of
/// them is recorded, how the model is measured. What it can do once it is trained are abilities
/// (`Predicting`, `Sampling`, …), protocols that it conforms to as well.
///
/// An object of a task holds its model and what prediction needs beside the weights. It is made in
/// two ways: by learning vocabularies and labels from examples, to be trained, and from a run folder,
/// to be used. All else belongs to the engine and is the same for all tasks: division of the data,
/// order, batches, memory checks, checkpoints, resuming, evaluation and prediction in batches.
///
/// A new task is a type like this, its settings, and a line in the registry.
public protocol TrainingTask: AnyObject, SendableMetatype {
  associatedtype Settings: TaskSettings
  /// Examples as files hold them, before anything is learnt from them.
  associatedtype Source: ExampleSource
  /// Examples as the model reads them.
  associatedtype Examples: ExampleSet

  /// The value of `run.task` in configurations.
  static var name: String { get }
  /// How `unroll train` names it: most tasks have one command of the same name.
  static var commands: [TaskCommand] { get }
  /// What the settings say of holding out examples to validate on; nil: nothing is.
  static func heldOut(_ settings: Settings) -> HeldOut?

  /// Values of settings that nobody gave and that the data decide, such as the width of vectors in a
  /// file. Throws a `UserError` for data that contradict what was given.
  static func decided(by settings: Settings) throws -> [SettingsOverride]
  /// Keys of the settings that say how examples are read, paths aside: with those of `advisedKeys` and the
  /// network's, a run that begins with another one's weights takes them over.
  static var readingKeys: Set<String> { get }
  /// Keys of the settings that `advise` may speak of.
  static var advisedKeys: Set<String> { get }
  /// What settings should be that nobody gave, by the examples to train on: architecture, batch, epochs.
  ///
  /// The same examples give the same advice: nothing is tried out, nothing asked of the machine. What
  /// holds for any data is a setting's default, and none of this.
  static func advise(_ settings: Settings, _ source: Source) throws -> Advice
  /// Refuses what would do nothing with data of this kind, of a run that is to begin; one that has begun with
  /// it goes on. Throws `UserError.usage`.
  static func checkNewRun(_ settings: Settings, _ source: Source) throws

  // MARK: Examples

  /// Reads what the settings name to train on, and to validate on if that is named too; where it is
  /// not, the engine holds a part of the training data out (`heldOut`).
  static func read(
    _ settings: Settings, _ workplace: Workplace
  ) throws -> (training: Source, validation: Source?)
  /// Reads what a trained model is to be measured on, in the format that it was trained on.
  func read(_ files: [URL]) throws -> Source
  /// Looks the examples up in the vocabularies. Throws a `UserError` that names the place of one that
  /// makes no sense.
  func examples(_ source: Source) throws -> Examples

  // MARK: Model

  /// Learns vocabularies, labels and the like from the training part, and declares the model: its
  /// weights have no memory yet, so that what training will take can be checked first.
  init(learning source: Source, _ settings: Settings, _ workplace: Workplace) throws
  /// Reads what `artifacts` wrote, and declares the model.
  init(opening folder: RunFolder, _ settings: Settings, _ workplace: Workplace) throws
  /// Takes the memory of the weights and writes the first ones.
  func begin(seed: UInt64) throws
  /// Files that prediction needs beside the weights.
  var artifacts: [Artifact] { get }
  var parameters: ParameterStore<Float> { get }
  var precision: Precision { get }
  /// The model and its vocabularies in a line, without the number of parameters.
  var summary: String { get }
  /// What `unroll inspect` shows beside the weights.
  var facts: [Fact] { get }
  /// What rows and columns of weights stand for: so weights go from run to run (`--from`).
  var namedAxes: [NamedAxis] { get }
  /// What the task calls its layers that most call `embedding.` and `rnn.`, for weights of another task.
  static var layerNames: [String: String] { get }

  // MARK: Learning

  /// The minibatches of `examples` as they are trained on. Called once, for the training part.
  func order(_ examples: Examples, _ settings: Settings) throws -> any ExampleOrder
  /// Records a minibatch with its losses, on a tape that has begun.
  ///
  /// Which minibatch that is, and every random number in it, follow from `update`, the seed and the
  /// carried states alone: a resumed run repeats them exactly. Memory that the recording refers to
  /// stays until `finishUpdate`.
  ///
  /// - Parameters:
  ///   - rows: examples, longest first.
  ///   - update: counted from 0 over all epochs.
  func record(
    _ examples: Examples, rows: [Int], _ progress: UpdateProgress, on tape: Tape<Float>
  ) -> RecordedMinibatch
  /// Records minibatches that take the most memory, only to have it counted: nothing will be computed.
  /// In training, as the tape says, `rows` are those of `ExampleOrder.largestMinibatch`, in reading of
  /// `largestRead`.
  func recordLargest(_ examples: Examples, rows: [Int], on tape: Tape<Float>) throws
  /// Examples that are read together when the model is measured, and take the most memory; empty:
  /// that is next to nothing beside training.
  func largestRead(_ examples: Examples) -> [Int]
  /// The update that was recorded last is done.
  func finishUpdate()
  /// Where the data of a row of an update's minibatch stand, if rows are no examples; nil if they are.
  func place(ofRow row: Int, update: Int) -> String?
  /// What outlives a minibatch beside the weights, a row for each row of a minibatch; saved in checkpoints.
  var carriedStates: [(name: String, matrix: Matrix<Float>)] { get }

  // MARK: Measuring

  /// What progress shows beside the loss.
  var progressFigure: ProgressSnapshot.Measure? { get }
  /// The figure of a validation that picks the best weights, unless settings name another one.
  var monitored: String { get }
  /// Measures the model on validation data, as often as training asks.
  func validate(_ examples: Examples) throws -> Score
  /// Measures the model with all that is worth telling.
  func evaluate(_ examples: Examples) throws -> Evaluation
}

extension TrainingTask {
  public static var commands: [TaskCommand] { [TaskCommand(name)] }
  package static var schema: SettingsSchema {
    SettingsSchema(task: name, of: Settings.self, advised: advisedKeys)
  }
  /// What `DivisionSettings` among them say; nil if there are none.
  public static func heldOut(_ settings: Settings) -> HeldOut? {
    SettingsReflection.groups(of: settings).lazy.compactMap { $0 as? DivisionSettings }.first?
      .heldOut
  }
  public static func decided(by settings: Settings) throws -> [SettingsOverride] { [] }
  public static var readingKeys: Set<String> { [] }
  public static var advisedKeys: Set<String> { [] }
  public static func advise(_ settings: Settings, _ source: Source) throws -> Advice { Advice() }
  public static func checkNewRun(_ settings: Settings, _ source: Source) throws {}
  public func begin(seed: UInt64) throws { parameters.allocate(seed: seed) }
  public var artifacts: [Artifact] { [] }
  public var precision: Precision { .f32 }
  public var facts: [Fact] { [] }
  public var namedAxes: [NamedAxis] { [] }
  public static var layerNames: [String: String] { [:] }
  public func recordLargest(_ examples: Examples, rows: [Int], on tape: Tape<Float>) throws {
    _ = record(examples, rows: rows, UpdateProgress(update: 0, totalUpdates: 1), on: tape)
  }
  public func largestRead(_ examples: Examples) -> [Int] { [] }
  public func finishUpdate() {}
  public func place(ofRow row: Int, update: Int) -> String? { nil }
  public var carriedStates: [(name: String, matrix: Matrix<Float>)] { [] }
  public var progressFigure: ProgressSnapshot.Measure? { nil }
  public var monitored: String { "loss" }
  public func validate(_ examples: Examples) throws -> Score {
    try evaluate(examples).score
  }

  /// Measures the model on files.
  ///
  /// - Parameters:
  ///   - isStrict: whether data with faults are refused.
  ///   - tell: is told what the evaluation does not say itself.
  public func evaluate(
    _ files: [URL], isStrict: Bool = false, tell: (String) -> Void = { _ in }
  ) throws -> Evaluation {
    let source = try Activity.run("reading") { _ in try read(files) }
    let examples = try Activity.run("preparing the examples") { _ in try self.examples(source) }
    if isStrict, let fault = (source.faults + examples.faults).first {
      throw UserError(fault, hint: "mend the data, or leave out --strict")
    }
    source.faults.forEach(tell)
    try examples.checkFiles()
    return try Activity.run("measuring") { _ in try evaluate(examples) }
  }
}

extension TrainingTask where Examples: SequenceExamples {
  public func order(_ examples: Examples, _ settings: Settings) throws -> any ExampleOrder {
    try SequenceBatches(examples.lengths, settings.train, pool: 8)
  }

  /// The longest, as many as `ForwardPass` reads at a time.
  public func largestRead(_ examples: Examples) -> [Int] {
    examples.lengths.longest(64)
  }
}

/// How a task is called on the command line.
public struct TaskCommand: Sendable {
  public let name: String
  /// A line of help.
  public let abstract: String
  /// More of it, in paragraphs; empty: nothing.
  public let discussion: String
  /// Settings that the command stands for, such as `data.task` of the synthetic tasks.
  public let fixed: [SettingsOverride]
  /// Several tasks may share a command's name: this one is meant where the setting of this key was
  /// typed. Nil: where none of the others' is.
  public let key: String?
  /// Options that other tasks have, by spelling, and why this one lacks them.
  public let refusals: [String: String]

  public init(
    _ name: String, _ abstract: String = "", discussion: String = "",
    fixed: [SettingsOverride] = [], chosenBy key: String? = nil,
    refusals: [String: String] = [:]
  ) {
    self.name = name
    self.abstract = abstract
    self.discussion = discussion
    self.fixed = fixed
    self.key = key
    self.refusals = refusals
  }
}

/// What a task works with: the team that shares its work, and the folder of its run.
public struct Workplace: Sendable {
  public let team: WorkerTeam
  /// May not exist yet; nothing but caches is written there while examples are read.
  public let folder: RunFolder

  public init(team: WorkerTeam, folder: RunFolder) {
    self.team = team
    self.folder = folder
  }
}

/// Something to know of a model: `cell  lstm, 2 layers of 512 units`.
public struct Fact: Sendable {
  /// For machines.
  public let key: String
  public let json: JSONValue
  /// For people; may be empty.
  public let text: String

  public init(_ key: String, _ json: JSONValue, text: String) {
    self.key = key
    self.json = json
    self.text = text
  }
}

/// Where training stands when a minibatch is recorded.
public struct UpdateProgress: Sendable {
  /// Updates done, over all epochs.
  public let update: Int
  /// Updates of the whole training.
  public let totalUpdates: Int

  public init(update: Int, totalUpdates: Int) {
    self.update = update
    self.totalUpdates = totalUpdates
  }

  /// How far training is, 0…1.
  public var share: Double { min(1, Double(update) / Double(max(1, totalUpdates))) }
}

/// What a task says of the minibatch it has recorded.
public struct RecordedMinibatch {
  /// Their terms are added up and divided by `count` for the reported loss.
  public let losses: [Loss<Float>]
  /// Predictions the mean is taken over.
  public let count: Int
  /// Time steps worked through, for the rate.
  public let tokens: Int

  public init(losses: [Loss<Float>], count: Int, tokens: Int) {
    self.losses = losses
    self.count = count
    self.tokens = tokens
  }

  /// The mean, after the region.
  public var loss: Double { losses.reduce(0) { $0 + $1.sum } / Double(count) }
}
