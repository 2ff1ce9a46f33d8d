/// The table `train`: the update loop.
package struct TrainingSettings: SettingsGroup {
  package static let about = "The update loop"

  @Setting(in: 1...1_048_576, "Sequences in a minibatch") package var batch = 64
  @Setting(in: .positiveCount, mayChange: true, "Passes over the training data")
  package var epochs = 10
  @Setting(in: .count, mayChange: true, "Stop after this many updates; 0: by epochs")
  package var updates = 0
  @Setting(in: 0...4096, mayChange: true, "Worker threads; 0: as many as there are cores")
  package var threads = 0
  @Setting(of: ["f32", "bf16"], "Type of the products' operands") package var precision = "f32"
  @Setting(in: 0...Int.max, "Seed of every random number") package var seed = 1
  @Setting(in: .count, mayChange: true, "Updates between validations; 0: after each epoch")
  package var evalEvery = 0
  @Setting(in: .count, mayChange: true, "Updates between checkpoints; 0: after each epoch")
  package var saveEvery = 0
  @Setting(
    in: .count, mayChange: true, "Validations without progress before stopping; 0: never")
  package var patience = 0

  package init(batch: Int = 64, epochs: Int = 10) {
    $batch.default = batch
    $epochs.default = epochs
  }
}
