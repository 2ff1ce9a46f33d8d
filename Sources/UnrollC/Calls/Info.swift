import Compute
import Interchange
import Parallel
import Runs

@_cdecl("unroll_info")
public func unrollInfo(_ text: TextPlace?) -> Int32 {
  Call.answer(text) {
    var names: [String] = []
    var tasks: [JSONValue] = []
    for task in TaskRegistry.tasks {
      for command in task.commands where !names.contains(command.name) {
        names.append(command.name)
        tasks.append(["name": .string(command.name), "about": .string(command.abstract)])
      }
    }
    let info: JSONValue = [
      "version": .string(UnrollVersion.current),
      "instruction_set": .string(InstructionSet.active.rawValue),
      "cores": .integer(UsableCores.count), "tasks": .array(tasks),
    ]
    return "\(info)"
  }
}
