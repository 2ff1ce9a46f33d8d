import Compute
import Foundation
import Interchange
import Parallel
import Runs
import Synchronization

/// A run whose best weights were loaded.
///
/// `@unchecked Sendable`: the task is reached through `use` alone, by one thread at a time.
final class OpenRun: @unchecked Sendable {
  let folder: RunFolder
  /// What a user should know of the weights, in sentences.
  let notes: [String]
  private let task: any TrainingTask
  private let lock = NSLock()

  init(_ url: URL, _ options: Options) throws {
    var notes: [String] = []
    folder = try RunFolder.open(at: url)
    task = try folder.openTask(
      team: WorkerTeam.started(count: options.threads > 0 ? options.threads : UsableCores.count)
    ) { notes.append($0) }
    self.notes = notes
    try options.apply(to: self)
  }

  /// Does something with the task, once nobody else does.
  func use<Result>(_ body: (any TrainingTask) throws -> Result) rethrows -> Result {
    lock.lock()
    defer { lock.unlock() }
    return try body(task)
  }

  /// Does something with the task as one that has an ability. Throws a usage `UserError` that names the
  /// tasks that have it.
  ///
  /// - Parameter what: what was asked for.
  func use<Protocol, Result>(
    as ability: Ability<Protocol>, for what: String, _ body: (Protocol) throws -> Result
  ) throws -> Result {
    try use { task in
      guard let able = ability.of(task) else {
        throw UserError.usage(
          "\(what) is for runs of: \(TaskRegistry.commands(with: ability.isOf).joined(separator: ", ")); "
            + "'\(folder.url.relativePath)' is one of '\(type(of: task).call)'")
      }
      return try body(able)
    }
  }
}

extension OpenRun {
  /// How a run is to be read and to answer, as the options of `unroll predict` say it.
  struct Options {
    var threads = 0
    private var shownClasses: Int?
    private var readsColumns = false
    private var decoding = DecodingOptions()

    init(_ text: UnsafePointer<CChar>?) throws {
      var request = try Request(text, "the options of a run")
      threads = try request.integer("threads", in: 0...4096) ?? 0
      shownClasses = try request.integer("top_k", in: .positiveCount)
      readsColumns = try request.boolean("columns") ?? false
      if let beam = try request.integer("beam", in: 1...4096) {
        decoding.beam = beam
        decoding.asked.append("--beam")
      }
      if let penalty = try request.number("length_penalty", "0 or more", where: { $0 >= 0 }) {
        decoding.lengthPenalty = penalty
        decoding.asked.append("--length-penalty")
      }
      if let count = try request.integer("n_best", in: 1...4096) {
        decoding.count = count
        decoding.asked.append("--n-best")
      }
      if try request.boolean("confidence") == true {
        decoding.showsConfidence = true
        decoding.asked.append("--confidence")
      }
      try request.finish()
    }

    /// Throws a usage `UserError` for what the run's task has no use for.
    func apply(to run: OpenRun) throws {
      if let shownClasses {
        try run.use(as: Abilities.ranking, for: "top_k") { $0.rank(shownClasses) }
      }
      if readsColumns {
        try run.use(as: Abilities.columnReading, for: "columns") { $0.readColumns() }
      }
      if !decoding.asked.isEmpty {
        try run.use(as: Abilities.decoding, for: decoding.asked.joined(separator: ", ")) {
          try $0.decode(decoding)
        }
      }
    }
  }
}

/// All opened runs of the process by their numbers, which are given once only.
enum OpenRuns {
  private struct Table {
    var runs: [Int64: OpenRun] = [:]
    var last: Int64 = 0
  }

  private static let table = Mutex(Table())

  static func add(_ run: OpenRun) -> Int64 {
    table.withLock { table in
      table.last += 1
      table.runs[table.last] = run
      return table.last
    }
  }

  /// Throws a usage `UserError` for a number that no opened run has.
  static func run(_ number: Int64) throws -> OpenRun {
    guard let run = table.withLock({ $0.runs[number] }) else {
      throw UserError.usage("there is no opened run \(number): it was closed, or never opened")
    }
    return run
  }

  static func remove(_ number: Int64) throws {
    // It is let go outside the lock.
    let run = try run(number)
    withExtendedLifetime(run) { table.withLock { $0.runs[number] = nil } }
  }
}
