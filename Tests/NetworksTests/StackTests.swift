import Testing
import TestSupport
import Unroll

/// Stacks of recurrent layers: central differences in Double over every parameter and initial
/// state, with gradients arriving at every output and every final state.
@Suite struct StackTests {
  static let layouts = [
    SequenceLayout(lengths: [5, 5, 3, 1]), SequenceLayout(rows: 3, steps: 4),
    SequenceLayout(rows: 1, steps: 1),
  ]

  @Test(arguments: Cells.all, layouts)
  func bidirectional(cell: any Cell, layout: SequenceLayout) throws {
    try StackProblem<Double>(
      StackConfiguration(
        cell: cell, inputSize: 2, hiddenSize: 3, layerCount: 2, isBidirectional: true,
        dropout: 0.3),
      layout: layout, workers: 2
    ).check()
  }

  /// Normalised layers; where widths are equal, added to what they read.
  @Test(arguments: [(false, 3), (true, 3), (true, 5)], [false, true])
  func normalizedAndResidual(shape: (isResidual: Bool, input: Int), isBidirectional: Bool) throws {
    try StackProblem<Double>(
      StackConfiguration(
        cell: .gru, inputSize: shape.input, hiddenSize: 5, layerCount: 2,
        isBidirectional: isBidirectional, hasLayerNorm: true, isResidual: shape.isResidual,
        dropout: 0.3),
      layout: SequenceLayout(lengths: [3, 2, 1]), workers: 2
    ).check(step: 3e-6)
  }

  static let projecting = Cells.all.filter(\.allowsProjection)

  @Test(arguments: projecting, [false, true])
  func projected(cell: any Cell, isBidirectional: Bool) throws {
    try StackProblem<Double>(
      StackConfiguration(
        cell: cell, inputSize: 2, hiddenSize: 4, layerCount: 2, projectionSize: 3,
        isBidirectional: isBidirectional),
      layout: SequenceLayout(lengths: [3, 3, 1]), workers: 2
    ).check()
  }

  @Test(arguments: Cells.all.filter { $0.recurrentGateCount > 0 })
  func recurrentDropout(cell: any Cell) throws {
    try StackProblem<Double>(
      StackConfiguration(
        cell: cell, inputSize: 2, hiddenSize: 3, layerCount: 2,
        regularization: RecurrentRegularization(dropout: 0.4)),
      layout: SequenceLayout(lengths: [3, 3, 1]), workers: 2
    ).check()
  }

  @Test(arguments: Cells.all.filter(\.allowsZoneout))
  func zoneout(cell: any Cell) throws {
    try StackProblem<Double>(
      StackConfiguration(
        cell: cell, inputSize: 2, hiddenSize: 3, layerCount: 2,
        regularization: RecurrentRegularization(zoneout: 0.4)),
      layout: SequenceLayout(lengths: [3, 3, 1]), workers: 2
    ).check()
  }

  @Test(arguments: Cells.all.filter { $0.recurrentGateCount > 0 })
  func weightDrop(cell: any Cell) throws {
    try StackProblem<Double>(
      StackConfiguration(
        cell: cell, inputSize: 2, hiddenSize: 3, layerCount: 2,
        regularization: RecurrentRegularization(weightDrop: 0.4)),
      layout: SequenceLayout(lengths: [3, 3, 1]), workers: 2
    ).check()
  }

  /// Another update takes out other weights, and evaluation none.
  @Test func weightDropDependsOnTheUpdate() {
    func outputs(_ weightDrop: Double, update: Int) -> [Float] {
      StackProblem<Float>(
        StackConfiguration(
          inputSize: 5, hiddenSize: 19,
          regularization: RecurrentRegularization(weightDrop: weightDrop)),
        layout: SequenceLayout(rows: 2, steps: 3)
      ).run(update: update).outputs
    }
    #expect(outputs(0.5, update: 0) == outputs(0.5, update: 0))
    #expect(outputs(0.5, update: 0) != outputs(0.5, update: 1))
    #expect(outputs(0.5, update: 0) != outputs(0, update: 0))
    #expect(outputs(0, update: 0) == outputs(0, update: 1))
  }

  /// What nobody names is a stack of one layer in one direction, of which nothing is dropped.
  @Test func aStackOfSizesAlone() {
    let stack = RecurrentStack<Float>("encoder", inputs: 3, hidden: 5, in: ParameterStore())
    let configuration = stack.configuration
    #expect(configuration.layerCount == 1 && !configuration.isBidirectional)
    #expect(configuration.dropout == 0 && configuration.cell.name == "lstm")
  }

