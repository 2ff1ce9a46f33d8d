import Runs
import Tasks
import TestSupport
import Testing

/// Outputs and embeddings for large vocabularies: what goes together.
@Suite struct LanguageModelOutputTests {
  private func settings(_ more: [String: String]) throws {
    let base = ["data.text": "text.txt", "data.tokens": "word"]
    _ = try LanguageModelTask.schema.resolve(
      overrides: base.merging(more) { $1 }.map { SettingsOverride($0, text: $1) }
    ).settings(as: LanguageModelSettings.self).checkAll()
  }

  @Test func whatDoesNotGoTogetherIsRefused() throws {
    let inputs = ["model.adaptive_inputs": "true"]
    for output in ["full", "adaptive", "sampled", "nce", "hierarchical"] {
      try settings(inputs.merging(["model.output": output]) { $1 })
      let tied = inputs.merging(["model.output": output, "model.tie": "true"]) { $1 }
      if output == "adaptive" {
        try settings(tied)
      } else {
        expectUserError(saying: "--adaptive-inputs", "--output \(output)", "add --output adaptive")
        {
          try settings(tied)
        }
      }
    }
    expectUserError(saying: "--output adaptive has none", "add --adaptive-inputs") {
      try settings(["model.output": "adaptive", "model.tie": "true"])
    }
    try settings(inputs.merging(["model.cutoffs": "['3']", "model.cluster_factor": "2"]) { $1 })
    try settings(["model.output": "adaptive", "model.cluster_factor": "1"])
    expectUserError(saying: "--cluster-factor", "add --output adaptive") {
      try settings(["model.cluster_factor": "2"])
    }
    expectUserError(saying: "--cutoffs", "--output is 'full'") {
      try settings(["model.cutoffs": "['3']"])
    }
    expectUserError(saying: "--adaptive-inputs needs a vocabulary in order", "--tokens word") {
      try settings(inputs.merging(["data.tokens": "char"]) { $1 })
    }
  }
}
