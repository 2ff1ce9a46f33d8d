import ArgumentParser
import Foundation
import Unroll

/// Kernels one by one, on one thread: checked against a plain reference first, timed afterwards.
@main
struct Kernels: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kernels", abstract: "Times the kernels over a grid of sizes, on one thread.")

  enum Section: String, CaseIterable, ExpressibleByArgument {
    case products, elementwise, gates, optimizers, tokenizers
  }

  @Argument(help: "What to time; absent: everything.") var sections: [Section] = []
  @Option(help: "Type of the products' operands.") var precision = Precision.f32

  func run() throws {
    #if DEBUG
      throw ValidationError("This is a debug build: run with -c release.")
    #else
      let machine = MachineDescription()
      print(
        "\(machine.processor), \(machine.instructionSet.rawValue), Swift \(machine.swiftVersion)")
      if let commit = machine.commit { print("commit \(commit)") }
      if let peak = MachinePeak.gigaflops(precision) {
        print(String(format: "peak of one thread: %.1f GFLOP/s %@", peak, precision.rawValue))
      }
      for section in sections.isEmpty ? Section.allCases : sections {
        switch section {
        case .products: try ProductBenchmarks(precision: precision).run()
        case .elementwise: try elementwiseBenchmarks()
        case .gates: try gateBenchmarks()
        case .optimizers: try optimizerBenchmarks()
        case .tokenizers: try tokenizerBenchmarks()
        }
      }
    #endif
  }
}

extension Precision: ExpressibleByArgument {}
