import Compute
import Corpora
import Runs

/// What labels count for where some are rare; a part of the table `data`.
///
/// They shape training alone: validation and measuring go by the plain loss.
public struct LabelWeightSettings: SettingsGroup {
  @Setting(
    pathOr: ["none", "balanced"],
    "What an example weighs in the loss: none, balanced (each class alike), or a file of "
      + "'label<TAB>weight' lines")
  public var classWeights = "none"
  @Setting("Draw each class equally often") public var balance = false
  @Setting(in: .fraction, "Share of an example's class that all classes get alike in the loss")
  public var labelSmoothing = 0.0

  public init() {}

  /// Refuses, with a usage `UserError`, what is said of single classes.
  ///
  /// - Parameters:
  ///   - reason: why there are none.
  ///   - balance: whether drawing by class is refused too.
  func refuse(because reason: String, hint: String, withBalance balance: Bool = true) throws {
    for (option, isGiven) in [
      ("--class-weights", classWeights != "none"), ("--balance", balance && self.balance),
      ("--label-smoothing", labelSmoothing > 0),
    ] where isGiven {
      throw UserError.usage("\(option) is for one class an example, \(reason)", hint: hint)
    }
  }

  /// The order in which examples are trained on: shuffled, or drawn by class.
  ///
  /// - Parameters:
  ///   - classes: of each example; nil: there are none to draw by.
  ///   - pool: so many minibatches at a time are sorted by length before they are cut.
  func order(
    _ lengths: SequenceLengths, classes: @autoclosure () throws -> LongList<Int32>?,
    _ training: TrainingSettings, pool: Int
  ) throws -> any ExampleOrder {
    guard balance, let classes = try classes() else {
      return try SequenceBatches(lengths, training, pool: pool)
    }
    return try BalancedBatches(
      lengths: lengths, classes: classes, batch: training.sequencesPerUpdate,
      seed: UInt64(training.seed), pool: pool)
  }

  /// Whether anything depends on the classes of single examples.
  var readClasses: Bool { balance || classWeights != "none" }

  /// Whether the loss is another than the plain one.
  var shapesLoss: Bool { classWeights != "none" || labelSmoothing > 0 }
}
