import Compute
import Corpora
import Networks
import Runs

/// The settings of the synthetic tasks.
public struct MemoryProblemSettings: TaskSettings {
  public struct Data: SettingsGroup {
    public static let about = "The examples, which are made"

    @Setting(of: SyntheticTaskKind.allCases.map(\.rawValue), "What is asked")
    public var task = "adding"
    @Setting(in: .positiveCount, "Steps of a sequence; for copy, the delay")
    public var length = 100
    @Setting(in: .positiveCount, "Examples that make an epoch") public var examples = 10_000
    @Setting(in: .positiveCount, mayChange: true, "Other examples to validate on")
    public var validExamples = 1_000

    public init() {}
  }

  public struct Model: SettingsGroup {
    public static let about = "The network"

    public var stack = StackSettings(hidden: 128, readsBothWays: false)
    @Setting(in: .width, "Units of the symbols' embedding") public var embedding = 32

    public init() {}
  }

  public var data = Data()
  public var model = Model()
  public var train = TrainingSettings(batch: 32)
  public var optimizer = OptimizerSettings()
  public var schedule = ScheduleSettings()

  public init() {}

  public func check() throws { _ = try MemoryProblem(self) }
}
