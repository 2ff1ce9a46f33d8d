import Autodiff
import Compute
import Interchange
import Networks

extension NetworkGraph {
  /// A layer in one direction as a loop over time, by the formula of its cell: what `Recurrence` does.
  /// The products of the input come before the loop.
  ///
  /// Throws a `UserError` that names the layer if its cell says no formula.
  func scanned(
    _ x: ONNXValue, _ configuration: StackConfiguration, _ names: LayerNames,
    frame: SequenceFrame, initial: StateValues?
  ) throws -> (output: ONNXValue, final: StateValues) {
    guard let cell = configuration.cell as? any FormulaCell else {
      throw UserError(
        "the layer '\(names["…"])' cannot be written as a graph: the cell "
          + "'\(configuration.cell.name)' does not say its formula",
        hint: "let the cell conform to FormulaCell")
    }
    let hasCell = cell.hasCellState
    let stages = cell.stages.indices.map {
      ScannedStage($0, of: cell, hiddenSize: configuration.hiddenSize, names, in: self)
    }
    let loop = builder.body("step\(names.suffix)")
    // States and a step's part of what is looked through.
    let h = loop.input("h", .float, [.free, .fixed(configuration.stateSize)])
    let c = hasCell ? loop.input("c", .float, [.free, .fixed(configuration.hiddenSize)]) : nil
    var scanned: [ONNXValue] = []
    let started = stages.map { stage -> ONNXValue? in
      guard let products = stage.inputProducts(x, in: self) else { return nil }
      scanned.append(products)
      return loop.input("gates", .float, [.free, .fixed(stage.columns)])
    }
    scanned.append(frame.columnMask)
    let isWithin = loop.input("within", .bool, [.free, 1])

    var writer = FormulaWriter(loop)
    var step = StepFormula(
      hiddenSize: configuration.hiddenSize, hPrevious: .given(h.name),
      cPrevious: .given((c ?? h).name),
      peepholes: peepholes(of: cell, names).map { .given($0.name) })
    for (index, stage) in stages.enumerated() {
      stage.begin(
        &step, started[index], source: index == 0 ? h : writer.write(step.kept), &writer, in: self)
      cell.formula(stage: index, &step)
      if index == 0 { step.firstGates = step.gates }
    }
    let (newH, newC) = settle(
      &writer, step, (h, c), names, zoneout: configuration.regularization.zoneout)
    let nextH = loop.chosen(isWithin, newH, h)
    loop.output("h_next", nextH, [.free, .fixed(configuration.stateSize)])
    if let c, let newC {
      loop.output(
        "c_next", loop.chosen(isWithin, newC, c), [.free, .fixed(configuration.hiddenSize)])
    }
    loop.output("h_step", nextH, [.free, .fixed(configuration.stateSize)])

    let zeros = StateValues(
      h: frame.zeros(columns: configuration.stateSize),
      c: hasCell ? frame.zeros(columns: configuration.hiddenSize) : nil)
    let results = builder.node(
      "Scan", (initial ?? zeros).all + scanned, outputs: hasCell ? 3 : 2,
      [("body", .graph(loop.built)), ("num_scan_inputs", .int(scanned.count))])
    return (
      results[results.count - 1], StateValues(h: results[0], c: hasCell ? results[1] : nil)
    )
  }

  private func peepholes(of cell: any FormulaCell, _ names: LayerNames) -> [ONNXValue] {
    let count = cell.peepholeCount
    guard count > 0 else { return [] }
    let size = parameter(names["weight_peephole"]).count / count
    return builder.split(
      weight(names["weight_peephole"]), [Int](repeating: size, count: count), axis: 0)
  }

  /// From what the cell computes to the states: `RecurrentCandidate`, in evaluation.
  private func settle(
    _ writer: inout FormulaWriter, _ step: StepFormula, _ previous: (h: ONNXValue, c: ONNXValue?),
    _ names: LayerNames, zoneout: Double
  ) -> (ONNXValue, ONNXValue?) {
    var h = writer.write(step.h)
    var c = previous.c.map { _ in writer.write(step.c) }
    let loop = writer.builder
    if has(names["weight_hr"]) {
      h = loop.matrixProduct(h, builder.transpose(weight(names["weight_hr"]), [1, 0]))
    }
    guard zoneout > 0 else { return (h, c) }
    func mixed(_ previous: ONNXValue, _ value: ONNXValue) -> ONNXValue {
      loop.sum(
        loop.product(loop.number(Float(zoneout)), previous),
        loop.product(loop.number(1 - Float(zoneout)), value))
    }
    h = mixed(previous.h, h)
    if let before = previous.c, let value = c { c = mixed(before, value) }
    return (h, c)
  }
}

