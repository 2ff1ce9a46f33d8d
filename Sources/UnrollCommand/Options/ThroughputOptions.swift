import ArgumentParser
import Unroll

extension Precision: ExpressibleByArgument {}
extension ThroughputShape.Output: ExpressibleByArgument {}

/// The shape of a training step on the command line: a preset, and what replaces parts of it.
struct ThroughputOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "\(ThroughputShape.presets.map(\.name).joined(separator: ", ")), or all.",
      valueName: "name"))
  var preset = "char512"
  @Option(help: "Recurrent cell: \(Cells.names.joined(separator: ", ")).") var cell = "lstm"
  @Option(help: "Type of the products' operands.") var precision = Precision.f32
  @Option(help: "Update rule: \(Optimizers.names.joined(separator: ", ")).") var optimizer = "adam"
  @Option(parsing: .unconditional, help: "Recurrent layers.") var layers: Int?
  @Option(parsing: .unconditional, help: "Units in a recurrent layer.") var hidden: Int?
  @Option(
    parsing: .unconditional,
    help: "Units of the token embedding; absent: as the preset, or as --hidden.")
  var embedding: Int?
  @Option(parsing: .unconditional, help: "Tokens in the vocabulary.") var vocab: Int?
  @Option(help: "What the model ends with.") var output = ThroughputShape.Output.full
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "First ranks of the clusters of an adaptive output, as far as there are; absent: by cost.",
      valueName: "rank"))
  var cutoffs: [Int] = []
  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Draw the token of rank r as often as 1 / r^S says; absent: all as often.", valueName: "s"))
  var zipf: Double?
  @Option(parsing: .unconditional, help: "Sequences in a minibatch.") var batch: Int?
  @Option(parsing: .unconditional, help: "Time steps of an update, the same for all sequences.")
  var steps: Int?
  @Option(help: ArgumentHelp("Sequences of A to B steps, evenly.", valueName: "A-B"))
  var lengths: LengthRange?

  func validate() throws {
    if preset != "all", ThroughputShape.preset(named: preset) == nil {
      let names = ThroughputShape.presets.map(\.name).joined(separator: ", ")
      throw ValidationError("--preset must be one of \(names), all; it is '\(preset)'.")
    }
    if Cells.named(cell) == nil {
      let names = Cells.names.joined(separator: ", ")
      throw ValidationError("--cell must be one of \(names); it is '\(cell)'.")
    }
    if !Optimizers.names.contains(optimizer) {
      let names = Optimizers.names.joined(separator: ", ")
      throw ValidationError("--optimizer must be one of \(names); it is '\(optimizer)'.")
    }
    if steps != nil, lengths != nil {
      throw ValidationError("--steps and --lengths exclude each other.")
    }
  }

  /// The update rule, as a training has it in which nothing but its name was chosen.
  var rule: OptimizerConfiguration {
    var settings = OptimizerSettings()
    settings.name = optimizer
    return settings.configuration
  }

  /// The shapes asked for; a `*` marks one that is not the preset's any more.
  func shapes() throws -> [ThroughputShape] {
    ThroughputShape.presets.filter { preset == "all" || $0.name == preset }.map { preset in
      var shape = preset
      if let layers { shape.layers = layers }
      if let hidden { (shape.hidden, shape.embedding) = (hidden, hidden) }
      if let embedding { shape.embedding = embedding }
      if let vocab { shape.vocabulary = vocab }
      (shape.output, shape.cutoffs, shape.zipf) = (output, cutoffs, zipf)
      if let batch { shape.batch = batch }
      if let steps { (shape.steps, shape.lengths) = (steps, nil) }
      if let lengths { (shape.steps, shape.lengths) = (lengths.range.upperBound, lengths.range) }
      if shape != preset { shape.name += "*" }
      shape.cell = Cells.named(cell) ?? shape.cell
      return shape
    }
  }
}

/// `10-200`: both ends included.
struct LengthRange: ExpressibleByArgument {
  let range: ClosedRange<Int>

  init?(argument: String) {
    let bounds = argument.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard bounds.count == 2, let first = bounds[0], let last = bounds[1], 1 <= first, first <= last
    else { return nil }
    range = first...last
  }
}
