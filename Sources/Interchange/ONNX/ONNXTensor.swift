/// Numbers with a shape and a name, row after row.
package struct ONNXTensor: Sendable {
  /// What tensors hold, with ONNX's numbers for it.
  package enum Element: Int, Sendable {
    case float = 1
    case int32 = 6
    case int64 = 7
    case bool = 9
    case double = 11
  }

  package let name: String
  package let element: Element
  package let shape: [Int]
  /// Little-endian.
  let bytes: [UInt8]

  package init(_ name: String, shape: [Int], _ values: UnsafeBufferPointer<Float>) {
    precondition(values.count == shape.reduce(1, *), "\(values.count) values for \(shape)")
    self.name = name
    self.shape = shape
    element = .float
    // Every machine that Swift runs on is little-endian.
    bytes = Array(UnsafeRawBufferPointer(values))
  }

  package init(_ name: String, shape: [Int], _ values: [Float]) {
    self = values.withUnsafeBufferPointer { ONNXTensor(name, shape: shape, $0) }
  }

  package init(_ name: String, shape: [Int], _ values: [Int]) {
    precondition(values.count == shape.reduce(1, *), "\(values.count) values for \(shape)")
    self.name = name
    self.shape = shape
    element = .int64
    bytes = values.map { Int64($0) }.withUnsafeBytes { Array($0) }
  }

  package init(_ name: String, shape: [Int], _ values: [Double]) {
    precondition(values.count == shape.reduce(1, *), "\(values.count) values for \(shape)")
    self.name = name
    self.shape = shape
    element = .double
    bytes = values.withUnsafeBytes { Array($0) }
  }

  /// `TensorProto`.
  var message: ProtobufMessage {
    var message = ProtobufMessage()
    for size in shape { message.add(1, size) }
    message.add(2, element.rawValue)
    message.add(8, name)
    message.add(9, bytes: bytes)
    return message
  }
}
