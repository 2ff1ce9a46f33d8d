import Runs

/// A learning rate that rises for three tenths of all updates, to a height that would be too much for fresh weights, and
/// then falls along a cosine. What that gives is in `docs/defaults.md`.
struct RisingRate {
  /// Nil where it does not rise.
  let height: Double?
  /// The rate where it does not rise so far.
  let plain: Double
  /// Updates in which it rises to `plain`; 0: it is there from the first on.
  var plainWarmup = 0
  /// AdamW's in place of Adam, beside a rate that rises; 0: none.
  var weightDecay = 0.0
  /// Epochs of the run, where nobody says how many.
  let epochs: Int
  /// What learns at such a rate, in a few words.
  let reason: String

  fileprivate var withoutRise: String {
    plainWarmup > 0 ? "a rate that rises at once" : "a rate without a warm-up"
  }
}

extension Advice {
  /// Adds a rate: one that rises, unless somebody says how it goes or how many updates there are, or weights have
  /// learnt already, which a high rate would throw off.
  mutating func add(_ rate: RisingRate, _ settings: some TaskSettings) {
    let train = settings.train
    let goesOn = !train.reuse.from.isEmpty
    guard let height = rate.height, !goesOn, !settings.schedule.$name.isGiven,
      !train.$updates.isGiven
    else {
      add(
        because: goesOn ? "weights that have learnt already" : rate.withoutRise,
        [
          "optimizer.lr": .number(goesOn ? 1e-3 : rate.plain), "schedule.name": .string("cosine"),
        ])
      if rate.plainWarmup > 0 {
        add(
          because: "the first steps are short", ["schedule.warmup": .integer(rate.plainWarmup)])
      }
      return
    }
    let epochs = train.$epochs.isGiven ? train.epochs : rate.epochs
    add(
      because: rate.reason,
      [
        "optimizer.lr": .number(height), "schedule.name": .string("cosine"),
        "schedule.warmup": .string("\(Double(3 * epochs) / 10)e"),
      ])
    if rate.weightDecay > 0, !settings.optimizer.$name.isGiven {
      add(
        because: "such a rate, and weights that decay",
        [
          "optimizer.name": .string("adamw"), "optimizer.weight_decay": .number(rate.weightDecay),
        ])
    }
  }
}
