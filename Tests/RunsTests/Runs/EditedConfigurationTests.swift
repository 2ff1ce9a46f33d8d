import Compute
import Foundation
import Interchange
import Parallel
import Runs
import Synchronization
import TestSupport
import Testing

/// What `config.toml` says is compared with what the weights were made with, before it does harm.
@Suite struct EditedConfigurationTests {
  private let folder: TemporaryFolder
  private let run: RunFolder
  private let whole: String

  /// A run of four updates, in which nothing has its default but what has to.
  init() throws {
    folder = try TemporaryFolder()
    let text = try folder.write(String(repeating: "a b c\nd e f g\n", count: 20), to: "lines.txt")
    let training = try LineTask.run(
      text, folder.file("run"),
      [
        "model.hidden": "7", "train.batch": "3", "train.seed": "5", "train.save_every": "2",
        "train.epochs": "3", "optimizer.name": "sgd", "optimizer.lr": "0.5",
        "optimizer.clip_norm": "2", "schedule.name": "cosine", "train.max_bad_updates": "9",
      ])
    try training.begin()
    try training.train(stopAt: .max)
    run = training.folder
    whole = try String(contentsOf: run.configuration, encoding: .utf8)
  }

  private func edit(_ text: String) throws {
    try text.write(to: run.configuration, atomically: true, encoding: .utf8)
  }

  /// Wherever the file ends: the run goes on with its own settings, or not at all, or it is told.
  @Test func aFileThatWasCutShortIsNoticed() throws {
    let own = try LineTask.settings(resuming: run)
    let changeable = LineTask.schema.changeableKeys
    var (refusals, tellings) = (0, 0)
    for length in 0..<whole.utf8.count {
      try edit(String(decoding: whole.utf8.prefix(length), as: UTF8.self))
      do {
        let settings = try LineTask.settings(resuming: run)
        let differences = settings.differences(from: own)
        #expect(differences.allSatisfy { changeable.contains($0.key) }, "\(length) bytes")
        var told: [String] = []
        let resumed = try TrainingRun<LineTask>(settings, folder: run)
        try resumed.resume { if case .warning(let text) = $0 { told.append(text) } }
        let aside = ["train.threads", "train.save_every", "train.log_every"]
        let important = differences.filter { !aside.contains($0.key) }
        #expect(told.count == important.count, "\(length) bytes: \(told)")
        for difference in important {
          #expect(told.contains { $0.contains("\(difference.key) = \(difference.ours)") })
        }
        tellings += told.count
      } catch let error as UserError {
        #expect(error.kind == .usage, "\(error)")
        refusals += 1
      }
    }
    #expect(refusals > 100 && tellings > 10)
  }

  /// Whichever look at the newest checkpoint the system refuses, the resume stops and all stays as it was.
  @Test(arguments: [EIO, EMFILE, EACCES, ENOMEM])
  func aPassingErrorIsNotPassedOver(code: Int32) throws {
    let names = try folder.names(in: "run")
    let newest = try #require(try run.checkpoints().first?.url.path)
    let run = run
    func goOn() throws {
      try TrainingRun<LineTask>(LineTask.settings(resuming: run), folder: run).resume { _ in }
    }
    for kind in [FileCall.Kind.open, .status, .read] {
      let calls = Mutex(0)
      let failing = Mutex(0)
      let fault: @Sendable (FileCall) -> FileFault? = { call in
        guard call.kind == kind, call.path == newest else { return nil }
        let number = calls.withLock {
          $0 += 1
          return $0
        }
        return number == failing.withLock(\.self) ? .error(code) : nil
      }
      try FileSystem.withFaults(fault) { try goOn() }
      let count = calls.withLock(\.self)
      #expect(count > 0)
      for number in 1...count {
        calls.withLock { $0 = 0 }
        failing.withLock { $0 = number }
        FileSystem.withFaults(fault) {
          let error = #expect(throws: UserError.self, "\(kind) \(number)") { try goOn() }
          #expect(error?.systemCode == code)
        }
      }
    }
    #expect(try folder.names(in: "run") == names)
  }

