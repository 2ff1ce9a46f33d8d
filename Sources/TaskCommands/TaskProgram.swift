import ArgumentParser
import Compute
import Foundation
import Runs

#if JEMALLOC
  import CAllocation
#endif

/// The command line of a program with tasks of its own.
///
/// ```swift
/// TaskProgram.main(SumTask.self)
/// ```
///
/// The program then has what `unroll` has for its own tasks: `train NAME` with an option for every
/// setting, `train --resume RUN`, `eval RUN` and, for tasks that predict, `predict RUN`.
public enum TaskProgram {
  /// Registers the tasks, does what the command line asks for and ends the process.
  ///
  /// Exit codes: 0 success, 1 the run failed, 2 the command line is wrong, 3 the training diverged,
  /// 128 + n signal n.
  public static func main(_ tasks: any TrainingTask.Type...) -> Never {
    for task in tasks { TaskRegistry.register(task) }
    run(TaskCommandLine.self)
  }

  /// Does what the command line asks of `root` and ends the process, with errors as users should see
  /// them.
  package static func run<Root: ParsableCommand>(_ root: Root.Type) -> Never {
    // A closed pipe (`unroll sample … | head`) is an error of `write`, not a reason to die silently.
    signal(SIGPIPE, SIG_IGN)
    // So is a limit on the size of files (ulimit -f).
    signal(SIGXFSZ, SIG_IGN)
    StandardStreams.openClosed()
    #if JEMALLOC
      when_memory_is_refused { SystemMemory.refuse(Int(clamping: UInt(bitPattern: $0))) }
    #endif
    StopSignals.letQuitEnd()
    AtomicFile.removeUnfinishedAtSignals()
    if let name = root.configuration.commandName { ProgramName.current = name }
    ProgramName.commands = root.configuration.subcommands.map { $0._commandName }
    do {
      try ResourceLimit.needTheLeast()
      _ = try InstructionSet.resolve(environment: ProcessInfo.processInfo.environment)
      let arguments = Array(CommandLine.arguments.dropFirst())
      try Train.checkTask(arguments)
      var command = try root.parseAsRoot(Train.named(Habits.spelled(arguments)))
      ActivityDisplay.standardError.start()
      try command.run()
    } catch let code as ExitCode {
      Foundation.exit(code.rawValue)
    } catch let error as UserError {
      Output.fail(error)
    } catch {
      if root.exitCode(for: error).isSuccess {
        Output.standardOutput.write(root.fullMessage(for: error) + "\n")
      } else {
        Output.fail(root.fullMessage(for: error), exitCode: UserError.Kind.usage.rawValue)
      }
    }
    StatusLine.standardError.clear()
    Foundation.exit(0)
  }
}

private struct TaskCommandLine: ParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: URL(fileURLWithPath: CommandLine.arguments.first ?? "program").lastPathComponent,
      abstract: "Trains and uses models.",
      subcommands: [Train.self, Evaluate.self, Predict.self])
  }
}
