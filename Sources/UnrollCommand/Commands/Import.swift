import ArgumentParser
import Foundation
import TaskCommands
import Unroll

struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes a run of weights that PyTorch or Keras has trained.",
    discussion: """
      The configuration says what the model is: 'unroll train TASK … --print-config' prints one. Its \
      embeddings, recurrent layers and output layer take the weights; what those are called and how \
      Keras's become ours stands in docs/exchange.md.
      """)

  @Option(help: ArgumentHelp("A PyTorch module's state_dict, as safetensors.", valueName: "file"))
  var torch: String?
  @Option(
    help: ArgumentHelp("A Keras model's weights by their paths, as safetensors.", valueName: "file")
  )
  var keras: String?
  @Option(help: ArgumentHelp("The settings of the run, as TOML.", valueName: "file")) var config:
    String
  @Option(help: "Folder of the new run.", completion: .directory) var out: String
  @Option(
    help: ArgumentHelp(
      "Words, a line each, in the order of the embedding's rows.", valueName: "file"))
  var vocabulary: String?
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Other files that a run of the task has, such as labels.txt.", valueName: "file"))
  var files: [String] = []
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "What modules of PyTorch's are called here, where that does not follow from what they are.",
      valueName: "from=to"))
  var rename: [String] = []
  @Flag(help: "Replace the run that the folder holds.") var overwrite = false

  func validate() throws {
    guard (torch == nil) != (keras == nil) else {
      throw ValidationError("Name one file of weights, with --torch or --keras.")
    }
    if keras != nil, !rename.isEmpty {
      throw ValidationError("--rename is for modules of PyTorch: drop it, or use --torch.")
    }
  }

  func run() throws {
    let weights =
      if let torch {
        try ForeignWeights(torch: URL(typed: torch), renamings: rename.map(Renaming.init))
      } else {
        try ForeignWeights(keras: URL(typed: keras ?? ""))
      }
    var run = ImportedRun(
      configuration: try URL(typed: config),
      weights: weights.tensors.map { ($0.name, $0.shape, $0.values) })
    run.cell = weights.cell
    run.source = try (torch ?? keras).map { try URL(typed: $0) }
    run.files = try files.map { try URL(typed: $0) }
    run.tokens = try vocabulary.map { try URL(typed: $0) }
    let unused = try run.write(
      to: URL(typed: out), overwrite: overwrite, team: WorkerTeam(count: 1))
    if !unused.isEmpty {
      Output.standardError.message(
        "warning: the model has no use for \(unused.joined(separator: ", "))")
    }
    Output.standardOutput.write("a run in \(out)\n")
  }
}
