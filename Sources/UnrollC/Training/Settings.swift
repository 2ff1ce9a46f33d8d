import Compute
import Interchange
import Runs

@_cdecl("unroll_settings")
public func unrollSettings(_ task: UnsafePointer<CChar>?, _ text: TextPlace?) -> Int32 {
  Call.answer(text) {
    let meanings = try SettingsRequest.meanings(of: Call.string(task, "the name of the task"))
    let fixed = Set(meanings.flatMap(\.command.fixed).map(\.key) + [SettingsSchema.taskKey])
    var keys: Set<String> = []
    var list: [JSONValue] = []
    for (task, _) in meanings {
      let schema = task.schema
      for key in schema.keys where !fixed.contains(key) && keys.insert(key).inserted {
        if let option = schema.option(key) { list.append(option.json) }
      }
    }
    return "\(JSONValue.array(list))"
  }
}

@_cdecl("unroll_check_settings")
public func unrollCheckSettings(
  _ task: UnsafePointer<CChar>?, _ settings: UnsafePointer<CChar>?, _ text: TextPlace?
) -> Int32 {
  Call.answer(text) {
    func check<Task: TrainingTask>(_ task: Task.Type, _ resolved: ResolvedSettings) throws {
      let settings: Task.Settings = resolved.settings()
      try settings.checkAll()
      try settings.checkAllOfNewRun()
    }
    let request = try SettingsRequest(Call.string(task, "the name of the task"), settings)
    try check(request.task, request.resolved())
    return ""
  }
}

extension SettingsOption {
  /// For whoever makes arguments of it.
  fileprivate var json: JSONValue {
    let (kindName, choices): (String, [String]) =
      switch kind {
      case .integer: ("integer", [])
      case .number: ("number", [])
      case .boolean: ("boolean", [])
      case .string: ("string", [])
      case .choice(let names): ("choice", names)
      case .strings: ("strings", [])
      case .period: ("period", [])
      }
    let value: OptionValue =
      switch self.default {
      case .value(let value): value
      case .following(_, _, let otherwise): otherwise
      }
    return [
      "name": .string(names[0]), "key": .string(key), "kind": .string(kindName),
      "must": .string("\(kind)"), "values": choices.isEmpty ? .null : .strings(choices),
      "default": JSONValue(value), "help": .string(help), "is_path": .boolean(isPath),
      "may_change": .boolean(mayChange),
    ]
  }
}

extension JSONValue {
  init(_ value: OptionValue) {
    switch value {
    case .integer(let number): self = .integer(number)
    case .number(let number): self = .number(number)
    case .boolean(let flag): self = .boolean(flag)
    case .string(let string): self = .string(string)
    case .strings(let strings): self = .strings(strings)
    }
  }
}
