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
    for habit in Self.habits + Self.ofRuns {
      let key = OptionKey(habit.name)
      let value: String?
      if habit.isFlag {
        value = try container.decodeIfPresent(Bool.self, forKey: key).flatMap { $0 ? "" : nil }
      } else {
        value = try container.decodeIfPresent(String.self, forKey: key).map { " " + $0 }
      }
      if let value { typed.append(Self.refusal(habit.name, "use --\(habit.option)\(value)")) }
    }
    for (name, hasValue, hint) in Self.others {
      let key = OptionKey(name)
      let isTyped =
        hasValue
        ? try container.decodeIfPresent(String.self, forKey: key) != nil
        : try container.decodeIfPresent(Bool.self, forKey: key) == true
      if isTyped { typed.append(Self.refusal(name, hint)) }
    }
    for (name, reason) in Self.refusals
    where try container.decodeIfPresent(Bool.self, forKey: OptionKey(name)) == true {
      typed.append(.usage(reason, hint: "drop --\(name)"))
    }
  }

  var customMirror: Mirror {
    func hidden(_ name: String, isFlag: Bool) -> (String, Any) {
      let spelling = NameSpecification.customLong(name)
      let wrapper: Any =
        isFlag
        ? Flag(wrappedValue: false, name: spelling, help: .private)
        : Option<String?>(name: spelling, parsing: .unconditional, help: .private)
      return (name, wrapper)
    }
    let children =
      (Self.habits + Self.ofRuns).map { hidden($0.name, isFlag: $0.isFlag) }
      + Self.others.map { hidden($0.name, isFlag: !$0.hasValue) }
      + Self.refusals.map { hidden($0.name, isFlag: true) }
    return Mirror(self, children: children, displayStyle: .struct)
  }

  /// Throws `UserError.usage` for the first such option that was typed.
  func refuse() throws {
    if let first = typed.first { throw first }
  }

  private static func refusal(_ name: String, _ hint: String) -> UserError {
    .usage("'\(ProgramName.current) train \(Task.name)' has no option --\(name)", hint: hint)
  }

  /// The task's options, by spelling.
  private static var own: [String: OptionArgument] {
    let arguments = Task.schema.tables.flatMap { OptionArgument.all(of: $0, in: Task.self) }
    return Dictionary(arguments.map { ($0.spelling, $0) }) { first, _ in first }
  }

  /// Habits that no task has an option for.
  private static var others: [(name: String, hasValue: Bool, hint: String)] {
    let own = own
    return Habits.others.filter { own[$0.name] == nil && Task.refusals[$0.name] == nil }
  }

  /// Names of what every run has, where the task means nothing else by them.
  private static var ofRuns: [(name: String, option: String, isFlag: Bool)] {
    let own = own
    return Habits.ofRuns.filter { own[$0.name] == nil && Task.refusals[$0.name] == nil }
  }

  /// Habits that this task has an option for, and whether that is a flag.
  private static var habits: [(name: String, option: String, isFlag: Bool)] {
    let own = own
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
