import Autodiff
import Interchange
import Networks

/// A machine with a memory as a loop over time: `TuringMachine`.
struct TuringMachineGraph {
  let configuration: TuringMachineConfiguration
  let graph: NetworkGraph

  private var shape: MemoryShape { configuration.memory }
  private var builder: ONNXGraphBuilder { graph.builder }

  /// What goes from step to step.
  private struct State {
    /// `[batch, M, N]`: the numbers of a column of all slots side by side.
    var memory: ONNXValue
    /// Of each head, `[batch, N]`.
    var weights: [ONNXValue]
    /// `[batch, read heads · M]`
    var reads: ONNXValue
    var controller: [[StateValues]]

    var all: [ONNXValue] {
      [memory] + weights + [reads] + controller.flatMap { $0.flatMap(\.all) }
    }
  }

  /// Controller's units and reads of every step, `[time, batch, featureSize]`.
  ///
  /// Throws a `UserError` that names a layer which cannot be written.
  ///
  /// - Parameter x: `[time, batch, inputs]`.
  func features(_ x: ONNXValue, _ frame: SequenceFrame) throws -> ONNXValue {
    let body = TuringMachineGraph(configuration: configuration, graph: graph.body("machine"))
    let loop = body.builder
    let before = body.inputs()
    let input = loop.input("input", .float, ["batch", .fixed(configuration.inputSize)])
    let (units, after) = try body.step(input, before)
    for (value, sizes) in zip(after.all, sizes) { loop.output("next", value, ["batch"] + sizes) }
    loop.output(
      "features", loop.concatenated([units, after.reads], axis: 1),
      ["batch", .fixed(configuration.featureSize)])
    let initial = start(frame).all
    let results = builder.node(
      "Scan", initial + [x], outputs: initial.count + 1,
      [("body", .graph(loop.built)), ("num_scan_inputs", .int(1))])
    return results[results.count - 1]
  }

  /// The dimensions of a state behind the batch, in the order of `State.all`.
  private var sizes: [[ONNXGraph.Port.Size]] {
    let controller = (0..<(stack?.layerCount ?? 0)).flatMap { _ in stack?.stateSizes ?? [] }
    return [[.fixed(shape.width), .fixed(shape.slotCount)]]
      + (0..<shape.headCount).map { _ in [.fixed(shape.slotCount)] }
      + [[.fixed(shape.readColumns)]] + controller.map { [.fixed($0)] }
  }

  private var stack: StackConfiguration? {
    guard case .recurrent(var stack) = configuration.controller else { return nil }
    stack.inputSize = configuration.inputSize + shape.readColumns
    return stack
  }

  /// As if a step had been before the first: `MemoryStart`.
  private func start(_ frame: SequenceFrame) -> State {
    func repeated(_ value: ONNXValue, _ sizes: [Int]) -> ONNXValue {
      builder.node(
        "Expand", value,
        builder.concatenated([frame.batchSize, builder.integers(sizes)], axis: 0))
    }
    let slots = shape.slotCount
    let places = builder.split(
      graph.weight("initial_weights"), [Int](repeating: slots, count: shape.headCount), axis: 0)
    let zeros = (stack?.stateSizes ?? []).map { frame.zeros(columns: $0) }
    return State(
      memory: repeated(builder.number(Float(MemoryShape.firstContents)), [shape.width, slots]),
      weights: places.map { repeated(builder.softmax($0), [slots]) },
      reads: repeated(builder.tanh(graph.weight("initial_reads")), [shape.readColumns]),
      controller: (0..<(stack?.layerCount ?? 0)).map { _ in
        [StateValues(h: zeros[0], c: zeros.count > 1 ? zeros[1] : nil)]
      })
  }

  /// The state that a step begins with, as inputs of the loop.
  private func inputs() -> State {
    var sizes = sizes[...]
    func input(_ name: String) -> ONNXValue {
      builder.input(name, .float, ["batch"] + (sizes.popFirst() ?? []))
    }
    return State(
      memory: input("memory"), weights: (0..<shape.headCount).map { _ in input("head") },
      reads: input("reads"),
      controller: (0..<(stack?.layerCount ?? 0)).map { _ in
        let hasCell = stack?.cell.hasCellState ?? false
        return [
          StateValues(h: input("controller_h"), c: hasCell ? input("controller_c") : nil)
        ]
      })
  }

