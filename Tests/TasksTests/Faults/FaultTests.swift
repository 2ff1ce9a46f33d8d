import Compute
import Foundation
import Runs
import Tasks
import TestSupport
import Testing

/// No committed state is lost, whichever call to the system fails, in whichever way, and whenever the
/// power goes. Three tasks that keep different files beside their weights.
@Suite struct FaultTests {
  private static let tasks: [String] = ["lm lm", "classify classify", "tag tag"]

  private static let faults: [FileFault] = [
    .error(EIO), .error(ENOSPC), .error(EINTR), .short, .nothing, .done(EIO),
  ]

  private static var isLong: Bool {
    ProcessInfo.processInfo.environment["UNROLL_LONG_TESTS"] != nil
  }

  private func job<Result>(
    _ name: String, _ body: (any FaultyTraining) throws -> Result
  ) throws -> Result {
    switch name {
    case "lm lm": try body(FaultyJob(LanguageModelTask.self, name))
    case "tag tag": try body(FaultyJob(TaggingTask.self, name))
    default: try body(FaultyJob(ClassificationTask.self, name))
    }
  }

  /// The n-th call fails, for every n until none is left; then the job is done again without a fault, and
  /// comes to the same bytes as one that never failed. Every eleventh call is tried here, in one way after
  /// another; every call in every way in the long tests.
  @Test(arguments: zip(tasks + ["lm lm"], [0, 0, 0, 3]))
  func everyCallOfAJobMayFail(name: String, done: Int) throws {
    try job(name) { job in
      let folder = try TemporaryFolder()
      let (begun, straight, url) = (
        folder.file("begun"), folder.file("straight"), folder.file("run")
      )
      try job.run(straight, stop: .max)
      let expected = try job.result(straight)
      if done > 0 { try job.run(begun, stop: done) }
      for shift in Self.isLong ? Array(Self.faults.indices) : [0] {
        var number = 1
        while true {
          if done > 0 { try FileManager.default.copyItem(at: begun, to: url) }
          let fault = Self.faults[(number + shift) % Self.faults.count]
          let (wasMet, error) = FailingCall.run(number, fault) { try job.run(url, stop: .max) }
          let comment: Comment = "call \(number) \(fault): \(String(describing: error))"
          if let error { #expect(error is UserError, comment) }
          if fault == .error(EINTR) || fault == .short { #expect(error == nil, comment) }
          job.expectWholeFiles(url, comment)
          if error != nil { #expect(throws: Never.self, comment) { try job.run(url, stop: .max) } }
          #expect(try job.result(url) == expected, comment)
          try FileManager.default.removeItem(at: url)
          guard wasMet else { break }
          number += Self.isLong ? 1 : 11
        }
        #expect(number > 100, "no call went through the seam")
      }
    }
  }

  /// The power goes after any call; whatever of what was not synchronized is there then, the job goes on
  /// from it and comes to the same bytes.
  @Test(arguments: tasks)
  func thePowerMayGoAfterEveryCall(name: String) throws {
    try job(name) { job in
      let folder = try TemporaryFolder()
      let (recorded, url) = (folder.file("recorded"), folder.file("crashed/run"))
      try FileManager.default.createDirectory(at: recorded, withIntermediateDirectories: true)
      let disk = try SimulatedDisk(recorded)
      try disk.record { try job.run(recorded.appendingPathComponent("run"), stop: .max) }
      let expected = try job.result(recorded.appendingPathComponent("run"))
      let states = disk.states()
      #expect(states.count > 40, "\(states.count) states of \(disk.stepCount) steps")
      for (number, state) in states.enumerated() {
        try SimulatedDisk.write(state, to: folder.file("crashed"))
        let comment: Comment = "state \(number): \(state.keys.sorted())"
        job.expectWholeFiles(url, comment)
        #expect(throws: Never.self, comment) { try job.run(url, stop: .max) }
        #expect(try job.result(url) == expected, comment)
      }
    }
  }
}

/// A `FaultyJob` of any task.
protocol FaultyTraining {
  func run(_ url: URL, stop: Int) throws
  func result(_ url: URL) throws -> [Data]
  func expectWholeFiles(_ url: URL, _ comment: Comment)
}

extension FaultyJob: FaultyTraining {}
