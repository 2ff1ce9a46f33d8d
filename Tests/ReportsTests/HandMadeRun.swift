import Foundation
import Runs
import TestSupport
import Unroll

/// A run folder whose files a test has written: a language model's settings, and any metrics.
struct HandMadeRun {
  let folder: TemporaryFolder
  let run: RunFolder

  init(
    _ records: [String] = [], settings: [String: String] = [:], name: String = "run"
  ) throws {
    StandardTasks.register()
    folder = try TemporaryFolder()
    run = try RunFolder.plan(at: folder.file(name))
    try FileManager.default.createDirectory(at: run.url, withIntermediateDirectories: true)
    let resolved = try LanguageModelTask.schema.resolve(
      overrides: settings.map { SettingsOverride($0, text: $1) })
    try resolved.toml.write(to: run.configuration, atomically: true, encoding: .utf8)
    try record(records)
  }

  func record(_ lines: [String]) throws {
    try lines.map { $0 + "\n" }.joined()
      .write(to: run.metrics, atomically: true, encoding: .utf8)
  }
}
