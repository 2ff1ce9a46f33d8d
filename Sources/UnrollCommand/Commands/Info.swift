import ArgumentParser
import Foundation
import TaskCommands
import Unroll

struct Info: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows the processor, the kernels chosen, the cores usable, and the memory.")

  @Flag(help: "Print one JSON object.") var json = false

  func run() throws {
    let model = Processor.name ?? "unknown"
    let sets = InstructionSet.available
    let rows: [(String, String, Any)] = [
      ("version", UnrollVersion.current, UnrollVersion.current),
      ("processor", model, model),
      ("instruction set", InstructionSet.active.rawValue, InstructionSet.active.rawValue),
      (
        "available", sets.map(\.rawValue).joined(separator: ", "), sets.map(\.rawValue)
      ),
      ("bf16", InstructionSet.supportsBF16 ? "yes" : "no", InstructionSet.supportsBF16),
      ("cores usable", "\(UsableCores.count)", UsableCores.count),
      ("affinity", "\(UsableCores.affinity)", UsableCores.affinity),
      ("quota", UsableCores.quota.map(String.init) ?? "none", UsableCores.quota ?? 0),
      ("allocator", Allocator.description, Allocator.description),
      ("huge pages", hugePages, hugePages),
      (
        "memory", SystemMemory.total.map { "\(ByteCount($0))" } ?? "unknown",
        SystemMemory.total ?? 0
      ),
    ]
    if json {
      Output.json(
        Dictionary(
          uniqueKeysWithValues: rows.map { ($0.0.replacingOccurrences(of: " ", with: "_"), $0.2) }))
    } else {
      for (name, text, _) in rows {
        Output.standardOutput.write(
          name.padding(toLength: 17, withPad: " ", startingAt: 0) + text + "\n")
      }
    }
  }

  private var hugePages: String {
    let path = "/sys/kernel/mm/transparent_hugepage/enabled"
    let modes = KernelFile.text(path) ?? ""
    guard let start = modes.firstIndex(of: "["), let end = modes.firstIndex(of: "]") else {
      return "unavailable"
    }
    return String(modes[modes.index(after: start)..<end])
  }
}
