import Autodiff
import Compute
import Corpora
import Networks
import Runs

/// A recall task with the network that learns it.
package struct RecallDefinition: Sendable {
  package let task: any RecallTask
  package let configuration: RecallConfiguration
  private let data: RecallSettings.Data
  private let lengths: ClosedRange<Int>
  private let repeats: ClosedRange<Int>
  private let seed: UInt64

  init(_ settings: RecallSettings) throws {
    data = settings.data
    lengths = try Self.range(
      ("data.min_length", data.minLength), ("data.max_length", data.maxLength))
    repeats = try Self.range(
      ("data.min_repeats", data.minRepeats), ("data.max_repeats", data.maxRepeats))
    seed = UInt64(settings.train.seed)
    task = try data.task.task(bits: data.bits, lengths: lengths, repeats: repeats, seed: seed)
    configuration = RecallConfiguration(
      try Self.body(settings.model, inputSize: task.inputWidth), outputSize: task.outputWidth)
  }

  /// What lies between two settings.
  private static func range(
    _ lower: (key: String, value: Int), _ upper: (key: String, value: Int)
  ) throws -> ClosedRange<Int> {
    guard lower.value <= upper.value else {
      throw UserError.usage(
        "\(lower.key) is \(lower.value), which is more than \(upper.key), \(upper.value)",
        hint: "raise \(upper.key)")
    }
    return lower.value...upper.value
  }

  private static func body(
    _ settings: RecallSettings.Model, inputSize: Int
  ) throws -> RecallConfiguration.Body {
    let initialization = try InitializationScheme(parsing: settings.initialization)
    func stack(_ cell: any Cell) -> StackConfiguration {
      StackConfiguration(
        cell: cell, inputSize: inputSize, hiddenSize: settings.hidden,
        layerCount: settings.layers, initialization: initialization,
        forgetBias: settings.forgetBias)
    }
    if let cell = Cells.named(settings.kind) { return .stack(stack(cell)) }
    let controller: TuringMachineConfiguration.Controller =
      if let cell = Cells.named(settings.controller) {
        .recurrent(stack(cell))
      } else {
        .feedforward(hiddenSize: settings.hidden)
      }
    if case .feedforward = controller, settings.layers > 1 {
      throw UserError.usage(
        "model.layers is \(settings.layers), but a feed-forward controller has one",
        hint: "drop --layers, or use a cell as --controller")
    }
    return .machine(
      TuringMachineConfiguration(
        inputSize: inputSize, controller: controller,
        memory: MemoryShape(
          slotCount: settings.memorySlots, width: settings.memoryWidth,
          readHeadCount: settings.readHeads, writeHeadCount: settings.writeHeads,
          shiftRange: settings.shiftRange),
        initialization: initialization))
  }

  /// The same task at one length, or number of repeats, that training may never have seen.
  package func task(length: Int?, repeats: Int?) throws -> any RecallTask {
    if let repeats, data.task != .repeatCopy {
      throw UserError.usage(
        "--repeats \(repeats) is for repeat-copy, but the task is '\(data.task.rawValue)'",
        hint: "drop the option")
    }
    return try data.task.task(
      bits: data.bits, lengths: length.map { $0...$0 } ?? lengths,
      repeats: repeats.map { $0...$0 } ?? self.repeats, scale: self.repeats, seed: seed)
  }

  /// What an update learns from: with a curriculum, short sequences come first.
  package func task(at progress: UpdateProgress) -> any RecallTask {
    let share = progress.share
    return share < data.curriculum ? task.shortened(to: share / data.curriculum) : task
  }

  /// Examples that no training reaches.
  static func validation(_ task: any RecallTask, count: Int) -> RecallExamples {
    RecallExamples(task, firstValidationExample..<firstValidationExample + count)
  }

  /// Examples that neither training nor validation reaches.
  static func unseen(_ task: any RecallTask, count: Int) -> RecallExamples {
    RecallExamples(task, firstUnseenExample..<firstUnseenExample + count)
  }

  private static let firstValidationExample = 1 << 48
  private static let firstUnseenExample = 1 << 49
}
