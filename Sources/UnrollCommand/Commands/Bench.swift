import ArgumentParser
import Foundation
import TaskCommands
import Unroll

struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures training in tokens a second and in percent of the machine's peak.",
    discussion: """
      An update is all of it: embedding, layers, output layer, loss, backward, clipping, optimizer. \
      Operations are 6 a token and matrix element. The peak is that of registers alone with all \
      threads busy, measured before, between and after the updates. Sizes given beside a preset \
      replace the preset's.
      """)

  @OptionGroup var shape: ThroughputOptions
  @Option(parsing: .unconditional, help: "Worker threads; 0: as many as there are cores.")
  var threads = 0
  @Option(
    name: .customLong("repeat"), parsing: .unconditional,
    help: "Timed updates; 0: as many as three seconds hold.")
  var repeats = 0
  @Option(
    parsing: .unconditional,
    help: "Leaves of the minibatch, a power of two, as --leaves of training has them.")
  var leaves = 1
  @Option(
    help: ArgumentHelp(
      "How threads share a recurrence: auto, rows, or groups x members.", valueName: "plan"))
  var plan = "auto"
  @Flag(
    inversion: .prefixedNo,
    help: "Keep threads on cores of their own, where nobody else computes.") var pin = true
  @Flag(help: "Keep one number for the squares of a row of a large table.") var rowMoments = false
  @Flag(help: "Print the plans for the shape, with what the cost model expects, and end.")
  var explain = false
  @Flag(help: "Sample instead of training: characters a second of one stream on one thread.")
  var sampling = false
  @Flag(help: "Save and load checkpoints instead, in the folder for temporary files.")
  var saving = false
  @Flag(help: "Print one JSON object a shape.") var json = false

  func validate() throws {
    if sampling, saving { throw ValidationError("Use either --sampling or --saving.") }
    if !(1...4096).contains(leaves) || leaves & (leaves - 1) != 0 {
      throw ValidationError("--leaves must be a power of two up to 4096, found \(leaves).")
    }
    if threads < 0 || threads > 4096 {
      throw ValidationError("--threads must be 0...4096, found \(threads).")
    }
    if repeats < 0 || repeats > 1_000_000 {
      throw ValidationError("--repeat must be 0...1000000, found \(repeats).")
    }
  }

  func run() throws {
    try BenchmarkBuild.check()
    let shapes = try shape.shapes()
    for shape in shapes { try shape.check(precision: self.shape.precision, optimizer: optimizer) }
    if sampling { return sample(shapes) }
    let workers = threads > 0 ? threads : UsableCores.count
    if explain { return explain(shapes, workers) }
    let team = try WorkerTeam.started(
      count: workers, division: TeamDivision(plan, workers: workers))
    if pin { team.pin() }
    if saving { return try save(shapes, team) }
    let machine = MachinePeaks(team)
    let report = BenchReport(MachineDescription(), machine, shape.optimizer)
    if !json { report.printHeader(threads: team.count) }
    for shape in shapes {
      ProcessMemory.resetPeak()
      let benchmark = ThroughputBenchmark(
        shape, team: team, precision: self.shape.precision, optimizer: optimizer,
        leaves: Leaves(count: leaves))
      let measurement = ThroughputMeasurement(benchmark, updates: repeats > 0 ? repeats : nil)
      json ? report.printJSON(measurement) : report.print(measurement)
    }
  }

  private var optimizer: OptimizerConfiguration {
    var optimizer = shape.rule
    optimizer.rowMoments = rowMoments
    return optimizer
  }

  private func save(_ shapes: [ThroughputShape], _ team: WorkerTeam) throws {
    for shape in shapes {
      let benchmark = ThroughputBenchmark(
        shape, team: team, precision: self.shape.precision, optimizer: optimizer)
      let folder = FileManager.default.temporaryDirectory
        .appendingPathComponent("unroll-\(UUID().uuidString)")
      let found = try SavingBenchmark(benchmark, in: folder, rounds: repeats > 0 ? repeats : 5)
      if json {
        Output.json([
          "what": "save", "preset": shape.name, "cell": shape.cell.name,
          "parameters": found.parameters, "bytes": found.bytes,
          "save_gb_per_second": found.saved * 1e-9, "load_gb_per_second": found.loaded * 1e-9,
          "stall_seconds": found.stallSeconds, "update_seconds": found.updateSeconds,
          "update_while_saving_seconds": found.updateWhileSavingSeconds,
          "isa": InstructionSet.active.rawValue, "cpu": Processor.name ?? "unknown",
        ])
      } else {
        Output.standardOutput.write(
          String(
            format:
              "%@ %@: %ld parameters, a checkpoint of %@, saved at %.2f GB/s, loaded at %.2f GB/s; "
              + "training stands still for %.0f ms; an update takes %.0f ms, %.0f ms while saving\n",
            shape.name, shape.cell.name, found.parameters, "\(ByteCount(found.bytes))",
            found.saved * 1e-9, found.loaded * 1e-9, 1000 * found.stallSeconds,
            1000 * found.updateSeconds, 1000 * found.updateWhileSavingSeconds))
      }
    }
  }

  private func explain(_ shapes: [ThroughputShape], _ workers: Int) {
    let caches = ProcessorCaches.current
    Output.standardOutput.write(
      "\(workers) workers; caches: \(caches.own >> 10) KiB a core, \(caches.shared >> 10) KiB for "
        + "\(caches.sharers) processors\n")
    for shape in shapes {
      let listing = PlanListing(shape, workers: workers, precision: self.shape.precision)
      for line in listing.lines { Output.standardOutput.write(line + "\n") }
    }
  }

  private func sample(_ shapes: [ThroughputShape]) {
    let precision = shape.precision
    for shape in shapes {
      let result = SamplingBenchmark(
        shape, precision: precision, tokens: repeats > 0 ? max(repeats, 10) : 5000)
      if json {
        Output.json([
          "framework": "unroll", "what": "sample", "preset": shape.name,
          "cell": shape.cell.name, "precision": precision.rawValue, "threads": 1,
          "characters_per_second": (10 * result.tokensPerSecond).rounded() / 10,
          "isa": InstructionSet.active.rawValue, "cpu": Processor.name ?? "unknown",
        ])
      } else {
        Output.standardOutput.write(
          String(
            format: "%@ %@ %@: %.0f characters/s, one stream, one thread\n", shape.name,
            shape.cell.name, precision.rawValue, result.tokensPerSecond))
      }
    }
  }
}

enum BenchmarkBuild {
  /// Throws in a debug build, whose figures would say nothing.
  static func check() throws {
    #if DEBUG
      throw UserError(
        "this is a debug build: its figures would say nothing",
        hint: "swift run -c release unroll …")
    #endif
  }
}
