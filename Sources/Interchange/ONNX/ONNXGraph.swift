/// A computation: values that nodes make of each other.
///
/// Names are those of ONNX's schema (`onnx.proto`); so are the numbers of fields below.
package struct ONNXGraph: Sendable {
  /// An input or output.
  package struct Port: Sendable {
    /// The size of a dimension.
    package enum Size: Sendable, ExpressibleByIntegerLiteral, ExpressibleByStringLiteral {
      case fixed(Int)
      /// As large as whoever calls wants it; equal names are equal sizes.
      case named(String)
      /// Of a loop, which may run over other rows than those of the graph around it.
      case free

      package init(integerLiteral value: Int) { self = .fixed(value) }
      package init(stringLiteral value: String) { self = .named(value) }
    }

    package let name: String
    package let element: ONNXTensor.Element
    package let shape: [Size]
    /// What it is, in words.
    package let about: String

    package init(
      _ name: String, _ element: ONNXTensor.Element, _ shape: [Size], about: String = ""
    ) {
      self.name = name
      self.element = element
      self.shape = shape
      self.about = about
    }
  }

  package struct Node: Sendable {
    package let operation: String
    /// Empty names stand for what is left out.
    package let inputs: [String]
    package let outputs: [String]
    package let attributes: [(name: String, value: Attribute)]
  }

  package enum Attribute: Sendable {
    case int(Int)
    case ints([Int])
    case float(Float)
    case string(String)
    case strings([String])
    indirect case graph(ONNXGraph)
  }

  package let name: String
  package var nodes: [Node] = []
  package var initializers: [ONNXTensor] = []
  package var inputs: [Port] = []
  package var outputs: [Port] = []

  package init(_ name: String) { self.name = name }

  /// `GraphProto`.
  var message: ProtobufMessage {
    var message = ProtobufMessage()
    for node in nodes { message.add(1, node.message) }
    message.add(2, name)
    for tensor in initializers { message.add(5, tensor.message) }
    for port in inputs { message.add(11, port.message) }
    for port in outputs { message.add(12, port.message) }
    return message
  }
}

extension ONNXGraph.Port: CustomStringConvertible {
  /// `tokens int64 [batch, time]`
  package var description: String { "\(name) \(element) [\(sizes.joined(separator: ", "))]" }

  private var sizes: [String] {
    shape.map {
      switch $0 {
      case .fixed(let size): "\(size)"
      case .named(let name): name
      case .free: "?"
      }
    }
  }

  /// `ValueInfoProto`.
  fileprivate var message: ProtobufMessage {
    var (dimensions, tensor, type, message) = (
      ProtobufMessage(), ProtobufMessage(), ProtobufMessage(), ProtobufMessage()
    )
    for size in shape {
      var dimension = ProtobufMessage()
      switch size {
      case .fixed(let size): dimension.add(1, size)
      case .named(let name): dimension.add(2, name)
      case .free: break
      }
      dimensions.add(1, dimension)
    }
    tensor.add(1, element.rawValue)
    tensor.add(2, dimensions)
    type.add(1, tensor)
    message.add(1, name)
    message.add(2, type)
    if !about.isEmpty { message.add(3, about) }
    return message
  }
}

extension ONNXGraph.Node {
  /// `NodeProto`.
  fileprivate var message: ProtobufMessage {
    var message = ProtobufMessage()
    for name in inputs { message.add(1, name) }
    for name in outputs { message.add(2, name) }
    message.add(4, operation)
    for (name, value) in attributes { message.add(5, value.message(name)) }
    return message
  }
}

extension ONNXGraph.Attribute {
  /// `AttributeProto`.
  fileprivate func message(_ name: String) -> ProtobufMessage {
    var message = ProtobufMessage()
    message.add(1, name)
    let type: Int
    switch self {
    case .float(let value):
      message.add(2, value)
      type = 1
    case .int(let value):
      message.add(3, value)
      type = 2
    case .string(let value):
      message.add(4, value)
      type = 3
    case .graph(let value):
      message.add(6, value.message)
      type = 5
    case .ints(let values):
      for value in values { message.add(8, value) }
      type = 7
    case .strings(let values):
      for value in values { message.add(9, value) }
      type = 8
    }
    message.add(20, type)
    return message
  }
}
