import Compute
import Foundation
import Interchange
import TestSupport
import Testing
import Training

@Suite struct CheckpointTests {
  let folder: TemporaryFolder
  let run: RunFolder

  init() throws {
    folder = try TemporaryFolder()
    run = try RunFolder.create(at: folder.file("run"))
  }

  func write(update: Int, keeping count: Int = 2) throws {
    var writer = SafetensorsWriter()
    writer.add("update", shape: [1], floats: [Float(update)])
    try run.writeCheckpoint(update: update, writer, keeping: count)
  }

  func damage(update: Int) throws {
    var bytes = try Data(contentsOf: run.checkpoint(update: update))
    bytes[bytes.count - 1] ^= 1
    try bytes.write(to: run.checkpoint(update: update))
  }

  @Test func keepsTheLastTwo() throws {
    for update in [5, 10, 9, 100] { try write(update: update) }
    // By number, not by text: "9" would come after "100".
    #expect(try run.checkpoints().map(\.update) == [100, 10])
    try run.pruneCheckpoints(keeping: 1)
    #expect(try run.checkpoints().map(\.update) == [100])
  }

  @Test func namesThatOnlyLookLikeCheckpointsAreLeftAlone() throws {
    let others = [
      "checkpoint-.safetensors", "checkpoint-+5.safetensors", "checkpoint--5.safetensors",
      "checkpoint-05.safetensors", "checkpoint-5.safetensors.bak", "checkpoint-5.txt",
      "checkpoint-99999999999999999999.safetensors", "checkpoint-safetensors",
    ]
    for name in others { try folder.write("x", to: "run/\(name)") }
    #expect(try run.checkpoints().isEmpty)
    try write(update: 1, keeping: 1)
    #expect(try folder.names(in: "run") == (others + ["checkpoint-1.safetensors"]).sorted())
  }

  @Test func opensTheNewest() throws {
    for update in [1, 2] { try write(update: update) }
    var warnings: [String] = []
    let (checkpoint, file) = try run.latestValidCheckpoint { warnings.append($0) }
    #expect(checkpoint.update == 2)
    #expect(try file.floats("update") == [2])
    #expect(warnings.isEmpty)
  }

  @Test func fallsBackToTheOneBeforeAndSaysSo() throws {
    for update in [1, 2] { try write(update: update) }
    try damage(update: 2)
    var warnings: [String] = []
    let (checkpoint, file) = try run.latestValidCheckpoint { warnings.append($0) }
    #expect(checkpoint.update == 1)
    #expect(try file.floats("update") == [1])
    #expect(warnings.count == 1)
    #expect(warnings.first?.contains("checkpoint-2.safetensors' is damaged") == true)

    try run.setAsideCheckpoints(after: checkpoint.update)
    #expect(
      try folder.names(in: "run") == [
        "checkpoint-1.safetensors", "checkpoint-2.safetensors.broken",
      ])
  }

  @Test func aCheckpointThatWasCutShortIsSkipped() throws {
    for update in [1, 2] { try write(update: update) }
    let whole = try Data(contentsOf: run.checkpoint(update: 2))
    for count in [0, 7, 8, whole.count / 2, whole.count - 1] {
      try whole.prefix(count).write(to: run.checkpoint(update: 2))
      #expect(try run.latestValidCheckpoint { _ in }.checkpoint.update == 1)
    }
  }

  @Test func saysWhenNothingIsLeft() throws {
    let none = #expect(throws: UserError.self) { try run.latestValidCheckpoint { _ in } }
    #expect(none?.message == "'\(run.url.path)' holds no checkpoint to resume from")
    for update in [1, 2] {
      try write(update: update)
      try damage(update: update)
    }
    var warnings = 0
    let broken = #expect(throws: UserError.self) {
      try run.latestValidCheckpoint { _ in warnings += 1 }
    }
    #expect(broken?.message == "none of the 2 checkpoints in '\(run.url.path)' is whole")
    #expect(warnings == 2)
  }

  @Test func whatACutOffWriteLeftIsRemovedWithTheNextOne() throws {
    try folder.write("half", to: "run/checkpoint-3.safetensors.7-9.partial")
    try write(update: 4)
    #expect(try folder.names(in: "run") == ["checkpoint-4.safetensors"])
  }
}
