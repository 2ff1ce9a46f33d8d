import ArgumentParser
import Compute
import Runs

/// Options that a task does not have but that people are used to, from other tools or other tasks.
/// They are hidden; whoever types one is told what to type instead.
struct ForeignOptions<Task: TrainableTask>: ParsableArguments, CustomReflectable {
  private var typed: [UserError] = []

  init() {}

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: OptionKey.self)
    for habit in Self.habits {
      let key = OptionKey(habit.name)
      let value: String?
      if habit.isFlag {
        value = try container.decodeIfPresent(Bool.self, forKey: key).flatMap { $0 ? "" : nil }
      } else {
        value = try container.decodeIfPresent(String.self, forKey: key).map { " " + $0 }
      }
      if let value { typed.append(Self.refusal(habit.name, "use --\(habit.option)\(value)")) }
    }
    for (name, reason) in Self.refusals
    where try container.decodeIfPresent(Bool.self, forKey: OptionKey(name)) == true {
      typed.append(.usage(reason, hint: "drop --\(name)"))
    }
  }

  var customMirror: Mirror {
    let habits = Self.habits.map { habit in
      let name = NameSpecification.customLong(habit.name)
      let wrapper: Any =
        habit.isFlag
        ? Flag(wrappedValue: false, name: name, help: .private)
        : Option<String?>(name: name, parsing: .unconditional, help: .private)
      return (habit.name, wrapper)
    }
    let refusals = Self.refusals.map { name, _ in
      (name, Flag(wrappedValue: false, name: .customLong(name), help: .private) as Any)
    }
    return Mirror(self, children: habits + refusals, displayStyle: .struct)
  }

  /// Throws `UserError.usage` for the first such option that was typed.
  func refuse() throws {
    if let first = typed.first { throw first }
  }

  private static func refusal(_ name: String, _ hint: String) -> UserError {
    .usage("'\(ProgramName.current) train \(Task.name)' has no option --\(name)", hint: hint)
  }

  /// Habits that this task has an option for, and whether that is a flag.
  private static var habits: [(name: String, option: String, isFlag: Bool)] {
    let arguments = Task.schema.tables.flatMap { OptionArgument.all(of: $0, in: Task.self) }
    let own = Dictionary(arguments.map { ($0.spelling, $0) }) { first, _ in first }
    return Habits.all.compactMap { name, candidates in
      guard own[name] == nil, Task.refusals[name] == nil,
        let option = candidates.lazy.compactMap({ own[$0] }).first
      else { return nil }
      return (name, option.spelling, option.option.kind == .boolean)
    }
  }

  private static var refusals: [(name: String, reason: String)] {
    Task.refusals.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}

/// What options are called elsewhere, and here; of several names a task has one.
enum Habits {
  static let all: [(name: String, options: [String])] = [
    ("arch", ["cell"]), ("rnn-type", ["cell"]), ("model-type", ["cell"]),
    ("bi", ["bidirectional"]), ("bidir", ["bidirectional"]),
    ("hidden-size", ["hidden"]), ("hidden-dim", ["hidden"]), ("hidden-units", ["hidden"]),
    ("num-hidden", ["hidden"]), ("nhid", ["hidden"]), ("rnn-size", ["hidden"]),
    ("num-layers", ["layers"]), ("n-layers", ["layers"]), ("nlayers", ["layers"]),
    ("depth", ["layers"]),
    ("embedding-dim", ["embedding"]), ("embedding-size", ["embedding"]),
    ("embed-dim", ["embedding"]), ("embed-size", ["embedding"]), ("emsize", ["embedding"]),
    ("dropout-rate", ["dropout"]), ("dropout-prob", ["dropout"]),
    ("tied", ["tie"]), ("tie-weights", ["tie"]),
    ("batch-size", ["batch"]), ("bs", ["batch"]), ("minibatch", ["batch"]),
    ("bptt", ["steps"]), ("seq-len", ["steps"]), ("seq-length", ["steps"]),
    ("sequence-length", ["steps"]), ("block-size", ["steps"]),
    ("n-epochs", ["epochs"]), ("num-epochs", ["epochs"]), ("max-epochs", ["epochs"]),
    ("num-train-epochs", ["epochs"]),
    ("max-steps", ["updates"]), ("num-steps", ["updates"]), ("max-updates", ["updates"]),
    ("iterations", ["updates"]),
    ("num-workers", ["threads"]), ("num-threads", ["threads"]), ("workers", ["threads"]),
    ("jobs", ["threads"]),
    ("random-seed", ["seed"]), ("early-stopping", ["patience"]),
    ("dtype", ["precision"]),
    ("learning-rate", ["lr"]), ("learningrate", ["lr"]), ("optim", ["optimizer"]),
    ("wd", ["weight-decay"]), ("weightdecay", ["weight-decay"]), ("l2", ["weight-decay"]),
    ("clip", ["clip-norm"]), ("grad-clip", ["clip-norm"]), ("gradient-clip", ["clip-norm"]),
    ("clip-grad", ["clip-norm"]), ("max-grad-norm", ["clip-norm"]),
    ("scheduler", ["schedule"]), ("lr-scheduler", ["schedule"]), ("lr-schedule", ["schedule"]),
    ("warmup-steps", ["warmup"]), ("warmup-updates", ["warmup"]),
    ("input", ["text", "data", "pairs", "stories", "music"]),
    ("dataset", ["data", "text", "pairs", "stories", "music"]),
    ("train", ["data", "text", "pairs", "stories", "music"]),
    ("train-file", ["data", "text", "pairs", "stories", "music"]),
    ("val", ["valid"]), ("dev", ["valid"]), ("validation", ["valid"]), ("val-file", ["valid"]),
    ("val-split", ["valid-fraction"]), ("valid-split", ["valid-fraction"]),
    ("validation-split", ["valid-fraction"]),
    ("vocabulary-size", ["vocab-size"]), ("max-vocab", ["vocab-size", "vocabulary-size"]),
    ("max-vocab-size", ["vocab-size", "vocabulary-size"]),
  ]
}
