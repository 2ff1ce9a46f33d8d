import Autodiff
import Compute
import Corpora
import Foundation
import Networks

/// A recall task with the network that learns it.
package struct RecallDefinition: Sendable {
  package let kind: RecallTaskKind
  package let task: any RecallTask
  package let configuration: RecallConfiguration
  private let bits: Int
  private let lengths: ClosedRange<Int>
  private let repeats: ClosedRange<Int>
  private let seed: UInt64

  /// Reads the tables `data` and `model`.
  package init(_ configuration: ResolvedConfiguration) throws {
    guard let kind = RecallTaskKind(rawValue: configuration.string("data.task")) else {
      throw UserError.usage("there is no task '\(configuration.string("data.task"))'")
    }
    self.kind = kind
    bits = configuration.integer("data.bits")
    lengths = try configuration.range("data.min_length", "data.max_length")
    repeats = try configuration.range("data.min_repeats", "data.max_repeats")
    seed = UInt64(configuration.integer("train.seed"))
    task = try kind.task(bits: bits, lengths: lengths, repeats: repeats, seed: seed)
    self.configuration = RecallConfiguration(
      try Self.body(configuration, inputSize: task.inputWidth), outputSize: task.outputWidth)
  }

  private static func body(
    _ configuration: ResolvedConfiguration, inputSize: Int
  ) throws -> RecallConfiguration.Body {
    let initialization = try InitializationScheme(parsing: configuration.string("model.init"))
    func stack(_ cell: any Cell) -> StackConfiguration {
      StackConfiguration(
        cell: cell, inputSize: inputSize, hiddenSize: configuration.integer("model.hidden"),
        layerCount: configuration.integer("model.layers"), initialization: initialization,
        forgetBias: configuration.number("model.forget_bias"))
    }
    if let cell = Cells.named(configuration.string("model.kind")) {
      return .stack(stack(cell))
    }
    let controller: TuringMachineConfiguration.Controller =
      if let cell = Cells.named(configuration.string("model.controller")) {
        .recurrent(stack(cell))
      } else {
        .feedforward(hiddenSize: configuration.integer("model.hidden"))
      }
    if case .feedforward = controller, configuration.integer("model.layers") > 1 {
      throw UserError.usage(
        "model.layers is \(configuration.integer("model.layers")), but a feed-forward controller "
          + "has one", hint: "drop --layers, or use a cell as --controller")
    }
    return .machine(
      TuringMachineConfiguration(
        inputSize: inputSize, controller: controller,
        memory: MemoryShape(
          slotCount: configuration.integer("model.memory_slots"),
          width: configuration.integer("model.memory_width"),
          readHeadCount: configuration.integer("model.read_heads"),
          writeHeadCount: configuration.integer("model.write_heads"),
          shiftRange: configuration.integer("model.shift_range")),
        initialization: initialization))
  }

  /// The same task at one length, or number of repeats, that training may never have seen.
  package func task(length: Int?, repeats: Int?) throws -> any RecallTask {
    if let repeats, kind != .repeatCopy {
      throw UserError.usage(
        "--repeats \(repeats) is for repeat-copy, but the task is '\(kind.rawValue)'",
        hint: "drop the option")
    }
    return try kind.task(
      bits: bits, lengths: length.map { $0...$0 } ?? lengths,
      repeats: repeats.map { $0...$0 } ?? self.repeats, scale: self.repeats, seed: seed)
  }

  /// Examples that no training reaches.
  package static func validation(
    _ task: any RecallTask, first: Int = 0, count: Int
  ) -> RecallExamples {
    let start = firstValidationExample + first
    return RecallExamples(task, start..<start + count)
  }

  private static let firstValidationExample = 1 << 48

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

extension ResolvedConfiguration {
  /// Two options that bound a range.
  fileprivate func range(_ lower: String, _ upper: String) throws -> ClosedRange<Int> {
    let (first, last) = (integer(lower), integer(upper))
    guard first <= last else {
      throw UserError.usage(
        "\(lower) is \(first), which is more than \(upper), \(last)", hint: "raise \(upper)")
    }
    return first...last
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
