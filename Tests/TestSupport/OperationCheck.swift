import Testing
import Unroll

/// Operations on random inputs, checked against central differences and against themselves with
/// other numbers of workers.
///
/// Inputs are leaf variables over one or several layouts; what the operations return is weighed with
/// fixed random numbers (`Recording.probe`), so that every element of every Jacobian counts:
///
///     let check = OperationCheck<Double>(SequenceLayout(lengths: [4, 2, 1]))
///     let x = check.leaf(columns: 3)
///     try check.run { $0.probe($0.tape.meanPooled($0[x])) }
package final class OperationCheck<S: MatrixElement> {
  /// A variable that the test fills.
  package struct Leaf { fileprivate let index: Int }

  package struct Result: Equatable {
    package let loss: Double
    /// Of all leaves, then of all parameters, in the order of their making.
    package let gradient: [S]
    /// Values that were probed, in order.
    package let probed: [[S]]
  }

  package let layouts: [SequenceLayout]
  /// Add parameters before the first run.
  package let parameters = ParameterStore<S>()
  private let seed: UInt64
  private var leaves: [(layout: Int, columns: Int, extent: Variable<S>.Extent, values: [S])] = []
  private var crews: [Int: (team: WorkerTeam, tape: Tape<S>, slices: ParameterSlices<S>)] = [:]
  private var integers: [UnsafeMutableBufferPointer<Int32>] = []
  private var isAllocated = false

  package init(_ layouts: SequenceLayout..., seed: UInt64 = 7) {
    self.layouts = layouts
    self.seed = seed
  }

  deinit { for buffer in integers { buffer.deallocate() } }

  /// Declares a variable over `layouts[layout]` with values in ±1.
  package func leaf(
    columns: Int, layout: Int = 0, extent: Variable<S>.Extent = .tokens
  ) -> Leaf {
    let shape = layouts[layout]
    let rows = extent == .tokens ? shape.tokenCount : shape.rowCount
    let random = RandomStream(seed: seed, purpose: .generator)
    let values = (0..<rows * columns).map {
      S(2 * random.uniform(row: leaves.count, index: $0) - 1)
    }
    leaves.append((layout, columns, extent, values))
    return Leaf(index: leaves.count - 1)
  }

  package subscript(leaf: Leaf) -> [S] {
    get { leaves[leaf.index].values }
    set { leaves[leaf.index].values = newValue }
  }

  /// Declares a parameter with values in ±1.
  package func parameter(_ name: String, _ shape: Int...) -> Parameter<S> {
    parameters.add(
      name, shape: shape, role: shape.count > 1 ? .matrix : .bias, initializer: .uniform(1))
  }

  /// Integers that stay where they are as long as the check lives.
  package func integers(_ values: some Collection<Int32>) -> UnsafeBufferPointer<Int32> {
    let buffer = UnsafeMutableBufferPointer<Int32>.allocate(capacity: values.count)
    _ = buffer.initialize(from: values)
    integers.append(buffer)
    return UnsafeBufferPointer(buffer)
  }

  /// All values that the loss depends on: leaves, then parameters.
  package var values: [S] {
    get {
      allocate()
      return leaves.flatMap(\.values) + parameters.parameters.flatMap(\.values)
    }
    set {
      allocate()
      var rest = newValue[...]
      for index in leaves.indices {
        let count = leaves[index].values.count
        leaves[index].values = Array(rest.prefix(count))
        rest = rest.dropFirst(count)
      }
      for parameter in parameters.parameters {
        parameter.values = Array(rest.prefix(parameter.count))
        rest = rest.dropFirst(parameter.count)
      }
      parameters.pack()
    }
  }

  /// What `body` gets to record operations with.
  package struct Recording {
    package let tape: Tape<S>
    package let plans: [RowPlan]
    fileprivate let leaves: [Variable<S>]
    fileprivate let probes: Probes
    /// Whether what is probed is read by nobody.
    fileprivate var isMuted = false

    fileprivate final class Probes { var variables: [Variable<S>] = [] }

    package subscript(leaf: Leaf) -> Variable<S> { leaves[leaf.index] }

    /// Makes the loss depend on every element of `y`, linearly.
    ///
    /// - Parameter weight: of element i, row-major; nil for random ones in ±1.
    package func probe(_ y: Variable<S>, weight: (@Sendable (Int) -> Double)? = nil) {
      if isMuted { return }
      let probe = Probe(
        x: y.consumed(), terms: tape.arena.matrix(rows: y.value.rows, columns: 1),
        given: weight)
      probes.variables.append(y)
      tape.record(probe)
      tape.add(Loss(terms: probe.terms, scale: 1))
    }

    /// The same, but nobody reads what is probed.
    fileprivate var muted: Recording {
      var recording = self
      recording.isMuted = true
      return recording
    }
  }

  /// Runs forward and backward once, in memory that is full of NaN.
  package func evaluate(
    workers: Int = 2, training: Bool = true, _ body: (Recording) throws -> Void
  ) rethrows -> Result {
    let (team, tape, slices) = crew(workers)
    tape.begin(training: training)
    tape.arena.poison()
    let plans = layouts.map(tape.plan)
    let variables = leaves.map { leaf in
      let variable = tape.variable(
        columns: leaf.columns, plan: plans[leaf.layout], extent: leaf.extent)
      // Padding is finite, and nobody may depend on it.
      variable.value.fill(100)
      variable.value.assign(leaf.values)
      return variable
    }
    let recording = Recording(tape: tape, plans: plans, leaves: variables, probes: .init())
    try body(recording)
    for parameter in parameters.parameters {
      parameter.gradient.update(
        repeating: parameter.role == .table ? 0 : .nan, count: parameter.count)
    }
    team.run { worker in
      tape.forward(worker)
      guard training else { return }
      tape.backward(worker)
      worker.barrier()
      tape.payDebts(slices[worker.index], worker)
    }
    for variable in recording.probes.variables { expectFinitePadding(variable.value) }
    var gradient: [S] = []
    if training {
      for variable in variables {
        gradient += variable.gradient?.values ?? []
        variable.gradient.map { expectFinitePadding($0) }
      }
      for parameter in parameters.parameters {
        gradient += UnsafeBufferPointer(start: parameter.gradient, count: parameter.count)
      }
    }
    return Result(
      loss: tape.loss, gradient: gradient, probed: recording.probes.variables.map(\.value.values))
  }

  private func expectFinitePadding(_ matrix: Matrix<S>) {
    for row in 0..<matrix.rows {
      let isFinite = (matrix.columns..<matrix.paddedColumns).allSatisfy { matrix[row, $0].isFinite }
      #expect(isFinite, "padding of row \(row)")
    }
  }

  private func crew(_ workers: Int) -> (
    team: WorkerTeam, tape: Tape<S>, slices: ParameterSlices<S>
  ) {
    allocate()
    if let crew = crews[workers] { return crew }
    let crew = (
      WorkerTeam(count: workers), Tape<S>(workers: workers, seed: seed),
      ParameterSlices(parameters, workers: workers)
    )
    crews[workers] = crew
    return crew
  }

  private func allocate() {
    if !isAllocated { parameters.allocate(seed: seed) }
    isAllocated = true
  }
}

