import Compute
import Foundation
import Parallel

/// What stands above a table of figures: the machine, the build.
package struct MachineDescription: Sendable {
  package let processor: String
  package let instructionSet: InstructionSet
  package let usableCores: Int
  package let swiftVersion: String
  /// Of the checkout that the program stands in, with `-dirty` for changed files; nil elsewhere.
  package let commit: String?

  package init(executable: URL? = Bundle.main.executableURL) {
    processor = Processor.name ?? "unknown"
    instructionSet = InstructionSet.active
    usableCores = UsableCores.count
    swiftVersion = Self.compiler
    commit = executable.flatMap { Self.commit(in: $0.deletingLastPathComponent()) }
  }

  /// Asks git; whatever goes wrong, there is no commit to show.
  private static func commit(in folder: URL) -> String? {
    let git = Process()
    git.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    git.arguments = [
      "git", "-C", folder.path, "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*",
    ]
    let output = Pipe()
    git.standardOutput = output
    git.standardError = FileHandle.nullDevice
    guard (try? git.run()) != nil else { return nil }
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    git.waitUntilExit()
    let commit = text.trimmingCharacters(in: .whitespacesAndNewlines)
    return git.terminationStatus == 0 && !commit.isEmpty ? commit : nil
  }

  /// The compiler tells its version only by comparison.
  private static var compiler: String {
    #if compiler(>=6.4)
      "6.4 or later"
    #elseif compiler(>=6.3.1)
      "6.3.1"
    #elseif compiler(>=6.3)
      "6.3"
    #elseif compiler(>=6.2)
      "6.2"
    #else
      "6.1"
    #endif
  }
}
