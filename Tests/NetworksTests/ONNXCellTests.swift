import Foundation
import Testing
import TestSupport
import Unroll

/// ONNX's own node tests of RNN, GRU and LSTM, peepholes included. Most of their weights are equal,
/// so they say little about the order of gates; the golden values do.
@Suite struct ONNXCellTests {
  struct Tensor: Decodable {
    let dims: [Int]
    let data: [Double]
  }
  struct Node: Decodable {
    struct Attributes: Decodable {
      let hidden_size: Int
      let layout: Int?
    }
    let name, op: String
    let attrs: Attributes
    let inputs, outputs: [String: Tensor]
  }

  static let file = SharedData.url("onnx-rnn/onnx-rnn-cases.json")

  @Test(.enabled(if: file != nil, "the node tests are not here"))
  func nodes() throws {
    let nodes = try JSONDecoder().decode(
      [Node].self, from: Data(contentsOf: try #require(ONNXCellTests.file)))
    #expect(nodes.count == 12)
    #expect(nodes.contains { $0.inputs["P"] != nil })
    for node in nodes { try check(node) }
  }

  private func check(_ node: Node) throws {
    let (x, hidden) = (try #require(node.inputs["X"]), node.attrs.hidden_size)
    let isBatchFirst = node.attrs.layout == 1
    let (steps, rows) = isBatchFirst ? (x.dims[1], x.dims[0]) : (x.dims[0], x.dims[1])
    // Our gates, as places in ONNX's order: LSTM i o f c, GRU z r h.
    let (cell, order): (any Cell, [Int]) =
      switch node.op {
      case "LSTM": (node.inputs["P"] == nil ? .lstm : .lstmPeephole, [0, 2, 3, 1])
      case "GRU": (.gruResetBefore, [1, 0, 2])
      default: (.rnn, [0])
      }
    let layout = SequenceLayout(rows: rows, steps: steps)
    let problem = StackProblem<Double>(
      StackConfiguration(cell: cell, inputSize: x.dims[2], hiddenSize: hidden),
      vocabulary: layout.tokenCount, layout: layout, readsFinalStates: false)
    func set(_ name: String, _ values: [Double]) throws {
      try #require(problem.store.parameter(named: name)).values = values
    }
    func reordered(_ values: some Sequence<Double>, _ order: [Int]) -> [Double] {
      let values = Array(values)
      let size = values.count / order.count
      return order.flatMap { values[$0 * size..<($0 + 1) * size] }
    }
    let gates = order.count * hidden
    let bias = node.inputs["B"]?.data ?? Array(repeating: 0, count: 2 * gates)
    try set("rnn.weight_ih_l0", reordered(try #require(node.inputs["W"]).data, order))
    try set("rnn.weight_hh_l0", reordered(try #require(node.inputs["R"]).data, order))
    try set("rnn.bias_ih_l0", reordered(bias.prefix(gates), order))
    try set("rnn.bias_hh_l0", reordered(bias.suffix(gates), order))
    if let p = node.inputs["P"] { try set("rnn.weight_peephole_l0", reordered(p.data, [0, 2, 1])) }
    // A table with one row a token, in token order.
    let tokens = (0..<layout.tokenCount).map { token in
      let (step, row) = token.quotientAndRemainder(dividingBy: rows)
      return isBatchFirst ? row * steps + step : token
    }
    problem.inputs = tokens.map { Int32($0) }
    try set("embedding.weight", x.data)
    let states = [node.inputs["initial_h"], node.inputs["initial_c"]]
    for index in problem.initial.indices {
      problem.initial[index] = states[index]?.data ?? Array(repeating: 0, count: rows * hidden)
    }
    problem.store.pack()
    let result = problem.run()
    try expectClose(result.finalH[0], try #require(node.outputs["Y_h"]).data, node.name)
    if let y = node.outputs["Y"] {
      #expect(steps == 1, "written for one step")
      try expectClose(result.outputs, y.data, node.name)
    }
  }

  /// The values are rounded to Float.
  private func expectClose(_ actual: [Double], _ expected: [Double], _ name: String) throws {
    try #require(actual.count == expected.count)
    let worst = zip(actual, expected).map { abs($0 - $1) }.max() ?? 0
    #expect(worst <= 1e-7, "\(name)")
  }
}
