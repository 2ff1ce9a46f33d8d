import Compute
import Foundation
import Interchange
import Measures
import Parallel

/// The best weights of a run, ready to be measured and to predict: what `unroll eval` and
/// `unroll predict` do with a run of any job.
package protocol TrainedModel {
  /// Opens the run in `folder`. Throws a `UserError` if it is not whole.
  init(_ folder: RunFolder, team: WorkerTeam) throws
  /// Measures the model on data in the format it was trained on.
  func evaluate(_ files: [URL]) throws -> Evaluation
  /// Chooses how outputs become text. Throws a usage `UserError` unless that makes sense.
  mutating func decode(_ options: DecodingOptions) throws
  /// Takes lines for columns of words: `--columns`. Throws a usage `UserError` unless that makes sense.
  mutating func readColumns() throws
  /// Makes sequences of another length to measure on: `--length`, `--repeats`; nil for those of the
  /// training. Throws a usage `UserError` unless that makes sense.
  mutating func resize(length: Int?, repeats: Int?) throws
  /// Predicts for what `nextLine` returns, until it returns nil.
  func predict(
    _ nextLine: () throws -> String?, emit: (Prediction) throws -> Void
  ) throws
  /// Measures how a loss reaches back through time, on such data as `evaluate` takes.
  func gradientFlow(_ files: [URL], lags: Int, team: WorkerTeam) throws -> GradientFlow
}

extension TrainedModel {
  package func gradientFlow(_ files: [URL], lags: Int, team: WorkerTeam) throws -> GradientFlow {
    throw UserError.usage(
      "gradients through time are not measured for this kind of run",
      hint: "use a run of unroll train lm, classify, regress, compose or a synthetic task")
  }
}

extension TrainedModel {
  package mutating func decode(_ options: DecodingOptions) throws {
    throw UserError.usage(
      "--beam, --lm, --n-best and the like are for transcribers and translators",
      hint: "drop them for this run")
  }

  package mutating func resize(length: Int?, repeats: Int?) throws {
    throw UserError.usage(
      "--length and --repeats are for recall tasks, which make their own sequences",
      hint: "drop them for this run")
  }

  package mutating func readColumns() throws {
    throw UserError.usage(
      "--columns is for taggers, which read words", hint: "drop the option")
  }
}

/// What a model says of one input.
package struct Prediction: Sendable {
  /// One or more lines, without the last one's end.
  package let text: String
  package let json: JSONValue

  package init(text: String, json: JSONValue) {
    self.text = text
    self.json = json
  }
}