  /// Both values are said where the last checkpoint was made with another.
  @Test func aValueThatMayNotChangeIsRefused() throws {
    for (from, to, key) in [
      ("hidden = 7", "hidden = 8", "model.hidden"), ("seed = 5", "seed = 6", "train.seed"),
      ("name = \"sgd\"", "name = \"adam\"", "optimizer.name"),
    ] {
      try edit(whole.replacing(from, with: to))
      let error = #expect(throws: UserError.self) { try LineTask.settings(resuming: run) }
      let words = [key, String(to.split(separator: " ")[2]), String(from.split(separator: " ")[2])]
      #expect(words.allSatisfy { error?.message.contains($0) == true }, "\(error?.message ?? "")")
      // Nor can it be measured: what it says would be another model's.
      #expect(throws: UserError.self) { try LineTask.opened(in: run, team: WorkerTeam(count: 1)) }
    }
    try edit(whole.replacing("threads = 2", with: "threads = 3"))
    _ = try LineTask.settings(resuming: run)
    _ = try LineTask.opened(in: run, team: WorkerTeam(count: 1))
  }

  /// A configuration that is right is not doubted because a checkpoint is damaged.
  @Test func aDamagedCheckpointAccusesNobody() throws {
    let newest = try #require(try run.checkpoints().first)
    var bytes = try Data(contentsOf: newest.url)
    let place = try #require(bytes.range(of: Data("hidden = 7".utf8)))
    bytes[place.upperBound - 1] = UInt8(ascii: "9")
    try bytes.write(to: newest.url)
    _ = try LineTask.settings(resuming: run)
  }

  /// A training that reads a file which the run did not name is another one.
  @Test func aFileThatIsNoLongerNamedIsNoticed() throws {
    let manifest = try DataManifest([
      ("data.train", folder.file("lines.txt").path), ("data.valid", folder.file("lines.txt").path),
    ])
    let now = try DataManifest([("data.train", folder.file("lines.txt").path)])
    let error = #expect(throws: UserError.self) { try now.check(against: manifest, of: run) }
    #expect(error?.message.contains("began with data.valid") == true)
  }

  /// Given at the first resume, before any checkpoint: kept for the next one.
  @Test func settingsOfAResumeAreKept() throws {
    let early = try LineTask.run(folder.file("lines.txt"), folder.file("early"))
    try early.begin()
    _ = try TrainingRun<LineTask>.resumed(
      early.folder, ["train.updates": "9", "optimizer.lr": "0.25"])
    let kept = try LineTask.settings(resuming: early.folder)
    #expect(kept["train.updates"] == .integer(9) && kept["optimizer.lr"] == .number(0.25))
  }

  // MARK: Another build

  private func rewrite(_ url: URL, _ key: String, _ value: String) throws {
    let file = try SafetensorsFile.open(url)
    var notes = file.metadata.filter { !["digest", "format"].contains($0.key) }
    notes[key] = value
    var writer = SafetensorsWriter(metadata: notes)
    for (name, info) in file.tensors {
      writer.add(
        name, type: info.type, shape: info.shape, bytes: try file.withBytes(of: name, Array.init))
    }
    try writer.write(to: url)
  }

  @Test(arguments: [
    ("unroll.instructions", "mmx", "with the instructions 'mmx'"),
    ("unroll.version", "0.0.9", "by Unroll 0.0.9"), ("unroll.build", "abc", "by another build of"),
  ])
  func anotherOriginIsTold(key: String, value: String, words: String) throws {
    let newest = try #require(try run.checkpoints().first)
    for url in [newest.url, run.model] { try rewrite(url, key, value) }
    var told: [String] = []
    let resumed = try TrainingRun<LineTask>(LineTask.settings(resuming: run), folder: run)
    try resumed.resume { if case .warning(let text) = $0 { told.append(text) } }
    _ = try LineTask.opened(in: run, team: WorkerTeam(count: 1)) { told.append($0) }
    #expect(told.count == 2 && told.allSatisfy { $0.contains(words) }, "\(told)")
  }
}
