import Compute
import Corpora
import Networks
import Runs

/// The settings of the synthetic tasks.
package struct MemoryProblemSettings: TaskSettings {
  package struct Data: SettingsGroup {
    package static let about = "The examples, which are made"

    @Setting(of: SyntheticTaskKind.allCases.map(\.rawValue), "What is asked")
    package var task = "adding"
    @Setting(in: .positiveCount, "Steps of a sequence; for copy, the delay")
    package var length = 100
    @Setting(in: .positiveCount, "Examples that make an epoch") package var examples = 10_000
    @Setting(in: .positiveCount, mayChange: true, "Other examples to validate on")
    package var validExamples = 1_000

    package init() {}
  }

  package struct Model: SettingsGroup {
    package static let about = "The network"

    package var stack = StackSettings(hidden: 128, readsBothWays: false)
    @Setting(in: .width, "Units of the symbols' embedding") package var embedding = 32

    package init() {}
  }

  package var data = Data()
  package var model = Model()
  package var train = TrainingSettings(batch: 32)
  package var optimizer = OptimizerSettings()
  package var schedule = ScheduleSettings()

  package init() {}

  package func check() throws { _ = try MemoryProblem(self) }
}
