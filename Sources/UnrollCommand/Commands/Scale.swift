import ArgumentParser
import Foundation
import TaskCommands
import Unroll

struct Scale: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract:
      "Measures how training speeds up with threads or processes, and that they change no bit.",
    discussion: """
      The same updates run at each number of threads, in turns. Strong scaling shares one minibatch \
      and compares the weights afterwards, bit for bit; weak scaling gives every thread the \
      preset's minibatch. Beside it stands the speed-up of the machine's own peak: clocks fall \
      when all cores are busy. With --ranks it is numbers of processes: each time mpirun starts this \
      program so many times. --plan predicts from this machine what others would do. Exit code 1 if \
      weights differ.
      """)

  @OptionGroup var shape: ThroughputOptions
  @OptionGroup(title: "Processes and machines") var processes: RankScaleOptions
  @Option(
    help: ArgumentHelp("Numbers of threads; absent: 1, 2, 4 … all cores.", valueName: "1,2,4"))
  var threads: ThreadCounts?
  @Flag(help: "One minibatch shared by all threads (default), or one for each.")
  var mode = ScalingTest.Mode.strong
  @Flag(
    inversion: .prefixedNo,
    help: "Keep threads on cores of their own, where nobody else computes.") var pin = true
  @Option(parsing: .unconditional, help: "Timed updates at each number of threads.") var updates =
    20
  @Option(
    help: ArgumentHelp(
      "Where the results go: FILE.json and FILE.svg; several presets add their names.",
      valueName: "FILE"))
  var out = "scaling"
  @Flag(help: "Print JSON instead of the table.") var json = false

  func validate() throws {
    if updates < 1 || updates > 1_000_000 {
      throw ValidationError("--updates must be 1...1000000, found \(updates).")
    }
    if processes.ranks != nil, let threads, threads.values.count != 1 {
      throw ValidationError("--ranks goes with one number of --threads, that of each process.")
    }
    if processes.plan, shape.output != .full || shape.zipf != nil {
      throw ValidationError(
        "--plan knows what processes exchange of a full --output and of tokens that are all as frequent."
      )
    }
    if out.isEmpty || out.hasSuffix("/") { throw ValidationError("--out must name a file.") }
  }

  func run() throws {
    try BenchmarkBuild.check()
    if processes.asRank { return try measureAsRank() }
    let counts =
      processes.ranks?.values ?? threads?.values ?? ThreadCounts.powers(upTo: UsableCores.count)
    let shapes = try shape.shapes()
    for shape in shapes {
      let largest = ScalingTest.shape(shape, mode, threads: processes.plan ? 1 : counts.max() ?? 1)
      try largest.check(precision: self.shape.precision, optimizer: optimizer)
    }
    if processes.plan { return try predict(shapes) }
    if processes.ranks != nil { return try measureRanks(counts, shapes) }
    var areEqual = true
    for shape in shapes {
      let test = try ScalingTest(
        shape, precision: self.shape.precision, optimizer: optimizer, mode: mode, threads: counts,
        updates: updates, isPinned: pin)
      let report = ScalingReport(test, MachineDescription())
      let name = shapes.count == 1 ? out : "\(out)-\(shape.name)"
      // First: a reader of standard output that goes away ends the process.
      try report.write(to: name)
      json ? Output.json(report.object) : Output.standardOutput.write(report.table)
      if !json { Output.standardOutput.write("\n  \(name).json and \(name).svg written\n") }
      if test.weightsAreEqual == false { areEqual = false }
    }
    if !areEqual { throw ExitCode(1) }
  }

  var optimizer: OptimizerConfiguration { shape.rule }
}

extension ScalingTest.Mode: EnumerableFlag {}
