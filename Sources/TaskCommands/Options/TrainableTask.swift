import Foundation
import Runs

/// What `unroll train` needs to know of a task to make a command of it.
package protocol TrainableTask {
  /// On the command line: `unroll train NAME`.
  static var name: String { get }
  /// One sentence.
  static var abstract: String { get }
  /// More about it, in paragraphs; empty: nothing.
  static var discussion: String { get }
  static var schema: SettingsSchema { get }
  /// What the command itself settles: neither options of the command nor for a file to change.
  static var fixed: [SettingsOverride] { get }
  /// Options that other tasks have, by spelling, and why this one lacks them.
  static var refusals: [String: String] { get }
  /// Another task that goes by the same name, and is meant where its own option is given.
  static var alternative: (any TrainableTask.Type)? { get }
  /// Whether the command trains once for each part of the data.
  static var isCrossValidation: Bool { get }

  /// The settings with what the data decide, as far as they can be read.
  static func filled(_ settings: ResolvedSettings) -> ResolvedSettings

  /// Trains a new run, or goes on with one, whatever its task. Throws `UserError`.
  static func train(_ request: TrainingRequest) throws
}

extension TrainableTask {
  package static var discussion: String { "" }
  package static var fixed: [SettingsOverride] { [] }
  package static func filled(_ settings: ResolvedSettings) -> ResolvedSettings { settings }
  package static var refusals: [String: String] { [:] }
  package static var alternative: (any TrainableTask.Type)? { nil }
  package static var isCrossValidation: Bool { false }
}

/// What a user asked for: a run, and how it shows itself.
package struct TrainingRequest {
  package enum Start: Sendable {
    /// A new run in a folder, with settled settings whose paths are absolute.
    case new(ResolvedSettings, folder: URL, overwrites: Bool)
    /// No run at all: what one with these settings would take.
    case dry(ResolvedSettings)
    /// No run either: these settings as a file has them, with what the data decide.
    case listed(ResolvedSettings)
    /// The run in a folder, whatever its task, with what shall change.
    case resume(folder: URL, files: [URL], overrides: [SettingsOverride])
  }

  package struct Board: Sendable {
    /// Where the file of events goes; nil: to the run's own folder.
    package let folder: URL?
  }

  package var start: Start
  package let isQuiet: Bool
  package let writesProfile: Bool
  package let writesSamples: Bool
  /// What TensorBoard is to be written.
  package let board: Board?
  /// When a new run is to end; nil: its settings say.
  var budget: TimeLimit?
  /// Seconds that processes of one training wait for each other.
  var rankTimeout = 60
  var crossValidation: CrossValidationArguments?
}
