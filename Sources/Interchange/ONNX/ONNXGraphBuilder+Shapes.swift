// Values cut, joined and turned.

extension ONNXGraphBuilder {
  package func transpose(_ x: ONNXValue, _ order: [Int]) -> ONNXValue {
    node("Transpose", x, with: [("perm", .ints(order))])
  }

  package func concatenated(_ parts: [ONNXValue], axis: Int) -> ONNXValue {
    parts.count == 1
      ? parts[0] : node("Concat", parts.map { $0 }, outputs: 1, [("axis", .int(axis))])[0]
  }

  /// Parts of the given sizes, in their order.
  package func split(_ x: ONNXValue, _ sizes: [Int], axis: Int) -> [ONNXValue] {
    sizes.count == 1
      ? [x] : node("Split", [x, integers(sizes)], outputs: sizes.count, [("axis", .int(axis))])
  }

  package func slice(_ x: ONNXValue, _ range: Range<Int>, axis: Int) -> ONNXValue {
    slice(x, from: range.lowerBound, to: range.upperBound, axis: axis)
  }

  /// - Parameter end: counted from the end of the axis if negative; nil for that end.
  package func slice(_ x: ONNXValue, from start: Int, to end: Int?, axis: Int) -> ONNXValue {
    node("Slice", x, integers([start]), integers([end ?? .max]), integers([axis]))
  }

  package func unsqueezed(_ x: ONNXValue, _ axes: Int...) -> ONNXValue {
    node("Unsqueeze", x, integers(axes))
  }

  package func squeezed(_ x: ONNXValue, _ axis: Int) -> ONNXValue {
    node("Squeeze", x, integers([axis]))
  }

  /// - Parameter shape: 0 keeps a dimension, -1 takes what is left.
  package func reshaped(_ x: ONNXValue, _ shape: [Int]) -> ONNXValue {
    node("Reshape", x, integers(shape))
  }

  /// The size of one dimension, `[1]`.
  package func size(_ x: ONNXValue, axis: Int) -> ONNXValue {
    node("Gather", node("Shape", x), integers([axis]))
  }

  /// Rows of `table` by id.
  package func gathered(_ table: ONNXValue, _ ids: ONNXValue, axis: Int = 0) -> ONNXValue {
    node("Gather", table, ids, with: [("axis", .int(axis))])
  }

  package func cast(_ x: ONNXValue, _ element: ONNXTensor.Element) -> ONNXValue {
    node("Cast", x, with: [("to", .int(element.rawValue))])
  }
}

// Arithmetic, element by element unless told otherwise.

extension ONNXGraphBuilder {
  package func sum(_ a: ONNXValue, _ b: ONNXValue) -> ONNXValue { node("Add", a, b) }
  package func product(_ a: ONNXValue, _ b: ONNXValue) -> ONNXValue { node("Mul", a, b) }
  package func quotient(_ a: ONNXValue, _ b: ONNXValue) -> ONNXValue { node("Div", a, b) }
  package func matrixProduct(_ a: ONNXValue, _ b: ONNXValue) -> ONNXValue { node("MatMul", a, b) }
  package func tanh(_ x: ONNXValue) -> ONNXValue { node("Tanh", x) }
  package func sigmoid(_ x: ONNXValue) -> ONNXValue { node("Sigmoid", x) }

  /// `(x - mean) / deviation`, of 64-bit means and deviations: rounded once, as where numbers are read.
  package func scaled(_ x: ONNXValue, mean: ONNXValue, deviation: ONNXValue) -> ONNXValue {
    cast(quotient(node("Sub", cast(x, .double), mean), deviation), .float)
  }

  /// `x · deviation + mean`, likewise.
  package func unscaled(_ x: ONNXValue, mean: ONNXValue, deviation: ONNXValue) -> ONNXValue {
    cast(sum(product(cast(x, .double), deviation), mean), .float)
  }

  package func softmax(_ x: ONNXValue, axis: Int = -1) -> ONNXValue {
    node("Softmax", x, with: [("axis", .int(axis))])
  }

  package func logSoftmax(_ x: ONNXValue) -> ONNXValue {
    node("LogSoftmax", x, with: [("axis", .int(-1))])
  }

  /// The sum along an axis, which goes.
  package func summed(_ x: ONNXValue, axis: Int) -> ONNXValue {
    node("ReduceSum", x, integers([axis]), with: [("keepdims", .int(0))])
  }

  /// `condition ? a : b`
  package func chosen(_ condition: ONNXValue, _ a: ONNXValue, _ b: ONNXValue) -> ONNXValue {
    node("Where", condition, a, b)
  }
}
