/// A value of a graph that is being built.
package struct ONNXValue: Sendable, Hashable {
  package let name: String

  package init(name: String) { self.name = name }
}

/// Puts a graph together, node by node. What a node makes has a name of its own, told by the operation.
///
/// The body of a loop is built by a builder within the builder: it may use all that was made outside.
package final class ONNXGraphBuilder {
  private var graph: ONNXGraph
  /// Names in use here and in all graphs around and within; ONNX allows each only once.
  private let names: Names
  /// Values of constants that are there already, by what they hold.
  private var constants: [String: ONNXValue] = [:]
  private let outer: ONNXGraphBuilder?

  private final class Names {
    var counts: [String: Int] = [:]
  }

  package init(_ name: String) {
    graph = ONNXGraph(name)
    names = Names()
    outer = nil
  }

  private init(_ name: String, in outer: ONNXGraphBuilder) {
    graph = ONNXGraph(name)
    names = outer.names
    self.outer = outer
  }

  /// A builder of a graph within this one.
  package func body(_ name: String) -> ONNXGraphBuilder { ONNXGraphBuilder(name, in: self) }

  package var built: ONNXGraph { graph }

  /// `name`, or `name_1` and so on where that is in use.
  private func unused(_ name: String) -> String {
    let count = names.counts[name, default: 0]
    names.counts[name] = count + 1
    return count == 0 ? name : unused("\(name)_\(count)")
  }

  package func input(
    _ name: String, _ element: ONNXTensor.Element, _ shape: [ONNXGraph.Port.Size],
    about: String = ""
  ) -> ONNXValue {
    let name = unused(name)
    graph.inputs.append(ONNXGraph.Port(name, element, shape, about: about))
    return ONNXValue(name: name)
  }

  /// Names `value` for those outside.
  package func output(
    _ name: String, _ value: ONNXValue, _ shape: [ONNXGraph.Port.Size],
    _ element: ONNXTensor.Element = .float, about: String = ""
  ) {
    let name = unused(name)
    graph.nodes.append(
      ONNXGraph.Node(operation: "Identity", inputs: [value.name], outputs: [name], attributes: []))
    graph.outputs.append(ONNXGraph.Port(name, element, shape, about: about))
  }

  /// A tensor under its own name. It belongs to the outermost graph, where bodies see it too.
  package func tensor(_ tensor: ONNXTensor) -> ONNXValue {
    if let outer { return outer.tensor(tensor) }
    let name = unused(tensor.name)
    precondition(name == tensor.name, "two tensors named \(name)")
    graph.initializers.append(tensor)
    return ONNXValue(name: name)
  }

  private func constant(_ key: String, _ make: (String) -> ONNXTensor) -> ONNXValue {
    if let outer { return outer.constant(key, make) }
    if let value = constants[key] { return value }
    let tensor = make(unused("constant"))
    graph.initializers.append(tensor)
    let value = ONNXValue(name: tensor.name)
    constants[key] = value
    return value
  }

  /// Whole numbers, `[count]`.
  package func integers(_ values: [Int]) -> ONNXValue {
    constant("\(values)") { ONNXTensor($0, shape: [values.count], values) }
  }

  /// One whole number, without a dimension.
  package func integer(_ value: Int) -> ONNXValue {
    constant("\(value)") { ONNXTensor($0, shape: [], [value]) }
  }

  /// A number that is broadcast to whatever it meets.
  package func number(_ value: Float) -> ONNXValue {
    constant("f\(value)") { ONNXTensor($0, shape: [], [value]) }
  }

  /// `[count]`.
  package func numbers(_ values: [Float]) -> ONNXValue {
    constant("f\(values)") { ONNXTensor($0, shape: [values.count], values) }
  }

  /// `[count]`, for arithmetic that must not round twice.
  package func doubles(_ values: [Double]) -> ONNXValue {
    constant("d\(values)") { ONNXTensor($0, shape: [values.count], values) }
  }

  /// A node with several outputs.
  ///
  /// - Parameter inputs: nil for those that are left out.
  package func node(
    _ operation: String, _ inputs: [ONNXValue?], outputs count: Int,
    _ attributes: [(name: String, value: ONNXGraph.Attribute)] = []
  ) -> [ONNXValue] {
    let outputs = (0..<count).map { _ in unused(operation.lowercased()) }
    graph.nodes.append(
      ONNXGraph.Node(
        operation: operation, inputs: inputs.map { $0?.name ?? "" }, outputs: outputs,
        attributes: attributes))
    return outputs.map(ONNXValue.init)
  }

  /// A node with one output.
  package func node(
    _ operation: String, _ inputs: ONNXValue?...,
    with attributes: [(name: String, value: ONNXGraph.Attribute)] = []
  ) -> ONNXValue {
    node(operation, inputs, outputs: 1, attributes)[0]
  }
}
