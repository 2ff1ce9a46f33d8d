import Autodiff
import Compute
import Foundation
import Runs
import Tasks
import TestSupport
import Testing

/// What a training takes is known before it takes anything, and refused if the machine has less.
@Suite struct TrainingMemoryTests {
  private typealias Run = TrainingRun<LanguageModelTask>

  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Weights, gradients and moments as the store has them, whatever keeps company with them.
  @Test(arguments: [("sgd", 0, 0), ("momentum", 0, 1), ("adam", 2, 2)])
  func weightsAndTheirMomentsAreCounted(optimizer: String, patience: Int, moments: Int) throws {
    let run = try run([
      "optimizer.name": optimizer, "optimizer.average_after": "\(patience)",
    ])
    let bytes = run.task.parameters.valueBytes
    #expect(bytes >= 4 * run.task.parameters.parameterCount)
    let parts = run.memory.parts
    #expect(parts[0].bytes == (patience > 0 ? 3 : 2) * bytes)
    #expect(parts[1].bytes == moments * bytes)
    #expect(parts[2].bytes == run.task.parameters.derivedBytes)
    #expect(run.memory.total == parts.reduce(0) { $0 + $1.bytes })
  }

  /// Longer minibatches take more, and nothing else does.
  @Test func aMinibatchIsCounted() throws {
    let (short, long) = (
      try run(["train.steps": "16"]).memory, try run(["train.steps": "160"]).memory
    )
    #expect(short.parts[3].name == "a minibatch")
    #expect(long.parts[3].bytes > 5 * short.parts[3].bytes)
    #expect(long.parts.prefix(3).map(\.bytes) == short.parts.prefix(3).map(\.bytes))
  }

  /// What no machine has is refused, not wrapped around, and nothing of it is taken.
  @Test func absurdSizesAreRefused() throws {
    #if os(Linux)
      try "5".write(toFile: "/proc/self/clear_refs", atomically: false, encoding: .utf8)
      let before = try Self.peak()
      defer { #expect((try? Self.peak()).map { $0 - before } ?? .max < 1 << 30) }
    #endif
    let error = try #require(throws: UserError.self) {
      try run([
        "model.hidden": "65536", "model.embedding": "65536", "model.layers": "256",
        "train.batch": "64", "train.steps": "8",
      ])
    }
    #expect(error.message.hasPrefix("this training needs"), "\(error.message)")
    #expect(error.message.contains("TiB for weights and gradients"), "\(error.message)")
  }

  @Test func refusalNamesEveryPart() throws {
    let memory = try run().memory
    try memory.check(available: memory.total)
    try memory.check(available: nil)
    let error = try #require(throws: UserError.self) {
      try memory.check(available: memory.total - 1)
    }
    #expect(memory.parts.map(\.name).contains("packed operands"))
    for (name, bytes) in memory.parts where bytes > 0 {
      #expect(error.message.contains("\(ByteCount(bytes)) for \(name)"))
    }
    #expect(error.message.contains("this machine has \(ByteCount(memory.total - 1))"))
  }

  /// The most that was resident, in bytes, since it was asked to be forgotten.
  private static func peak() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
    return try #require(Int(line.filter(\.isNumber))) << 10
  }

  private func run(_ settings: [String: String] = [:]) throws -> Run {
    let text = try folder.write(String(repeating: "abcab", count: 200), to: "text.txt")
    let base = [
      "data.text": text.path, "model.hidden": "64", "model.embedding": "16", "train.batch": "4",
      "train.threads": "1",
    ]
    let resolved = try LanguageModelTask.schema.resolve(
      overrides: base.merging(settings) { $1 }.map { SettingsOverride($0, text: $1) })
    return try Run(resolved, folder: .plan(at: folder.file("run")))
  }
}
