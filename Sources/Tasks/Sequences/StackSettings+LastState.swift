import Compute
import Runs

extension StackSettings {
  /// Refuses what only changes the outputs of a single layer's steps, of which the last state is none. Throws
  /// `UserError.usage`.
  func checkLastState(pooling: String) throws {
    guard pooling == "last", layers == 1 else { return }
    for (option, isGiven) in [("--layer-norm", layerNorm), ("--residual", residual)] where isGiven {
      throw UserError.usage(
        "\(option) changes what a layer gives at each step, but --pooling last reads its last state",
        hint: "drop it, or use --pooling mean, max or attention")
    }
  }
}
