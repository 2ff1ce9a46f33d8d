import Autodiff
import Interchange

/// Vectors of words that a model was not trained with, behind those of its table.
package protocol FurtherTable: FurtherRows {
  var count: Int { get }
}

/// A graph of a network that is being written, with the weights of a model under their own names.
///
/// Inside a graph time comes first, `[time, batch, …]`, as ONNX's recurrent operators want it; what goes
/// in and out has the batch first.
final class NetworkGraph {
  let builder: ONNXGraphBuilder
  private let parameters: ParameterStore<Float>
  private let written: Written

  /// Tensors that are there already, here and in the bodies of loops.
  private final class Written {
    var tensors: [String: ONNXValue] = [:]
  }

  init(_ name: String, _ parameters: ParameterStore<Float>) {
    builder = ONNXGraphBuilder(name)
    self.parameters = parameters
    written = Written()
  }

  private init(_ builder: ONNXGraphBuilder, in outer: NetworkGraph) {
    self.builder = builder
    (parameters, written) = (outer.parameters, outer.written)
  }

  /// A graph within this one: the body of a loop, with the same weights.
  func body(_ name: String) -> NetworkGraph { NetworkGraph(builder.body(name), in: self) }

  func has(_ name: String) -> Bool { parameters.parameter(named: name) != nil }

  func parameter(_ name: String) -> Parameter<Float> {
    guard let parameter = parameters.parameter(named: name) else {
      preconditionFailure("the model has no \(name)")
    }
    return parameter
  }

  /// A parameter as it is in the model.
  func weight(_ name: String) -> ONNXValue {
    tensor(name) {
      let parameter = parameter(name)
      return ONNXTensor(
        name, shape: parameter.shape,
        UnsafeBufferPointer(start: parameter.value, count: parameter.count))
    }
  }

  /// A tensor made of parameters, once: a layer may be used at several places.
  func tensor(_ name: String, _ make: () -> ONNXTensor) -> ONNXValue {
    if let value = written.tensors[name] { return value }
    let value = builder.tensor(make())
    written.tensors[name] = value
    return value
  }

  /// `y = x · Wᵀ` with the parameter W `[out, in]`.
  func product(_ x: ONNXValue, _ weight: String) -> ONNXValue {
    builder.matrixProduct(x, builder.transpose(self.weight(weight), [1, 0]))
  }

  /// `y = x · Wᵀ + b` with `NAME.weight` and `NAME.bias`.
  ///
  /// - Parameter table: a parameter that stands in for `NAME.weight`.
  func linear(_ x: ONNXValue, _ name: String, tiedTo table: String? = nil) -> ONNXValue {
    builder.sum(product(x, table ?? "\(name).weight"), weight("\(name).bias"))
  }

  /// Rows of `NAME.weight` by id, and of `further` behind them.
  func embedding(
    _ ids: ONNXValue, _ name: String, further: (any FurtherTable)? = nil
  ) -> ONNXValue {
    var table = weight("\(name).weight")
    if let further, further.count > 0 {
      let rows = (0..<further.count).flatMap { further.row($0) }
      let columns = rows.count / further.count
      table = builder.concatenated(
        [
          table,
          tensor("\(name).further") {
            ONNXTensor("\(name).further", shape: [further.count, columns], rows)
          },
        ], axis: 0)
    }
    return builder.gathered(table, ids)
  }

  /// Normalised over the last axis, with `NAME.weight` and `NAME.bias`.
  func layerNorm(_ x: ONNXValue, _ name: String) -> ONNXValue {
    builder.node(
      "LayerNormalization", x, weight("\(name).weight"), weight("\(name).bias"),
      with: [("axis", .int(-1)), ("epsilon", .float(Float(LayerNormFormula.epsilon)))])
  }
}
