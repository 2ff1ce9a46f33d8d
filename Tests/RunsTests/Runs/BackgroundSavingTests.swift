import Compute
import Dispatch
import Foundation
import Runs
import Synchronization
import TestSupport
import Testing

/// Training goes on while it is saved, and a save is what it would be if training had waited.
@Suite struct BackgroundSavingTests {
  /// Holds the calls on one file until they are let go.
  private final class Gate: Sendable {
    private let name: String
    private let isOpen = Mutex(false)
    private let met = Mutex(false)

    init(_ name: String) { self.name = name }

    var wasMet: Bool { met.withLock(\.self) }
    func open() { isOpen.withLock { $0 = true } }

    /// Waits, for some seconds that are not needed.
    func pass(_ call: FileCall) -> FileFault? {
      guard call.kind == .synchronize, call.path.contains(name) else { return nil }
      met.withLock { $0 = true }
      for _ in 0..<20_000 where !isOpen.withLock(\.self) { usleep(500) }
      return nil
    }
  }

  /// Held up on its way to the disk, a checkpoint holds the state of its own update, whatever was learnt
  /// since; the next one and the end of training wait for it.
  @Test(arguments: ["sgd", "adam"], [false, true])
  func aCheckpointIsOfItsUpdate(optimizer: String, isStopped: Bool) throws {
    let runs = try TargetRuns()
    let settings = ["optimizer.name": optimizer, "train.save_every": "8", "data.valid": ""]
    let straight = try runs.begin("straight", settings)
    try straight.train()
    let run = try runs.begin("run", settings)
    let gate = Gate("checkpoint-8.")
    var told: [String] = []
    let end = try FileSystem.withFaults({ gate.pass($0) }) {
      try run.train(shouldStop: { isStopped && run.update == 13 }) { event in
        switch event {
        case .updated(let report):
          told.append("\(report.update)")
          if report.update == 13 {
            #expect(runs.waits { gate.wasMet })
            #expect((try? run.folder.checkpoints()) == [])
            gate.open()
          }
        case .saved(let url): told.append("saved \(runs.update(of: url))")
        default: break
        }
      }
    }
    let place = try #require(told.firstIndex(of: "saved 8"))
    #expect(told[..<place].contains("13"))
    #expect(end == (isStopped ? .interrupted : .finished))
    #expect(told.last == (isStopped ? "saved 13" : "saved 33"))
    // As if nothing later had been saved.
    for checkpoint in try run.folder.checkpoints() where checkpoint.update > 16 || isStopped {
      guard checkpoint.update != 8 else { continue }
      try FileManager.default.removeItem(at: checkpoint.url)
    }
    if isStopped {
      let resumed = try TrainingRun<TargetTask>.resumed(run.folder)
      #expect(resumed.update == 8)
      try resumed.train()
      #expect(resumed.bits == straight.bits)
    } else {
      #expect(run.bits == straight.bits)
    }
  }

  /// The best weights, of which there are averaged ones, are those that were measured, though training has
  /// gone on before they are written.
  @Test func theBestWeightsAreThoseThatWereMeasured() throws {
    let runs = try TargetRuns()
    let settings = [
      "train.eval_every": "4", "optimizer.average_after": "1", "optimizer.name": "sgd",
      "optimizer.lr": "0.4",
    ]
    let straight = try runs.begin("straight", settings)
    try straight.train()
    let run = try runs.begin("run", settings)
    let gate = Gate("model.safetensors")
    var bests: [Int] = []
    _ = try FileSystem.withFaults({ gate.pass($0) }) {
      try run.train { event in
        switch event {
        case .updated(let report) where report.update % 4 == 2: gate.open()
        case .validated(let report) where report.isBest: bests.append(report.update)
        default: break
        }
      }
    }
    #expect(gate.wasMet && bests.count > 1)
    for name in ["model.safetensors", "model-before.safetensors", "checkpoint-33.safetensors"] {
      try expectEqualTensors(
        runs.folder.file("straight/\(name)"), runs.folder.file("run/\(name)"))
    }
  }

  /// A save that fails ends training with its own error, at the next update at the latest where it is known;
  /// what was saved before is there, and the run goes on from it to the same bits.
  @Test(arguments: ["checkpoint-8.", "model.safetensors"], [false, true])
  func aFailureIsTold(name: String, validates: Bool) throws {
    let runs = try TargetRuns()
    var settings = ["train.save_every": "4", "train.eval_every": "8"]
    if !validates { settings["data.valid"] = "" }
    let straight = try runs.begin("straight", settings)
    try straight.train()
    let run = try runs.begin("run", settings)
    let error = #expect(throws: UserError.self) {
      let first = run.folder.checkpoint(update: name.hasPrefix("model") ? 8 : 4).path
      _ = try FileSystem.withFaults({ call in
        call.kind == .synchronize && call.path.contains(name)
          && FileManager.default.fileExists(atPath: first) ? .error(ENOSPC) : nil
      }) { try run.train() }
    }
    let message = error?.message ?? ""
    #expect(message.contains(name.split(separator: ".")[0]), "\(message)")
    let newest = try run.folder.checkpoints().first?.update
    #expect(newest == (name.hasPrefix("model") ? 8 : 4))
    let names = try FileManager.default.contentsOfDirectory(atPath: run.folder.url.path)
    #expect(!names.contains { $0.hasSuffix(".partial") })
    let resumed = try TrainingRun<TargetTask>.resumed(run.folder)
    try resumed.train()
    #expect(resumed.bits == straight.bits)
  }

  /// Where there is no room for a copy, training waits, and comes to the same files.
  @Test func withoutRoomTrainingWaits() throws {
    let runs = try TargetRuns()
    let settings = ["train.save_every": "5", "train.eval_every": "7"]
    let straight = try runs.begin("straight", settings)
    try straight.train()
    let run = try runs.begin("run", settings)
    #expect(run.memory.savesFromCopy && run.memory.fitted(to: run.memory.total).savesFromCopy)
    run.memory = run.memory.fitted(to: run.memory.total - 1)
    #expect(!run.memory.savesFromCopy && run.memory.total < straight.memory.total)
    var (saved, updates) = ([Int](), [Int]())
    try run.train { event in
      if case .saved(let url) = event {
        saved.append(runs.update(of: url))
        updates.append(run.update)
      }
    }
    #expect(saved == updates && saved.contains(5) && saved.contains(7))
    for name in ["model.safetensors", "checkpoint-33.safetensors"] {
      try expectEqualTensors(
        runs.folder.file("straight/\(name)"), runs.folder.file("run/\(name)"))
    }
  }
}
