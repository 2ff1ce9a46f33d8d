import Compute
import Foundation
import Measures
import Parallel
import Runs
import Tasks
import TestSupport
import Testing

/// What every registered task promises of run folders that are not whole.
@Suite struct LostFilesContractTests {
  /// Without one of its files, or with it cut short, a run is opened and measured as before, or refused with a
  /// sentence that names a file.
  @Test(arguments: TaskContractTests.all)
  func aLostFileIsTold(_ contract: TaskUnderContract) throws {
    func check<Task: TrainingTask>(_ type: Task.Type) throws {
      let data = try Prepared<Task>(contract)
      let run = try data.begin("whole", ["train.updates": "2"])
      try run.train(stopAt: .max)
      let team = WorkerTeam(count: 1)
      let files = contract.data?.prediction?.files.map(data.folder.file) ?? []
      func measured(_ folder: URL) throws -> String {
        let task = try Task.opened(in: try RunFolder.open(at: folder), team: team)
        return files.isEmpty ? "" : "\(try task.evaluate(files).json)"
      }
      let whole = try measured(run.folder.url)
      for name in try FileManager.default.contentsOfDirectory(atPath: run.folder.url.path)
      where !name.hasPrefix("checkpoint") && name != "tokens" {
        for keptBytes in [nil, 0, 41] {
          let folder = data.runs.file("hurt")
          try? FileManager.default.removeItem(at: folder)
          try FileManager.default.copyItem(at: run.folder.url, to: folder)
          let file = folder.appendingPathComponent(name)
          if let keptBytes {
            try Data(contentsOf: file).prefix(keptBytes).write(to: file)
          } else {
            try FileManager.default.removeItem(at: file)
          }
          let what = "\(name), \(keptBytes.map(String.init) ?? "no") bytes"
          do {
            #expect(try measured(folder) == whole, "\(what)")
          } catch let error as UserError {
            #expect(
              error.message.contains(name) || error.message.contains("model.safetensors"),
              "\(what): \(error.message)")
          }
        }
      }
    }
    try check(contract.task)
  }
}
