import Interchange

/// The cells that ONNX has operators for, which runtimes have fast code for.
struct StandardOperator {
  let operation: String
  /// For each of ONNX's gates which of ours it is.
  let gates: [Int]
  /// For each of ONNX's peepholes which of ours it is.
  var peepholes: [Int] = []
  var attributes: [(name: String, value: ONNXGraph.Attribute)] = []
  /// Of one direction.
  var activation: String?

  static func of(cell name: String) -> StandardOperator? {
    switch name {
    // i o f c, of i f g o; peepholes i o f, of i f o.
    case "lstm": StandardOperator(operation: "LSTM", gates: [0, 3, 1, 2])
    case "lstm-peephole":
      StandardOperator(operation: "LSTM", gates: [0, 3, 1, 2], peepholes: [0, 2, 1])
    // z r h, of r z n.
    case "gru":
      StandardOperator(
        operation: "GRU", gates: [1, 0, 2], attributes: [("linear_before_reset", .int(1))])
    case "gru-reset-before": StandardOperator(operation: "GRU", gates: [1, 0, 2])
    case "rnn": StandardOperator(operation: "RNN", gates: [0], activation: "Tanh")
    case "rnn-relu": StandardOperator(operation: "RNN", gates: [0], activation: "Relu")
    default: nil
    }
  }
}
