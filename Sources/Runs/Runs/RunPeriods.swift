/// How often something happens in a run, and how long it warms up, in updates: see `Period`.
struct RunPeriods {
  let save: Double
  let validation: Double
  let warmup: Double

  /// Throws a usage `UserError` for tokens, where the order counts none.
  init(_ settings: some TaskSettings, _ order: any ExampleOrder) throws {
    let epoch = order.updatesPerEpoch
    func updates(_ period: Period, _ option: String) throws -> Double {
      try period.updates(perEpoch: epoch, tokensPerEpoch: order.stepsPerEpoch, option: option)
    }
    /// Of 0 after each epoch.
    func interval(_ period: Period, _ option: String) throws -> Double {
      period == .updates(0) ? Double(epoch) : try updates(period, option)
    }
    save = try interval(settings.train.saveEvery, "--save-every")
    validation = try interval(settings.train.evalEvery, "--eval-every")
    warmup = try updates(settings.schedule.warmup, "--warmup")
  }

  /// Whether an update reaches a multiple of an interval, which need be no whole number; of one of less than
  /// an update every one does.
  func isDue(_ interval: Double, at update: Int) -> Bool {
    // The quotients of the least are infinite.
    interval <= 1
      || (Double(update) / interval).rounded(.down)
        > (Double(update - 1) / interval).rounded(.down)
  }
}
