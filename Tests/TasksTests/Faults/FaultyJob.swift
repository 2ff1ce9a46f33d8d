import Compute
import Foundation
import Interchange
import Runs
import Tasks
import TestSupport
import Testing

/// A tiny training with two validations and two checkpoints, as the command does it: in a folder that
/// holds a run it goes on, else it begins.
struct FaultyJob<Task: TrainingTask> {
  private let data: TemporaryFolder
  private let settings: Task.Settings
  let lastUpdate = 6

  /// - Parameter name: of the task in `TaskContractData`.
  init(_ type: Task.Type, _ name: String) throws {
    data = try TemporaryFolder()
    let (folder, schema) = (data, Task.schema)
    let contract = try #require(TaskContractData.all[name])
    try contract.write(data.url)
    let own = contract.settings.map { key, value in
      (key, schema.option(key)?.isPath == true ? folder.file(value).path : value)
    }
    let tiny = [
      "model.hidden": "5", "model.layers": "1", "train.updates": "\(lastUpdate)",
      "train.threads": "1",
      "train.eval_every": "3", "train.save_every": "3",
    ]
    let all = TaskContractData.common.merging(own) { $1 }.merging(tiny) { $1 }
      .filter { schema.option($0.key) != nil }
    settings = try schema.resolve(overrides: all.map { SettingsOverride($0, text: $1) }).settings()
  }

  /// Trains to the end, or to `stop`.
  func run(_ url: URL, stop: Int = .max) throws {
    let isBegun = (try? RunFolder.open(at: url)) != nil
    let run = try isBegun ? TrainingRun<Task>(resuming: url) : TrainingRun(settings, at: url)
    try run.train(shouldStop: { run.update >= stop }) { _ in }
  }

  /// What a run comes to: its weights, its last checkpoint and its updates on record.
  func result(_ url: URL) throws -> [Data] {
    let updates = try String(
      contentsOf: url.appendingPathComponent("metrics.jsonl"), encoding: .utf8
    )
    .split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    .filter { $0["split"]?.string == "train" }.compactMap { $0["update"]?.integer }
    // A record may be lost with the power, but none is there twice.
    #expect(zip(updates, updates.dropFirst()).allSatisfy { $0 < $1 }, "\(updates)")
    return try ["model.safetensors", "checkpoint-\(lastUpdate).safetensors"].map {
      try Data(contentsOf: url.appendingPathComponent($0))
    }
  }

  /// Every file of weights in the folder is whole.
  func expectWholeFiles(_ url: URL, _ comment: Comment) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []
    for name in names where name.hasSuffix(".safetensors") {
      #expect(throws: Never.self, comment) {
        try SafetensorsFile.open(url.appendingPathComponent(name), verifyDigest: true)
      }
    }
  }
}
