import Corpora
import Exchange
import Interchange
import Networks
import Runs

extension RegressionTask: GraphExporting {
  /// Numbers in the unit of the data go in and come out.
  package func graphs() throws -> [ExportedGraph] {
    var windowScale: (mean: ONNXValue, deviation: ONNXValue)?
    let model = try SequenceModelGraph(core.model.configuration, parameters) { series in
      guard form.forecast?.normalizes == true else { return seriesFacts.scale(series) }
      let scale = series.scaleOfItself()
      windowScale = scale
      return series.builder.scaled(
        series.values, mean: scale.mean, deviation: scale.deviation)
    }
    let target = try SeriesPanel.target(
      form.series.labelColumn, columns: seriesFacts.columns, width: width, form.series)
    let builder = model.builder
    var (outputs, shape) = (model.outputs, model.shape)
    if let levels {
      // Nothing keeps learnt quantiles from crossing: they are told in their order.
      let steps = builder.reshaped(outputs, [0, -1, levels.count])
      outputs =
        builder.node(
          "TopK", [steps, builder.integers([levels.count])], outputs: 2,
          [("axis", .int(-1)), ("largest", .int(0)), ("sorted", .int(1))])[0]
      shape =
        ["batch", .fixed(core.model.configuration.head.outputCount / levels.count)]
        + [.fixed(levels.count)]
    }
    if let windowScale {
      // Of the channel that is forecast, as many dimensions as the outputs have.
      func column(_ value: ONNXValue) -> ONNXValue {
        builder.reshaped(
          builder.slice(value, target..<target + 1, axis: 2),
          [-1] + [Int](repeating: 1, count: shape.count - 1))
      }
      outputs = builder.unscaled(
        outputs, mean: column(windowScale.mean), deviation: column(windowScale.deviation))
    } else {
      let channels = seriesFacts.channels
      let scales =
        form.predictsEveryStep
        ? (0..<width).map(scale)
        : form.forecast == nil || channels.isEmpty
          ? [seriesFacts.target ?? .none] : [channels[target]]
      if scales.contains(where: { $0 != .none }) {
        outputs = builder.unscaled(
          outputs, mean: builder.doubles(scales.map(\.mean)),
          deviation: builder.doubles(scales.map(\.deviation)))
      }
    }
    builder.output("prediction", outputs, shape, about: "in the unit of the data")
    return [ExportedGraph(model.finished())]
  }
}

extension SeriesValues {
  /// Mean and standard deviation of each channel over the steps that count, double `[batch, 1, width]`:
  /// `Scale.init(of:)`.
  fileprivate func scaleOfItself() -> (mean: ONNXValue, deviation: ONNXValue) {
    let time = builder.squeezed(builder.size(values, axis: 1), 0)
    let steps = builder.node("Range", builder.integer(0), time, builder.integer(1))
    let mask = builder.unsqueezed(
      builder.node("Less", steps, builder.unsqueezed(lengths, 1)), 2)
    let count = builder.unsqueezed(builder.cast(lengths, .double), 1, 2)
    let zero = builder.doubles([0])
    let numbers = builder.cast(values, .double)
    func mean(_ x: ONNXValue) -> ONNXValue {
      let sum = builder.node(
        "ReduceSum", builder.chosen(mask, x, zero), builder.integers([1]),
        with: [("keepdims", .int(1))])
      return builder.quotient(sum, count)
    }
    let middle = mean(numbers)
    let distance = builder.node("Sub", numbers, middle)
    let deviation = builder.node("Sqrt", mean(builder.product(distance, distance)))
    let least = builder.product(builder.doubles([Scale.roundingShare]), builder.node("Abs", middle))
    let isConstant = builder.node("LessOrEqual", deviation, least)
    return (middle, builder.chosen(isConstant, builder.doubles([1]), deviation))
  }
}
