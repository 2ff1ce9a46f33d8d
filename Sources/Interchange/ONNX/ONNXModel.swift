import Compute
import Foundation

/// An ONNX file: a graph, and notes beside it.
package struct ONNXModel: Sendable {
  /// The version of the operators: the first that has `LayerNormalization`.
  package static let operatorSet = 17
  /// The version of the format that came with it.
  private static let formatVersion = 8

  package var graph: ONNXGraph
  /// Text by name, which runtimes hand out as it is.
  package var metadata: [(key: String, value: String)]

  package init(_ graph: ONNXGraph, metadata: [(key: String, value: String)] = []) {
    self.graph = graph
    self.metadata = metadata
  }

  /// `ModelProto`.
  private var message: ProtobufMessage {
    var (message, operators) = (ProtobufMessage(), ProtobufMessage())
    message.add(1, Self.formatVersion)
    message.add(2, "unroll")
    message.add(3, UnrollVersion.current)
    message.add(7, graph.message)
    operators.add(1, "")
    operators.add(2, Self.operatorSet)
    message.add(8, operators)
    for (key, value) in metadata {
      var entry = ProtobufMessage()
      entry.add(1, key)
      entry.add(2, value)
      message.add(14, entry)
    }
    return message
  }

  /// Replaces the file at `url`, whole or not at all. Throws a `UserError` that names it; so for a model
  /// that is larger than a message may be, 2 GiB.
  package func write(to url: URL) throws {
    let message = message
    guard message.count < Int(Int32.max) else {
      throw UserError(
        "'\(url.relativePath)' would have \(message.count) bytes, and an ONNX file may have "
          + "2147483647", hint: "train a smaller model: fewer units, or a smaller vocabulary")
    }
    try AtomicFile.write(to: url) { writer in
      try message.forEachPiece { piece in
        try piece.withUnsafeBytes { try writer.append($0) }
      }
    }
  }
}