extension OperationCheck<Double> {
  /// Checks what `body` records:
  ///
  /// - the gradient by every element of every leaf and parameter against central differences;
  /// - the same bits with 1, 2, 3 and 5 workers;
  /// - the same gradient, and that of one more reader, when the leaves have readers before and after
  ///   `body`: gradients are overwritten by the right operation and added to by the others;
  /// - no gradient from results that nobody reads, but that of losses which `body` itself records.
  package func run(
    tolerance: Double = 2e-9, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: (Recording) throws -> Void
  ) throws {
    let start = values
    let result = try evaluate(body)
    for workers in [1, 3, 5] {
      let other = try evaluate(workers: workers, body)
      #expect(other == result, "\(workers) workers", sourceLocation: sourceLocation)
    }
    try expectGradient(
      result.gradient,
      matches: {
        self.values = $0
        return (try? self.evaluate(body).loss) ?? .nan
      }, at: start, tolerance: tolerance, sourceLocation: sourceLocation)
    values = start
    let unread = try evaluate { try body($0.muted) }
    if unread.loss == 0 {
      #expect(
        unread.gradient.allSatisfy { $0 == 0 }, "a gradient from what nobody reads",
        sourceLocation: sourceLocation)
    } else if unread.loss != result.loss {
      try expectGradient(
        unread.gradient,
        matches: {
          self.values = $0
          return (try? self.evaluate { try body($0.muted) }.loss) ?? .nan
        }, at: start, tolerance: tolerance, sourceLocation: sourceLocation)
      values = start
    }
    func probeLeaves(_ recording: Recording) {
      for index in leaves.indices { recording.probe(recording[Leaf(index: index)]) }
    }
    let probes = evaluate(probeLeaves).gradient
    let before = try evaluate {
      probeLeaves($0)
      try body($0)
    }
    let after = try evaluate {
      try body($0)
      probeLeaves($0)
    }
    let beside = try evaluate {
      probeLeaves($0)
      try body($0.muted)
    }
    for (name, both, result) in [
      ("before", before, result), ("after", after, result), ("of leaves alone", beside, unread),
    ] {
      try #require(both.gradient.count == result.gradient.count, sourceLocation: sourceLocation)
      // Debts of `body` alone reach the parameters, which come last.
      let inputs = leaves.reduce(0) { $0 + $1.values.count }
      let worst = result.gradient.indices.map { index in
        abs(both.gradient[index] - result.gradient[index] - (index < inputs ? probes[index] : 0))
      }.max { !($0 >= $1) }
      #expect(
        (worst ?? 0) <= 1e-13, "another reader \(name): off by \(worst ?? 0)",
        sourceLocation: sourceLocation)
    }
  }
}

/// `Σ c ⊙ X` with c in ±1, different for every element.
private struct Probe<S: MatrixElement>: TapeOperation {
  let x: Consumer<S>
  let terms: Matrix<S>
  let given: (@Sendable (Int) -> Double)?

  private func weight(_ row: Int, _ column: Int) -> S {
    if let given { return S(given(row * x.value.columns + column)) }
    return S(2 * RandomStream(seed: 11, purpose: .sampling).uniform(row: row, index: column) - 1)
  }

  func forward(_ lane: Lane<S>) {
    for range in x.variable.ranges(of: lane) {
      for row in range {
        terms[row, 0] = 0
        for column in 0..<x.value.columns {
          terms[row, 0] += weight(row, column) * x.value[row, column]
        }
      }
    }
  }

  func backward(_ lane: Lane<S>) {
    guard let dx = x.gradient else { return }
    for range in x.variable.ranges(of: lane) {
      for row in range {
        for column in 0..<dx.paddedColumns {
          let gradient = column < dx.columns ? weight(row, column) : 3
          dx[row, column] = x.isAdding ? dx[row, column] + gradient : gradient
        }
      }
    }
  }
}
