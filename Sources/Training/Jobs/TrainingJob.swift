import Autodiff
import Compute
import Measures
import Networks
import Parallel

/// A kind of training: what `unroll train NAME` trains, on what, and how it is judged.
///
/// A job knows its data and its model; the update loop, checkpoints, schedules and reports belong to
/// `TrainingRun`, which is the same for all. A new job is a schema, a class like this and a line in
/// `JobKind`.
package protocol TrainingJob: AnyObject {
  /// The value of `run.task` in configurations.
  static var kind: JobKind { get }
  /// All options; begins with `CommonSchema.run(kind)`.
  static var schema: ConfigurationSchema { get }
  /// Keys that a continued run may change beside those of `CommonSchema.changeableKeys`.
  static var changeableKeys: Set<String> { get }
  /// Checks what no option can check alone. Throws `UserError.usage`.
  static func check(_ configuration: ResolvedConfiguration) throws

  /// Reads the data and declares the model. Writes nothing but caches into `folder`, which may not
  /// exist yet; fails before any large allocation if the training would not fit into memory.
  init(_ configuration: ResolvedConfiguration, folder: RunFolder, team: WorkerTeam) throws

  var parameters: ParameterStore<Float> { get }
  var precision: Precision { get }
  /// The data and the model in a line, without the number of parameters.
  var summary: String { get }
  /// What a user should know of the data, in sentences.
  var warnings: [String] { get }
  /// What progress shows beside the loss.
  var measure: ProgressSnapshot.Measure? { get }
  /// Minibatches in one pass over the data.
  var updatesPerEpoch: Int { get }

  /// Records the minibatch of `update`, counted from 0 over all epochs, on a tape that has begun.
  ///
  /// Which minibatch that is, and every random number in it, follow from `update`, the seed and the
  /// carried states alone: a resumed run repeats them exactly. Memory that the recording refers to
  /// stays until `finishUpdate`.
  func record(update: Int, on tape: Tape<Float>) -> RecordedMinibatch
  /// The update that was recorded last is done.
  func finishUpdate()
  /// What outlives a minibatch beside the weights; saved in checkpoints.
  var carriedStates: [(name: String, matrix: Matrix<Float>)] { get }

  /// Measures the model on the validation data; nil where there is none.
  func validate() throws -> Score?

  /// Writes what prediction needs beside the weights, such as a vocabulary.
  func writeFiles(to folder: RunFolder) throws
  /// Throws if the data are no longer those the run in `folder` began with.
  func checkFiles(of folder: RunFolder) throws
}

extension TrainingJob {
  package static var changeableKeys: Set<String> { [] }
  package static func check(_ configuration: ResolvedConfiguration) throws {}

  /// The settings of the run in `folder`, checked as if they had been typed: files can be edited.
  package static func configuration(of folder: RunFolder) throws -> ResolvedConfiguration {
    let configuration = try schema.resolve(files: [folder.configuration])
    try check(configuration)
    return configuration
  }

  package var warnings: [String] { [] }
  package var measure: ProgressSnapshot.Measure? { nil }
  package func finishUpdate() {}
  package var carriedStates: [(name: String, matrix: Matrix<Float>)] { [] }
  package func writeFiles(to folder: RunFolder) throws {}
  package func checkFiles(of folder: RunFolder) throws {}
}

/// What a job says of the minibatch it has recorded.
package struct RecordedMinibatch {
  /// Their terms are added up and divided by `count` for the reported loss.
  package let losses: [Loss<Float>]
  /// Predictions the mean is taken over.
  package let count: Int
  /// Time steps worked through, for the rate.
  package let tokens: Int

  package init(losses: [Loss<Float>], count: Int, tokens: Int) {
    self.losses = losses
    self.count = count
    self.tokens = tokens
  }

  /// The mean, after the region.
  var loss: Double { losses.reduce(0) { $0 + $1.sum } / Double(count) }
}
