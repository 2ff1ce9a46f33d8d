import ArgumentParser
import Foundation
import Unroll

struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Shows a run's model, its gradients through time, or its memory at work.",
    discussion: """
      Without --gradients: the weights with their shapes and the number of parameters; of a language \
      model also operations a token and memory.

      With --gradients: how strongly the loss at the last step depends on the states before it, for \
      every layer and lag, whether that vanishes or explodes and at which rate; a picture goes to \
      --svg. Several runs share one picture. Language models are measured on --text, other runs on \
      --data in their own format; synthetic tasks make their data themselves.

      With --curve: a figure of validation over updates, or of training where validation has none \
      of that name, of one run or several in one picture.

      With --memory: where the heads of a neural Turing machine stood at every step of one sequence.
      """)

  @Argument(
    help: ArgumentHelp("The run folder; several with --gradients and --curve.", valueName: "run"))
  var folders: [String]
  @Flag(help: "Measure gradients through time.") var gradients = false
  @Option(
    help: ArgumentHelp(
      "Draw a figure of metrics.jsonl over updates: loss, accuracy, ….", valueName: "name"))
  var curve: String?
  @Flag(help: "Draw one sequence through an external memory.") var memory = false
  @Option(help: "For --memory: vectors to remember; without it, as in training.") var length: Int?
  @Option(
    name: [.customLong("text"), .customLong("data")], parsing: .upToNextOption,
    help: "Files to measure gradients on.")
  var files: [String] = []
  @Option(help: "Steps to look back.") var lags = 50
  @Option(
    help: ArgumentHelp(
      "Picture; without it gradients.svg, curve.svg or memory.svg in the run's folder.",
      valueName: "file")
  )
  var svg: String?
  @Option(help: "Worker threads; 0: as many as there are cores.") var threads = 0
  @Flag(help: "Print one JSON object.") var json = false

  func validate() throws {
    if folders.isEmpty { throw ValidationError("Missing expected argument '<run> ...'") }
    if threads < 0 || threads > 4096 { throw ValidationError("--threads must be 0...4096.") }
    if lags < 1 || lags > 1 << 20 { throw ValidationError("--lags must be 1...\(1 << 20).") }
    if [gradients, memory, curve != nil].count(where: \.self) > 1 {
      throw ValidationError("--gradients, --curve and --memory are different pictures.")
    }
    if let length, !memory || length < 1 {
      throw ValidationError("--length is for --memory, and at least 1.")
    }
    if !gradients {
      if folders.count > 1, curve == nil {
        throw ValidationError("Several runs are for --gradients and --curve.")
      }
      if !files.isEmpty { throw ValidationError("--text and --data are for --gradients.") }
      if svg != nil, !memory, curve == nil {
        throw ValidationError("--svg is for --gradients, --curve and --memory.")
      }
    }
    if folders.count > 1, svg == nil {
      throw ValidationError("Several runs need --svg, the picture they share.")
    }
  }

  func run() throws {
    if gradients {
      try showGradients()
    } else if let curve {
      try showCurves(of: curve)
    } else if memory {
      try showMemory()
    } else {
      try showModel()
    }
  }

  // MARK: Gradients

  private func showGradients() throws {
    let team = WorkerTeam(count: threads > 0 ? threads : UsableCores.count)
    let flows = try folders.map { folder in
      let run = try RunFolder.open(at: URL(fileURLWithPath: folder))
      return (run: run, flow: try flow(run, team))
    }
    let picture = svg.map { URL(fileURLWithPath: $0) } ?? flows[0].run.gradientPlot
    try AtomicFile.write(
      GradientPlot(flows.map { ($0.run.url.lastPathComponent, $0.flow) }).svg, to: picture)
    for (folder, (_, flow)) in zip(folders, flows) {
      if json {
        let members: [JSONValue.Member] = [.init("run", .string(folder))]
        Output.standardOutput.write(JSONValue.object(members + flow.json).description + "\n")
      } else {
        Output.standardOutput.write((folders.count > 1 ? folder + "\n" : "") + flow.report + "\n")
      }
    }
    if !json { Output.standardOutput.write("picture in '\(picture.relativePath)'\n") }
  }

  private func flow(_ run: RunFolder, _ team: WorkerTeam) throws -> GradientFlow {
    let urls = files.map { URL(fileURLWithPath: $0) }
    if let kind = try run.jobKind().trainedModel {
      return try kind.init(run, team: team).gradientFlow(urls, lags: lags, team: team)
    }
    guard !urls.isEmpty else {
      throw UserError.usage(
        "no text to measure gradients on", hint: "name one or more files with --text")
    }
    let archive = try LanguageModelArchive(at: run.url)
    let cache = FileManager.default.temporaryDirectory
      .appendingPathComponent("unroll-inspect-\(ProcessInfo.processInfo.processIdentifier)")
    defer { try? FileManager.default.removeItem(at: cache) }
    let corpus = try CorpusTokenizer.tokenize(
      files: urls, vocabulary: archive.vocabulary, cacheFolder: cache)
    return try GradientFlow(archive.model, corpus.tokens, lags: lags, team: team)
  }

  // MARK: Learning curves

  private func showCurves(of measure: String) throws {
    let runs = try folders.map { try RunFolder.open(at: URL(fileURLWithPath: $0)) }
    let result = try LearningCurves(runs, measure: measure)
    let picture = svg.map { URL(fileURLWithPath: $0) } ?? runs[0].curvePlot
    try AtomicFile.write(result.svg, to: picture)
    for (folder, curve) in zip(folders, result.curves) {
      if json {
        Output.json([
          "run": folder, "measure": measure, "updates": curve.points.map(\.update),
          "values": curve.points.map(\.value),
        ])
      } else {
        let (first, last, lowest) = (curve.points[0], curve.points.last!, curve.lowest)
        Output.standardOutput.write(
          curve.name
            + String(
              format: ": %.6g at update %d, %.6g at %d, lowest %.6g at %d\n", first.value,
              first.update, last.value, last.update, lowest.value, lowest.update))
      }
    }
    if !json { Output.standardOutput.write("picture in '\(picture.relativePath)'\n") }
  }

  // MARK: Memory

  private func showMemory() throws {
    let run = try RunFolder.open(at: URL(fileURLWithPath: folders[0]))
    guard try run.jobKind() == .recall else {
      throw UserError.usage(
        "'\(run.url.relativePath)' has no external memory: it was trained with "
          + "'\(try run.jobKind().rawValue)'", hint: "use a run of unroll train recall")
    }
    var trained = try TrainedRecall(
      run, team: WorkerTeam(count: threads > 0 ? threads : UsableCores.count))
    if let length { try trained.resize(length: length, repeats: nil) }
    let picture = svg.map { URL(fileURLWithPath: $0) } ?? run.memoryPlot
    let trace = try trained.trace()
    try AtomicFile.write(
      MemoryPlot(trace, title: run.url.lastPathComponent).svg, to: picture)
    if json {
      Output.standardOutput.write("\(trace.json)\n")
    } else {
      Output.standardOutput.write("picture in '\(picture.relativePath)'\n")
    }
  }

  // MARK: Weights

  /// What the file of the best weights holds, whatever was trained.
  private func showWeights(_ run: RunFolder) throws {
    let tensors = try SafetensorsFile.open(run.model).tensors.sorted { $0.key < $1.key }
    let counts = tensors.map { $0.value.shape.reduce(1, *) }
    let total = counts.reduce(0, +)
    if json {
      Output.json([
        "task": try run.jobKind().rawValue, "parameters": total,
        "tensors": zip(tensors, counts).map { tensor, count in
          ["name": tensor.key, "shape": tensor.value.shape, "parameters": count] as [String: Any]
        },
      ])
      return
    }
    show(zip(tensors, counts).map { ($0.key, $0.value.shape, $1) })
    Output.standardOutput.write("\ntask         \(try run.jobKind().rawValue)\n")
    Output.standardOutput.write("parameters   \(total)\n")
  }

  private func show(_ tensors: [(name: String, shape: [Int], count: Int)]) {
    let width = tensors.map(\.name.count).max() ?? 0
    for tensor in tensors {
      let name = tensor.name.padding(toLength: width + 2, withPad: " ", startingAt: 0)
      let shape = tensor.shape.map(String.init).joined(separator: " × ")
      Output.standardOutput.write(
        name + shape.padding(toLength: 16, withPad: " ", startingAt: 0) + "\(tensor.count)\n")
    }
  }

  // MARK: Model

  private func showModel() throws {
    let run = try RunFolder.open(at: URL(fileURLWithPath: folders[0]))
    guard try run.jobKind() == .languageModel else { return try showWeights(run) }
    let archive = try LanguageModelArchive(at: URL(fileURLWithPath: folders[0]))
    let model = archive.model
    let forward = 2 * model.matrixElementsPerToken
    let memory = LanguageModelMemory(
      model.configuration, batch: archive.configuration.integer("train.batch"),
      steps: archive.configuration.integer("train.steps"),
      momentCount: try OptimizerConfiguration(archive.configuration).momentNames.count,
      precision: model.precision)
    if json {
      Output.json([
        "parameters": model.parameters.parameterCount, "vocabulary": archive.vocabulary.count,
        "flop_per_token": ["forward": forward, "training": 3 * forward],
        "tensors": model.parameters.parameters.map {
          ["name": $0.name, "shape": $0.shape, "parameters": $0.count] as [String: Any]
        },
        "memory_bytes": Dictionary(uniqueKeysWithValues: memory.parts.map { ($0.name, $0.bytes) }),
      ])
      return
    }
    show(model.parameters.parameters.map { ($0.name, $0.shape, $0.count) })
    Output.standardOutput.write(
      """

      cell         \(model.configuration.cell.name), \(model.configuration.layerCount) layers of \
      \(model.configuration.hiddenSize) units
      vocabulary   \(archive.vocabulary.count) \(archive.vocabulary.kind.rawValue) tokens
      parameters   \(model.parameters.parameterCount)
      FLOP/token   \(forward) forward, \(3 * forward) training

      """)
    for part in memory.parts {
      Output.standardOutput.write("memory       \(ByteCount(part.bytes)) for \(part.name)\n")
    }
    Output.standardOutput.write("memory       \(ByteCount(memory.total)) in training\n")
  }
}