/// One stage of a cell in a loop: its products and where their sums start.
private struct ScannedStage {
  let description: CellStage
  let hiddenSize: Int
  let names: LayerNames
  /// Whether it adds to the gates of the stage before.
  let continues: Bool
  /// `[columns]`; nil where the stage goes on with other gates.
  let bias: ONNXValue?
  let inputGates: Int
  let recurrentGates: Int

  var columns: Int { description.blocks.count * hiddenSize }

  init(
    _ index: Int, of cell: any FormulaCell, hiddenSize: Int, _ names: LayerNames,
    in graph: NetworkGraph
  ) {
    let stages = cell.stages
    description = stages[index]
    self.hiddenSize = hiddenSize
    self.names = names
    (inputGates, recurrentGates) = (cell.inputGateCount, cell.recurrentGateCount)
    continues = index > 0 && stages[index - 1].blocks == description.blocks
    let blocks = description.blocks
    let biases = [
      blocks.upperBound <= inputGates ? ("bias_ih", inputGates) : nil,
      description.isSeparate || blocks.upperBound > recurrentGates
        ? nil : ("bias_hh", recurrentGates),
    ].compactMap(\.self).map {
      Self.rows($0.0, blocks, of: $0.1, hiddenSize, names, in: graph)
    }
    bias =
      continues
      ? nil
      : biases.dropFirst().reduce(biases.first) { sum, next in
        sum.map { graph.builder.sum($0, next) }
      }
  }

  /// The rows of some gates in a parameter of so many.
  private static func rows(
    _ name: String, _ blocks: Range<Int>, of count: Int, _ size: Int, _ names: LayerNames,
    in graph: NetworkGraph
  ) -> ONNXValue {
    let whole = graph.weight(names[name])
    return blocks == 0..<count
      ? whole
      : graph.builder.slice(whole, blocks.lowerBound * size..<blocks.upperBound * size, axis: 0)
  }

  private func transposed(_ name: String, of count: Int, in graph: NetworkGraph) -> ONNXValue {
    graph.builder.transpose(
      Self.rows(name, description.blocks, of: count, hiddenSize, names, in: graph), [1, 0])
  }

  /// `[time, batch, columns]`: what needs no state. Nil where the stage reads no input.
  func inputProducts(_ x: ONNXValue, in graph: NetworkGraph) -> ONNXValue? {
    guard description.readsInput else { return nil }
    let builder = graph.builder
    let products = builder.matrixProduct(x, transposed("weight_ih", of: inputGates, in: graph))
    return bias.map { builder.sum(products, $0) } ?? products
  }

  /// Completes the pre-activations.
  func begin(
    _ step: inout StepFormula, _ started: ONNXValue?, source: ONNXValue,
    _ writer: inout FormulaWriter, in graph: NetworkGraph
  ) {
    let loop = writer.builder
    func gates(_ value: ONNXValue) -> [UnitFormula] {
      loop.split(
        value, [Int](repeating: hiddenSize, count: description.blocks.count), axis: -1
      ).map { .given($0.name) }
    }
    let before =
      continues
      ? [loop.concatenated(step.gates.map { writer.write($0) }, axis: -1)] : bias.map { [$0] } ?? []
    // The bias is in what is started with.
    var terms = started.map { [$0] + (continues ? before : []) } ?? before
    if description.isRecurrent {
      let product = loop.matrixProduct(
        source, transposed("weight_hh", of: recurrentGates, in: graph))
      if description.isSeparate {
        step.recurrent = gates(
          loop.sum(
            product,
            Self.rows(
              "bias_hh", description.blocks, of: recurrentGates, hiddenSize, names, in: graph)))
      } else {
        terms.append(product)
      }
    }
    guard let first = terms.first else { preconditionFailure("a stage that reads nothing") }
    step.gates = gates(terms.dropFirst().reduce(first) { loop.sum($0, $1) })
  }
}
