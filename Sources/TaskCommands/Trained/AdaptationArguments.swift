import ArgumentParser
import Runs

/// How a language model learns from the text that it is measured on.
package struct AdaptationArguments: ParsableArguments {
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Go on learning from the text after predicting it, at this learning rate (Krause et al. 2018).",
      valueName: "rate"))
  var dynamic: Double?
  @Option(parsing: .unconditional, help: "With --dynamic: tokens between two steps. (default: 5)")
  var dynamicSteps: Int?
  @Option(
    parsing: .unconditional,
    help: "With --dynamic: how far each step also goes back to the trained weights. (default: 0)")
  var dynamicDecay: Double?
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Remember the last N states and the tokens after them (Grave et al. 2017).", valueName: "N"))
  var cache: Int?
  @Option(
    parsing: .unconditional,
    help: "With --cache: how much more states count that are more alike. (default: 0.3)")
  var cacheTheta: Double?
  @Option(
    parsing: .unconditional, help: "With --cache: weight of its probabilities. (default: 0.1)")
  var cacheLambda: Double?

  package init() {}

  package func validate() throws {
    func check(_ name: String, _ value: Double?, _ isRight: (Double) -> Bool, _ range: String)
      throws
    {
      if let value, !isRight(value) {
        throw ValidationError("--\(name) must be \(range), found \(value).")
      }
    }
    try check("dynamic", dynamic, { $0 > 0 && $0.isFinite }, "above 0")
    try check("dynamic-steps", dynamicSteps.map(Double.init), { 1...4096 ~= $0 }, "1...4096")
    try check("dynamic-decay", dynamicDecay, { 0...1 ~= $0 }, "0...1")
    try check("cache", cache.map(Double.init), { 1...10_000_000 ~= $0 }, "1...10000000")
    try check("cache-theta", cacheTheta, { $0 >= 0 && $0.isFinite }, "0 or above")
    try check("cache-lambda", cacheLambda, { 0...1 ~= $0 }, "0...1")
    if dynamic == nil, dynamicSteps != nil || dynamicDecay != nil {
      throw ValidationError("--dynamic-steps and --dynamic-decay need --dynamic.")
    }
    if cache == nil, cacheTheta != nil || cacheLambda != nil {
      throw ValidationError("--cache-theta and --cache-lambda need --cache.")
    }
  }

  /// Nil where nothing of it is asked for.
  package var adaptation: Adaptation? {
    guard dynamic != nil || cache != nil else { return nil }
    var adaptation = Adaptation()
    adaptation.rate = dynamic
    if let dynamicSteps { adaptation.steps = dynamicSteps }
    if let dynamicDecay { adaptation.decay = dynamicDecay }
    if let cache { adaptation.cache = cache }
    if let cacheTheta { adaptation.theta = cacheTheta }
    if let cacheLambda { adaptation.lambda = cacheLambda }
    return adaptation
  }
}
