import Compute

/// The table `train`: the update loop.
public struct TrainingSettings: SettingsGroup {
  public static let about = "The update loop"

  /// Values of `defaults`.
  package enum Defaults: String, CaseIterable { case data, fixed }

  @Setting(in: Self.sequences, "Sequences in a minibatch") public var batch = 64
  @Setting(
    in: 1...4096,
    "Parts of a minibatch whose gradients are summed apart, a power of two: so many processes may share "
      + "the work, with the same result as one")
  public var leaves = 1
  @Setting(
    in: 1...4096,
    "Minibatches whose gradients are added before a step, a power of two: an update learns from so many "
      + "times --batch, in at least as many leaves, in the memory of one")
  public var accumulate = 1
  @Setting(
    of: Precision.allCases.map(\.rawValue),
    "Type in which the gradients of leaves are added and processes send them: bf16 is half the bytes"
  )
  public var exchange = Precision.f32.rawValue
  @Setting(in: .positiveCount, mayChange: true, "Passes over the training data")
  public var epochs = 10
  @Setting(in: .count, mayChange: true, "Stop after this many updates; 0: by epochs")
  public var updates = 0
  @Setting(
    in: 0...4096, mayChange: true, changesResult: false,
    "Worker threads; 0: as many as there are cores")
  public var threads = 0
  @Setting(
    mayChange: true, changesResult: false,
    "How threads share the work of a recurrence: auto, rows, or groups x members such as 2x4")
  public var plan = "auto"
  @Setting(
    mayChange: true, changesResult: false,
    "Keep threads on cores of their own, where nobody else computes when training begins")
  public var pin = true
  @Setting(of: ["f32", "bf16"], mayChange: true, "Type of the products' operands")
  public var precision = "f32"
  @Setting(in: 0...Int.max, "Seed of every random number") public var seed = 1
  @Setting(mayChange: true, "Between validations; 0: after each epoch")
  public var evalEvery = Period.updates(0)
  @Setting(mayChange: true, changesResult: false, "Between checkpoints; 0: after each epoch")
  public var saveEvery = Period.updates(0)
  @Setting(
    in: .count, mayChange: true, changesResult: false,
    "Minutes between checkpoints, beside the others; 0: no such ones")
  public var saveMinutes = 15
  @Setting(
    in: .count, mayChange: true, changesResult: false,
    "Updates between records in metrics.jsonl; 0: by itself, ever fewer on long runs")
  public var logEvery = 0
  @Setting(
    in: .count, mayChange: true, "Validations without progress before stopping; 0: never")
  public var patience = 0
  @Setting(
    "Figure of validation that picks the best weights and that patience goes by; empty: the task's own"
  )
  public var monitor = ""
  @Setting(
    of: Defaults.allCases.map(\.rawValue), former: Defaults.fixed.rawValue, mayChange: true,
    changesResult: false,
    "What settings are that nobody gives and that follow from the data: that, or the same for all data"
  )
  public var defaults = Defaults.data.rawValue
  public var divergence = DivergenceSettings()
  public var reuse = ReuseSettings()

  public init(batch: Int = 64, epochs: Int = 10) {
    $batch.default = batch
    $epochs.default = epochs
  }

  /// Sequences that an update learns from.
  public var sequencesPerUpdate: Int { batch * accumulate }

  /// Parts of what an update learns from: those that are accumulated are subtrees of the same tree.
  package var leafCount: Int { max(leaves, accumulate) }

  private static let sequences = 1...1_048_576

  /// Throws `UserError.usage` for parts that make no binary tree, and for more sequences than an update may have.
  public func check() throws {
    for (name, count) in [("leaves", leaves), ("accumulate", accumulate)]
    where count & (count - 1) != 0 {
      let below = 1 << (Int.bitWidth - 1 - count.leadingZeroBitCount)
      throw UserError.usage(
        "train.\(name) is \(count), expected a power of two",
        hint: "say --\(name) \(below) or --\(name) \(2 * below)")
    }
    guard exchange == Precision.f32.rawValue || leafCount > 1 else {
      throw UserError.usage(
        "train.exchange is \(exchange), but one leaf has nothing to exchange",
        hint: "say --leaves 2 or more with it")
    }
    guard Self.sequences.contains(sequencesPerUpdate) else {
      throw UserError.usage(
        "\(accumulate) minibatches of \(batch) are \(sequencesPerUpdate) sequences an update, expected at most "
          + "\(Self.sequences.upperBound)",
        hint: "lower --accumulate or --batch")
    }
  }
}
