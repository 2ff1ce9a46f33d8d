import Compute

/// A weight matrix packed for both directions of a linear map: `Y = X · Wᵀ` and `dX = dY · W`.
///
/// `blocks` picks some of the gates that stand below each other in W (nil: all). Whoever steps a
/// group of W's rows packs it at once, while it is in the cache.
package final class PackedParameter<S: MatrixElement>: Sendable {
  package let parameter: Parameter<S>
  package let blocks: Range<Int>
  /// `Wᵀ`: columns in gate order, depth `parameter.columns`.
  package let forward: PackedWeights<S>
  /// `W`: plain columns, depth in gate order.
  package let backward: PackedWeights<S>

  /// A form that follows its parameter.
  package convenience init(
    _ parameter: Parameter<S>, blocks: Range<Int>? = nil, precision: Precision,
    in store: ParameterStore<S>
  ) {
    self.init(parameter, blocks: blocks, precision: precision)
    store.add(self)
  }

  /// A form that is packed on demand.
  init(_ parameter: Parameter<S>, blocks: Range<Int>?, precision: Precision) {
    let blocks = blocks ?? 0..<parameter.layout.blocks
    self.parameter = parameter
    self.blocks = blocks
    let layout = PanelLayout(blocks: blocks.count, units: parameter.layout.units)
    forward = PackedWeights(depth: parameter.columns, layout: layout, precision: precision)
    backward = PackedWeights(
      depth: layout.columnCount, layout: PanelLayout(units: parameter.columns),
      precision: precision)
  }

  var byteCount: Int { forward.byteCount + backward.byteCount }

  /// Deals their memory to some nodes in turn.
  func interleave(over nodes: [Int]) {
    forward.interleave(over: nodes)
    backward.interleave(over: nodes)
  }

  /// Packs the rows of `groups`, groups of the parameter's layout.
  func pack(groups: Range<Int>) { pack(groups: groups, of: parameter.value) }

  /// Packs other values of the parameter's shape.
  func pack(groups: Range<Int>, of values: UnsafePointer<S>) {
    let weights =
      values + blocks.lowerBound * parameter.layout.units * parameter.columns
    forward.pack(transposing: weights, stride: parameter.columns, groups: groups)
    backward.pack(
      weights, stride: parameter.columns, depthLayout: forward.layout, groups: groups)
  }
}
