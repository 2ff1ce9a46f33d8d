import Autodiff
import Compute
import Foundation
import Interchange
import Measures

/// The counters of a run: with the state below, all it takes to go on as if it had never stopped. The
/// place in the data and the random numbers follow from `update`.
struct TrainingProgress: Codable, Equatable {
  var update = 0
  var optimizerSteps = 0
  var schedule: LearningRateSchedule.State
  /// The best validation so far.
  var bestCriterion: Standing?
  var bestUpdate: Int?
  /// The digest of its weights.
  var bestWeights: String?
  /// Validations since the best.
  var validationsWithoutProgress = 0
  /// Sums over the updates since the last validation, for the reported training loss.
  var lossSum = 0.0
  var lossCount = 0
  /// Of every validation before weights were averaged, where they may be.
  var criteria: [Standing]?
  /// Updates in the averaged weights, once there are any.
  var averagedUpdates: Int?
  /// Whether a validation at `update` follows before the next update.
  var isValidationDue: Bool?
  /// Updates passed over in a row, the last one included; nil: none.
  var badUpdates: Int?
  /// Where a loss that is too high ends or changes something.
  var losses: LossWatch?
  /// Rollbacks, and what they have multiplied rates by.
  var rollbacks: Int?
  var rateFactor: Double?

  init(schedule: LearningRateSchedule.State) { self.schedule = schedule }

  /// Keys in order, so that equal states make equal bytes. JSON has no NaN, but a validation may.
  private static var encoder: JSONEncoder {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    encoder.nonConformingFloatEncodingStrategy = .convertToString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return encoder
  }

  private static var decoder: JSONDecoder {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
    return decoder
  }

  /// Reads the counters of a checkpoint.
  init(contentsOf file: SafetensorsFile) throws {
    guard let text = file.metadata[Checkpoint.progressKey],
      let progress = try? Self.decoder.decode(Self.self, from: Data(text.utf8))
    else {
      throw UserError(
        "'\(file.url.relativePath)' is no checkpoint of a run: "
          + "its metadata has no readable '\(Checkpoint.progressKey)'")
    }
    self = progress
  }

  /// Writes a checkpoint.
  func write(
    _ state: TrainingState, _ settings: ResolvedSettings, to folder: RunFolder,
    sparing updates: Set<Int> = []
  ) throws {
    let counters = String(decoding: try Self.encoder.encode(self), as: UTF8.self)
    var writer = SafetensorsWriter(
      metadata: WeightsFile.metadata(settings, [Checkpoint.progressKey: counters]))
    state.forEachTensor { name, shape, start in
      writer.add(name, shape: shape, from: start, count: shape.reduce(1, *))
    }
    for (name, matrix) in state.carried {
      writer.add("state.\(name)", shape: [matrix.rows, matrix.columns], floats: matrix.values)
    }
    try folder.writeCheckpoint(update: update, writer, sparing: updates)
  }

  /// Fills `state` from a checkpoint.
  func restore(_ state: TrainingState, from file: SafetensorsFile) throws {
    try file.restore(state.parameters)
    try state.forEachTensor(besideWeights: true) { name, shape, start in
      try file.copy(name, into: start, count: shape.reduce(1, *))
    }
    for (name, matrix) in state.carried {
      let values = try file.floats("state.\(name)")
      guard values.count == matrix.rows * matrix.columns else {
        throw UserError(
          "'\(file.url.relativePath)' holds carried states of \(values.count) values, "
            + "expected \(matrix.rows) rows of \(matrix.columns)",
          hint: "resume with the batch and hidden size of the run")
      }
      matrix.assign(values)
    }
  }
}
