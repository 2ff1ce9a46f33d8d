import Autodiff
import Compute
import Corpora
import Foundation
import Networks

extension RecallDefinition {
  /// Throws if weights, or minibatches of `batch` of the longest sequences, or `count` of them in
  /// memory, would take more than the machine, or its container, has.
  package func checkMemory(
    _ task: any RecallTask, batch: Int, count: Int, available: Int? = SystemMemory.total
  ) throws {
    // In Double: sizes come from the command line, and their products may be any.
    let steps = Double(task.longestExample)
    let width = Double(task.inputWidth + task.outputWidth)
    var (weights, perToken) = (0.0, 4 * width)
    switch configuration.body {
    case .stack(let stack): (weights, perToken) = (stack.size, perToken + stack.sizePerToken)
    case .machine(let machine):
      let shape = machine.memory
      let (slots, heads) = (Double(shape.slotCount), Double(shape.headCount))
      let controls = Double(shape.parameterColumns)
      let features = Double(machine.controllerSize)
      let inputs = Double(task.inputWidth + shape.readColumns)
      switch machine.controller {
      case .recurrent(let stack):
        weights = stack.size + 4 * features * inputs
        perToken += stack.sizePerToken
      case .feedforward: weights = features * inputs
      }
      weights += features * controls + heads * slots
      perToken +=
        slots * (Double(shape.width) + 5 * heads + 1) + 3 * controls + 4 * (features + inputs)
    }
    let bytes =
      24 * weights + 4 * Double(batch) * steps * perToken + 4 * Double(count) * steps * width
    guard let available, bytes > Double(available) else { return }
    throw UserError(
      String(format: "about %.1f GB would be needed", bytes / 1e9)
        + " for \(batch) sequences of \(task.longestExample) steps at a time; "
        + "this machine has \(ByteCount(available))",
      hint: "lower --batch, --max-length, --memory-slots or --hidden")
  }
}

extension StackConfiguration {
  /// Elements of all weights, nearly.
  fileprivate var size: Double {
    let (gates, hidden) = (Double(cell.gateCount), Double(hiddenSize))
    return gates * hidden * (Double(inputSize) + hidden * (2 * Double(layerCount) - 1))
  }

  /// Numbers kept for a token in training.
  fileprivate var sizePerToken: Double {
    Double(layerCount) * Double(hiddenSize) * Double(cell.gateCount + 6)
  }
}
