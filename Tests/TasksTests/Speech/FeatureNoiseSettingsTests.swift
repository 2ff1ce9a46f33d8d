import TestSupport
import Testing
import Unroll

@Suite struct FeatureNoiseSettingsTests {
  private func resolve<Task: TrainingTask>(
    _ task: Task.Type, _ given: [String: String], isNew: Bool = true
  ) throws {
    let resolved = try Task.schema.resolve(
      overrides: given.map { SettingsOverride($0.key, text: $0.value) })
    let settings: Task.Settings = resolved.settings()
    try settings.checkAll()
    if isNew { try settings.checkAllOfNewRun() }
  }

  /// Zero is a mean of normalised features only, and sentences have none; no number of masks takes for ever.
  @Test(
    arguments: [
      (["features.normalize": "false"], "features.normalize is false"),
      (["model.time_masks": "101"], "found 101"),
      (["model.frequency_masks": "2147483647"], "found 2147483647"),
    ] as [([String: String], String)])
  func masksThatMakeNoSenseAreRefused(given: [String: String], message: String) throws {
    let masks = ["model.time_masks": "1", "model.frequency_masks": "1"]
    let recordings = ["data.audio": "audio", "data.transcripts": "spoken.tsv"]
    try resolve(TranscriptionTask.self, masks.merging(recordings) { $1 })
    expectUserError(saying: message) {
      try resolve(
        TranscriptionTask.self, masks.merging(recordings) { $1 }.merging(given) { $1 })
    }
    let audio = ["data.audio": "audio"]
    try resolve(AutoencodingTask.self, masks.merging(audio) { $1 })
    expectUserError(saying: message) {
      try resolve(AutoencodingTask.self, masks.merging(audio) { $1 }.merging(given) { $1 })
    }
    expectUserError(saying: "masks are for the features of recordings") {
      try resolve(AutoencodingTask.self, masks.merging(["data.text": "text.txt"]) { $1 })
    }
    for (given, message) in [
      (["model.input_noise": "0.1"], "--input-noise and --decoder-input are for recordings"),
      (["model.decoder_input": "none"], "--input-noise and --decoder-input are for recordings"),
      (["data.tokens": "byte", "train.word_dropout": "0.1"], "of bytes none is unknown"),
      (["model.hierarchical": "true", "data.longest": "9"], "reads whole documents"),
    ] {
      let settings = given.merging(["data.text": "text.txt"]) { $1 }
      expectUserError(saying: message) { try resolve(AutoencodingTask.self, settings) }
      // Runs that began with it go on.
      try resolve(AutoencodingTask.self, settings, isNew: false)
    }
    for given in ["train.word_dropout": "0.1", "data.longest": "9", "data.lowercase": "true"] {
      let settings = [given.key: given.value, "data.audio": "audio"]
      expectUserError(saying: "are for text, but data.audio names recordings") {
        try resolve(AutoencodingTask.self, settings)
      }
      try resolve(AutoencodingTask.self, settings, isNew: false)
    }
    // Without masks features may be as they are.
    try resolve(TranscriptionTask.self, recordings.merging(["features.normalize": "false"]) { $1 })
  }
}
