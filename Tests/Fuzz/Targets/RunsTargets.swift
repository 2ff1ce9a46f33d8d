import Foundation
import Interchange
import Measures
import Tasks

@testable import Runs

extension FuzzTarget {
  /// Files of a run, and what is typed.
  static let runs: [FuzzTarget] = [
    FuzzTarget(file: "settings", extension: "toml") { url in
      _ = try SettingsFile.read(url)
      _ = try schema.resolve(files: [url])
    },
    FuzzTarget(text: "override") { text in
      let override = try SettingsOverride(parsing: text)
      _ = try schema.resolve(overrides: [override])
    },
    FuzzTarget(bytes: "progress") {
      _ = try JSONDecoder().decode(TrainingProgress.self, from: Data($0))
    },
    FuzzTarget(file: "checkpoint", extension: "safetensors") {
      _ = try TrainingProgress(contentsOf: SafetensorsFile.open($0, verifyDigest: true))
    },
    FuzzTarget(file: "metrics", extension: "jsonl") { url in
      _ = try MetricsWriter(resuming: url, at: 5)
    },
    FuzzTarget(file: "manifest", extension: "json") { _ = try DataManifest(contentsOf: $0) },
    FuzzTarget(file: "transcripts") { _ = try Transcripts(contentsOf: $0, lowercase: true) },
    FuzzTarget(file: "alphabet", extension: "json") { _ = try TranscriptAlphabet(contentsOf: $0) },
  ]
}

private let schema = LanguageModelTask.schema