  /// Without training nothing is dropped, and zoneout moves every unit by its expectation: from a
  /// state of zeros, a layer's first step is 1 - p of what it is without.
  @Test func evaluationIsWithoutNoise() {
    func outputs(_ regularization: RecurrentRegularization, _ dropout: Double = 0, layers: Int = 2)
      -> [Double]
    {
      let store = ParameterStore<Double>()
      let table = store.add("x", shape: [2, 3], role: .vocabulary, initializer: .normal(1))
      let stack = RecurrentStack(
        StackConfiguration(
          inputSize: 3, hiddenSize: 5, layerCount: layers, dropout: dropout, isDropoutLocked: true,
          regularization: regularization), precision: .f32, in: store)
      store.allocate(seed: 1)
      let tape = Tape<Double>(workers: 1)
      tape.begin(training: false)
      let plan = tape.plan(SequenceLayout(rows: 2, steps: 1))
      return [Int32(0), 1].withUnsafeBufferPointer { ids in
        let x = tape.embedding(
          ids, table: table, index: TokenIndex(idCount: 2), plan: plan, dropout: dropout)
        let y = stack.record(x, on: tape).output
        WorkerTeam(count: 1).run { tape.forward($0) }
        return y.value.values
      }
    }
    let plain = outputs(RecurrentRegularization())
    #expect(outputs(RecurrentRegularization(dropout: 0.5, weightDrop: 0.5), 0.5) == plain)
    let whole = outputs(RecurrentRegularization(), layers: 1)
    for (zoned, whole) in zip(outputs(RecurrentRegularization(zoneout: 0.25), layers: 1), whole) {
      #expect(abs(zoned - 0.75 * whole) <= 1e-15)
    }
  }

  /// Everything a layer can have, at once; more units than a panel, a projection narrower and wider.
  @Test(arguments: [18, 3])
  func everythingTogether(projectionSize: Int) throws {
    try StackProblem<Double>(
      StackConfiguration(
        inputSize: 2, hiddenSize: 17, layerCount: 1, projectionSize: projectionSize,
        isBidirectional: true, hasLayerNorm: true, dropout: 0.2,
        isDropoutLocked: true,
        regularization: RecurrentRegularization(dropout: 0.3, zoneout: 0.2, weightDrop: 0.3)),
      layout: SequenceLayout(lengths: [3, 2]), workers: 2
    ).check(step: 3e-6)
  }

  /// A reverse direction is a forward direction that reads the text backward: with the weights of
  /// the other, and on the mirrored text, outputs and states are the mirror image, to the bit.
  @Test func directionsAreMirrorImages() {
    let lengths = [6, 4, 4, 1]
    let layout = SequenceLayout(lengths: lengths)
    let configuration = StackConfiguration(
      cell: .gru, inputSize: 4, hiddenSize: 19, isBidirectional: true)
    func problem() -> StackProblem<Float> {
      StackProblem(configuration, layout: layout, workers: 3, readsFinalStates: false)
    }
    let (straight, mirrored) = (problem(), problem())
    for parameter in mirrored.store.parameters where parameter.name.hasPrefix("rnn.") {
      let name = parameter.name
      let other = name.hasSuffix("_reverse") ? String(name.dropLast(8)) : name + "_reverse"
      if let source = straight.store.parameter(named: other) { parameter.values = source.values }
    }
    mirrored.store.pack()
    mirrored.initial = straight.initial.reversed()
    func mirror(_ token: (step: Int, row: Int)) -> Int {
      layout.offsets[lengths[token.row] - 1 - token.step] + token.row
    }
    for step in 0..<layout.stepCount {
      for row in 0..<layout.activeRows[step] {
        mirrored.inputs[layout.offsets[step] + row] = straight.inputs[mirror((step, row))]
      }
    }
    let (a, b) = (straight.run(), mirrored.run())
    #expect(a.finalH == b.finalH.reversed())
    for step in 0..<layout.stepCount {
      for row in 0..<layout.activeRows[step] {
        let here = (layout.offsets[step] + row) * 38
        let there = mirror((step, row)) * 38
        #expect(a.outputs[here..<here + 19] == b.outputs[there + 19..<there + 38])
        #expect(a.outputs[here + 19..<here + 38] == b.outputs[there..<there + 19])
      }
    }
  }

  static let configurations = [
    StackConfiguration(
      inputSize: 21, hiddenSize: 37, layerCount: 2, isBidirectional: true, dropout: 0.3),
    StackConfiguration(
      inputSize: 21, hiddenSize: 37, layerCount: 2, projectionSize: 19, isBidirectional: true,
      hasLayerNorm: true, isResidual: true, dropout: 0.3,
      isDropoutLocked: true,
      regularization: RecurrentRegularization(dropout: 0.3, zoneout: 0.2, weightDrop: 0.3)),
  ]

  @Test(arguments: configurations)
  func weightsDoNotDependOnThreads(configuration: StackConfiguration) {
    let results = [1, 2, 3, 5].map { workers in
      let problem = StackProblem<Float>(
        configuration,
        vocabulary: 67, layout: SequenceLayout(lengths: [9, 9, 8, 5, 5, 5, 2, 1]),
        workers: workers, clipping: Clipping(norm: 0.5))
      for update in 0..<20 { problem.run(update: update, learningRate: 0.01) }
      return problem.weights.map(\.bitPattern)
    }
    #expect(results[0].allSatisfy { Float(bitPattern: $0).isFinite })
    for result in results { #expect(result == results[0]) }
  }
}
