import ArgumentParser
import Foundation
import Unroll

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows a run's layers, shapes, parameters, operations a token, and memory.")

  @Argument(help: ArgumentHelp("The run folder.", valueName: "run")) var folder: String
  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    let archive = try LanguageModelArchive(at: URL(fileURLWithPath: folder))
    let model = archive.model
    let forward = 2 * model.matrixElementsPerToken
    let memory = LanguageModelMemory(
      model.configuration, batch: archive.configuration.integer("train.batch"),
      steps: archive.configuration.integer("train.steps"),
      momentCount: try OptimizerConfiguration(archive.configuration).momentNames.count,
      precision: model.precision)
    if json {
      Output.json([
        "parameters": model.parameters.parameterCount, "vocabulary": archive.vocabulary.count,
        "flop_per_token": ["forward": forward, "training": 3 * forward],
        "tensors": model.parameters.parameters.map {
          ["name": $0.name, "shape": $0.shape, "parameters": $0.count] as [String: Any]
        },
        "memory_bytes": Dictionary(uniqueKeysWithValues: memory.parts.map { ($0.name, $0.bytes) }),
      ])
      return
    }
    let width = model.parameters.parameters.map(\.name.count).max() ?? 0
    for parameter in model.parameters.parameters {
      let name = parameter.name.padding(toLength: width + 2, withPad: " ", startingAt: 0)
      let shape = parameter.shape.map(String.init).joined(separator: " × ")
      Output.standardOutput.write(
        name + shape.padding(toLength: 16, withPad: " ", startingAt: 0) + "\(parameter.count)\n")
    }
    Output.standardOutput.write(
      """

      cell         \(model.configuration.cell.rawValue), \(model.configuration.layerCount) layers of \
      \(model.configuration.hiddenSize) units
      vocabulary   \(archive.vocabulary.count) \(archive.vocabulary.kind.rawValue) tokens
      parameters   \(model.parameters.parameterCount)
      FLOP/token   \(forward) forward, \(3 * forward) training

      """)
    for part in memory.parts {
      Output.standardOutput.write("memory       \(ByteCount(part.bytes)) for \(part.name)\n")
    }
    Output.standardOutput.write("memory       \(ByteCount(memory.total)) in training\n")
  }
}
