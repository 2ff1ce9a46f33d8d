import ArgumentParser
import Foundation
import TaskCommands
import Unroll

extension LearningCurves.Course: ExpressibleByArgument {}

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows a run's model, its gradients through time, or its memory at work.",
    discussion: """
      Without --gradients: the weights with their shapes, the number of parameters and what else the \
      task knows of its model.

      With --gradients: how strongly the loss at the last step depends on the states before it, for \
      every layer and lag, whether that vanishes or explodes and at which rate; a picture goes to \
      --svg. Several runs share one picture. Language models are measured on --text, other runs on \
      --data in their own format; synthetic tasks make their data themselves.

      With --curve: a figure of validation and of training, where both have one of that name, of one \
      run or several in one picture.

      With --csv: all of metrics.jsonl as a table with commas, a column for each figure.

      With --memory: where the heads of a neural Turing machine stood at every step of one sequence.
      """)

  @Argument(
    help: ArgumentHelp("The run folder; several with --gradients and --curve.", valueName: "run"))
  var folders: [String]
  @Flag(help: "Measure gradients through time.") var gradients = false
  @Option(
    help: ArgumentHelp(
      "Draw a figure of metrics.jsonl: loss, accuracy, ….", valueName: "name"))
  var curve: String?
  @Option(help: "What --curve runs over: updates, tokens trained on, or time of training.")
  var over = LearningCurves.Course.updates
  @Option(
    help: ArgumentHelp("Write metrics.jsonl as a table with commas.", valueName: "file"),
    completion: .file(extensions: ["csv"]))
  var csv: String?
  @Flag(help: "Draw one sequence through an external memory.") var memory = false
  @Option(
    parsing: .unconditional, help: "For --memory: vectors to remember; without it, as in training.")
  var length: Int?
  @Option(
    name: [.customLong("text"), .customLong("data")], parsing: .upToNextOption,
    help: "Files to measure gradients on.")
  var files: [String] = []
  @Option(parsing: .unconditional, help: "For --gradients: steps to look back. (default: 50)")
  var lags: Int?
  @Option(
    help: ArgumentHelp(
      "Picture; without it gradients.svg, curve.svg or memory.svg in the run's folder.",
      valueName: "file")
  )
  var svg: String?
  @OptionGroup var team: TeamOptions
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    if folders.isEmpty { throw ValidationError("Missing expected argument '<run> ...'") }
    if let lags, lags < 1 || lags > 1 << 20 {
      throw ValidationError("--lags must be 1...\(1 << 20), found \(lags).")
    }
    if [gradients, memory, curve != nil, csv != nil].count(where: \.self) > 1 {
      throw ValidationError("--gradients, --curve, --memory and --csv are different things.")
    }
    if over != .updates, curve == nil { throw ValidationError("--over is for --curve.") }
    if let length, !memory || length < 1 {
      throw ValidationError("--length is for --memory, and at least 1.")
    }
    if !gradients {
      if folders.count > 1, curve == nil {
        throw ValidationError("Several runs are for --gradients and --curve.")
      }
      if !files.isEmpty { throw ValidationError("--text and --data are for --gradients.") }
      if let lags {
        throw ValidationError("--lags \(lags) is for --gradients: add it, or drop --lags.")
      }
      if svg != nil, !memory, curve == nil {
        throw ValidationError("--svg is for --gradients, --curve and --memory.")
      }
    }
    if folders.count > 1, svg == nil {
      throw ValidationError("Several runs need --svg, the picture they share.")
    }
  }

  func run() throws {
    try OutputFiles.check([("--csv", csv), ("--svg", svg)], reading: [("--data", files)])
    if gradients {
      try showGradients()
    } else if let curve {
      try showCurves(of: curve)
    } else if let csv {
      let run = try RunFolder.open(at: URL(typed: folders[0]))
      try AtomicFile.write(
        MetricsTable(try run.metricsRecords()).csv, to: URL(typed: csv))
    } else if memory {
      try showMemory()
    } else {
      try showModel()
    }
  }

  // MARK: Gradients

  private func showGradients() throws {
    let team = try team.team
    let urls = try files.map { try URL(typed: $0) }
    let flows = try folders.map { folder in
      let run = try OpenedRun(folder, team: team)
      let flow = try run.ability(Abilities.gradientMeasuring, for: "--gradients")
        .gradientFlow(urls, lags: lags ?? 50)
      return (run: run.folder, flow: flow)
    }
    let picture = try svg.map { try URL(typed: $0) } ?? flows[0].run.gradientPlot
    try AtomicFile.write(
      GradientPlot(flows.map { ($0.run.url.lastPathComponent, $0.flow) }).svg, to: picture)
    for (folder, (_, flow)) in zip(folders, flows) {
      if json {
        let members: [JSONValue.Member] = [.init("run", .string(folder))]
        Output.beside([svg]).write(JSONValue.object(members + flow.json).description + "\n")
      } else {
        Output.beside([svg]).write((folders.count > 1 ? folder + "\n" : "") + flow.report + "\n")
      }
    }
    if !json { Output.beside([svg]).write("picture in '\(picture.relativePath)'\n") }
  }

  // MARK: Learning curves

  private func showCurves(of measure: String) throws {
    let runs = try folders.map { try RunFolder.open(at: URL(typed: $0)) }
    let result = try LearningCurves(runs, measure: measure, over: over)
    let picture = try svg.map { try URL(typed: $0) } ?? runs[0].curvePlot
    try AtomicFile.write(result.svg, to: picture)
    for (index, folder) in folders.enumerated() {
      if json {
        Output.beside([svg]).write("\(result.json(index, run: folder))\n")
      } else {
        for curve in result.curves[index] { Output.beside([svg]).write(curve.text + "\n") }
      }
    }
    if !json { Output.beside([svg]).write("picture in '\(picture.relativePath)'\n") }
  }

  // MARK: Memory

  private func showMemory() throws {
    let run = try OpenedRun(folders[0], team: try team.team)
    if let length {
      try run.ability(Abilities.resizing, for: "--length").resize(
        length: length, repeats: nil, unseen: nil)
    }
    let trace = try run.ability(Abilities.memoryShowing, for: "--memory").memoryTrace()
    let picture = try svg.map { try URL(typed: $0) } ?? run.folder.memoryPlot
    try AtomicFile.write(
      MemoryPlot(trace, title: run.folder.url.lastPathComponent).svg, to: picture)
    if json {
      Output.beside([svg]).write("\(trace.json)\n")
    } else {
      Output.beside([svg]).write("picture in '\(picture.relativePath)'\n")
    }
  }

  // MARK: Model

  private func showModel() throws {
    let run = try OpenedRun(folders[0], team: WorkerTeam(count: 1))
    let parameters = run.task.parameters.parameters.map {
      (name: $0.name, shape: $0.shape, count: $0.count)
    }
    let facts =
      [
        Fact("task", .string(type(of: run.task).name), text: type(of: run.task).name),
        Fact(
          "parameters", .integer(run.task.parameters.parameterCount),
          text: "\(run.task.parameters.parameterCount)"),
      ] + run.task.facts
    if json {
      let tensors = parameters.map {
        JSONValue.object([
          .init("name", .string($0.name)), .init("shape", .array($0.shape.map { .integer($0) })),
          .init("parameters", .integer($0.count)),
        ])
      }
      let object = JSONValue.object(
        facts.map { .init($0.key, $0.json) } + [.init("tensors", .array(tensors))])
      return Output.standardOutput.write("\(object)\n")
    }
    let names = Self.padded(parameters.map(\.name))
    let shapes = Self.padded(
      parameters.map { $0.shape.map(String.init).joined(separator: " × ") })
    for (index, parameter) in parameters.enumerated() {
      Output.standardOutput.write("\(names[index])\(shapes[index])\(parameter.count)\n")
    }
    Output.standardOutput.write("\n")
    let keys = Self.padded(facts.map { $0.key.replacing("_", with: " ") })
    for (key, fact) in zip(keys, facts) {
      for line in fact.text.split(separator: "\n") {
        Output.standardOutput.write("\(key)\(line)\n")
      }
    }
  }

  /// A column of a table: all as wide as the longest, and two blanks.
  private static func padded(_ texts: [String]) -> [String] {
    let width = (texts.map(\.count).max() ?? 0) + 2
    return texts.map { $0.padding(toLength: width, withPad: " ", startingAt: 0) }
  }
}
