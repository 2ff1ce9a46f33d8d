// An optimizer and a schedule of one's own, chosen by name as `--optimizer lion --schedule root` would.

import Foundation
import Unroll

/// Steps of one size, in the direction of a mean gradient's signs.
/// Chen et al., "Symbolic Discovery of Optimization Algorithms" (2023).
struct Lion: OptimizerRule {
  let beta1: Double
  let beta2: Double
  let momentNames = ["first_moment"]

  func begin<S: MatrixElement>(
    step number: Int, learningRate: Double, _ constants: inout StepConstants<S>
  ) {
    (constants.first, constants.second) = (S(beta1), S(beta2))
  }

  @specialized(where S == Float)
  func step<S: MatrixElement>(_ weights: WeightRange<S>, _ c: StepConstants<S>) {
    let mean = weights.moment(0)
    weights.step(c) { i, gradient in
      let direction = c.first * mean[i] + (1 - c.first) * gradient
      mean[i] = c.second * mean[i] + (1 - c.second) * gradient
      return direction > 0 ? c.rate : direction < 0 ? -c.rate : 0
    }
  }
}

/// The base rate over the root of the epoch.
struct RootDecay: LearningRateDecay {
  func rate(at place: SchedulePlace) -> Double {
    place.base / Double(place.epoch + 1).squareRoot()
  }
}

Optimizers.register("lion") { Lion(beta1: $0.beta1, beta2: $0.beta2) }
Schedules.register("root") { _ in RootDecay() }

let folder = FileManager.default.temporaryDirectory.appendingPathComponent("own-rules-\(getpid())")
defer { try? FileManager.default.removeItem(at: folder) }
let text = folder.appendingPathComponent("text.txt")
try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
try String(repeating: "unroll me through time, ", count: 200)
  .write(to: text, atomically: true, encoding: .utf8)

var settings = LanguageModelSettings()
settings.data.text = [text.path]
settings.model.stack.layers = 1
settings.model.stack.hidden = 32
settings.model.embedding = 16
settings.streams.steps = 24
settings.train.batch = 8
settings.train.epochs = 6
settings.optimizer.name = "lion"
settings.optimizer.lr = 3e-3
settings.schedule.name = "root"

let run = try TrainingRun<LanguageModelTask>(settings, at: folder.appendingPathComponent("run"))
try run.train { event in
  if case .validated(let report) = event { print(report.epoch, report.score.text) }
}