  /// One step: the controller's units, and what it leaves.
  private func step(_ x: ONNXValue, _ before: State) throws -> (ONNXValue, State) {
    let read = builder.concatenated([x, before.reads], axis: 1)
    let units: ONNXValue
    var after = before
    if let stack {
      let ones = builder.node("Expand", builder.integer(1), builder.size(x, axis: 0))
      let steps = builder.unsqueezed(read, 0)
      let (h, final) = try graph.stack(
        steps, stack, prefix: "controller.",
        frame: SequenceFrame(builder, lengths: ones, of: steps), initial: before.controller)
      units = builder.squeezed(h, 0)
      after.controller = final
    } else {
      units = builder.tanh(graph.linear(read, "controller"))
    }
    let heads = heads(graph.linear(units, "heads"))
    after.weights = zip(heads, before.weights).map { address($0, $1, before.memory) }
    let reads = after.weights.prefix(shape.readHeadCount).map { weight in
      builder.squeezed(builder.matrixProduct(before.memory, builder.unsqueezed(weight, 2)), 2)
    }
    after.reads = builder.concatenated(Array(reads), axis: 1)
    after.memory = written(heads, after.weights, before.memory)
    return (units, after)
  }

  /// What steers a head, in its range: `HeadParameters`.
  private struct Head {
    /// `[batch, M]`; of writing heads `erase` and `add` too.
    var key: ONNXValue
    /// `[batch, 1]`
    var strength: ONNXValue
    var gate: ONNXValue
    var sharpening: ONNXValue
    /// `[batch, 2 range + 1]`
    var shifts: ONNXValue
    var erase: ONNXValue?
    var add: ONNXValue?
  }

  private func heads(_ raw: ONNXValue) -> [Head] {
    (0..<shape.headCount).map { index in
      let columns = shape.head(index)
      func part(_ start: Int, _ count: Int) -> ONNXValue {
        builder.slice(raw, start..<start + count, axis: 1)
      }
      let writes = index >= shape.readHeadCount
      return Head(
        key: builder.tanh(part(columns.key, shape.width)),
        strength: builder.node("Softplus", part(columns.strength, 1)),
        gate: builder.sigmoid(part(columns.gate, 1)),
        sharpening: builder.sum(
          builder.number(1), builder.node("Softplus", part(columns.sharpening, 1))),
        shifts: builder.softmax(part(columns.shifts, shape.shiftCount)),
        erase: writes ? builder.sigmoid(part(columns.erase, shape.width)) : nil,
        add: writes ? builder.tanh(part(columns.add, shape.width)) : nil)
    }
  }

  /// The slots of a head, `[batch, N]`: `ContentAddressing`, then `LocationAddressing`.
  private func address(_ head: Head, _ previous: ONNXValue, _ memory: ONNXValue) -> ONNXValue {
    func norm(_ x: ONNXValue, axis: Int) -> ONNXValue {
      builder.node(
        "Sqrt",
        builder.sum(
          builder.summed(builder.product(x, x), axis: axis),
          builder.number(Float(MemoryShape.normEpsilon))))
    }
    let products = builder.squeezed(
      builder.matrixProduct(builder.unsqueezed(head.key, 1), memory), 1)
    let similarity = builder.quotient(
      products,
      builder.product(builder.unsqueezed(norm(head.key, axis: 1), 1), norm(memory, axis: 1)))
    let content = builder.softmax(builder.product(head.strength, similarity))
    let rest = builder.node("Sub", builder.number(1), head.gate)
    let interpolated = builder.sum(
      builder.product(head.gate, content), builder.product(rest, previous))
    let terms = builder.split(
      head.shifts, [Int](repeating: 1, count: shape.shiftCount), axis: 1
    ).enumerated().map { index, share in
      builder.product(share, turned(interpolated, by: index - shape.shiftRange))
    }
    let shifted = terms.dropFirst().reduce(terms[0]) { builder.sum($0, $1) }
    let logarithm = builder.node(
      "Log",
      builder.node("Max", shifted, builder.number(Float(MemoryShape.leastShifted))))
    return builder.softmax(builder.product(head.sharpening, logarithm))
  }

  /// Every slot moved on in the ring.
  private func turned(_ x: ONNXValue, by count: Int) -> ONNXValue {
    let slots = shape.slotCount
    let split = ((count % slots) + slots) % slots
    guard split > 0 else { return x }
    return builder.concatenated(
      [
        builder.slice(x, slots - split..<slots, axis: 1),
        builder.slice(x, 0..<slots - split, axis: 1),
      ], axis: 1)
  }

  /// `MemoryWrite`.
  private func written(
    _ heads: [Head], _ weights: [ONNXValue], _ memory: ONNXValue
  ) -> ONNXValue {
    /// `[batch, M, N]`: a number of a column at each slot by the head's weight.
    func spread(_ columns: ONNXValue, _ weight: ONNXValue) -> ONNXValue {
      builder.product(builder.unsqueezed(columns, 2), builder.unsqueezed(weight, 1))
    }
    var memory = memory
    for (head, weight) in zip(heads, weights) {
      guard let erase = head.erase else { continue }
      let kept = builder.node("Sub", builder.number(1), spread(erase, weight))
      memory = builder.product(memory, kept)
    }
    for (head, weight) in zip(heads, weights) {
      guard let add = head.add else { continue }
      memory = builder.sum(memory, spread(add, weight))
    }
    return memory
  }
}
