import Compute
import Foundation
import Interchange
import TestSupport
import Testing
import Runs

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

  /// What passes is no damage: the newest checkpoint stays the newest.
  @Test(arguments: [EIO, EMFILE, EACCES, ENOMEM, ENFILE])
  func aPassingErrorStopsInsteadOfSettingAside(code: Int32) throws {
    for update in [1, 2] { try write(update: update) }
    for kind in [FileCall.Kind.open, .status, .read] {
      let name = run.checkpoint(update: 2).path
      let fault: @Sendable (FileCall) -> FileFault? = { call in
        call.kind == kind && call.path == name ? .error(code) : nil
      }
      FileSystem.withFaults(fault) {
        var warnings = 0
        let error = #expect(throws: UserError.self) {
          try run.latestValidCheckpoint { _ in warnings += 1 }
        }
        #expect(error?.systemCode == code && warnings == 0)
        #expect(error?.message.contains("'\(name)'") == true)
      }
    }
    #expect(try run.latestValidCheckpoint { _ in }.checkpoint.update == 2)
  }

  @Test func nameAndContentAgree() throws {
    var writer = SafetensorsWriter(metadata: ["unroll.progress": #"{"update":1}"#])
    writer.add("update", shape: [1], floats: [1])
    try run.writeCheckpoint(update: 1, writer)
    try FileManager.default.copyItem(
      at: run.checkpoint(update: 1), to: run.checkpoint(update: 900))
    var warnings: [String] = []
    #expect(try run.latestValidCheckpoint { warnings.append($0) }.checkpoint.update == 1)
    #expect(warnings.first?.contains("holds the state after 1 updates") == true)
  }

  /// One whole checkpoint exists at every moment, whichever call fails.
  @Test(arguments: [
    FileFault.error(EIO), .error(ENOSPC), .error(EINTR), .short, .nothing, .done(EIO), .done(EINTR),
  ])
  func everyCallOfASaveMayFail(fault: FileFault) throws {
    for isLast in [false, true] {
      var number = 1
      while true {
        for update in [1, 2] { try write(update: update) }
        let (wasMet, error) = FailingCall.run(number, fault, isLast: isLast) {
          try write(update: 3)
        }
        let found = try run.latestValidCheckpoint { _ in }.checkpoint.update
        #expect(error == nil ? found == 3 : found >= 2, "call \(number): \(found)")
        if let error { #expect(error is UserError) }
        if fault == .error(EINTR), !isLast { #expect(error == nil) }
        try run.sweep()
        #expect(try folder.names(in: "run").count == 2)
        for name in try folder.names(in: "run") {
          try FileManager.default.removeItem(at: folder.file("run/\(name)"))
        }
        guard wasMet else { break }
        number += 1
      }
      #expect(number > 15, "no call went through the seam")
    }
  }
}
