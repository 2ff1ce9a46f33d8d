import Measures

/// Norms of gradients over lags, on a logarithmic scale, as a picture: a curve for each run and
/// layer.
package struct GradientPlot {
  private let flows: [(name: String, flow: GradientFlow)]

  /// - Parameter flows: each with what its curves are called.
  package init(_ flows: [(name: String, flow: GradientFlow)]) { self.flows = flows }

  package var svg: String {
    let curves = flows.flatMap { name, flow in
      flow.norms.indices.map { layer in
        (name: flow.norms.count > 1 ? "\(name) layer \(layer)" : name, norms: flow.norms[layer])
      }
    }
    return LinePlot(
      title: "‖∂L(t)/∂h(t−k)‖",
      x: .counting("lag k", to: Double((flows.map(\.flow.lagCount).max() ?? 1) - 1)),
      y: .powers("norm", around: curves.flatMap(\.norms)),
      curves: curves.enumerated().map { index, curve in
        LinePlot.Curve(
          name: curve.name, style: .colour(index),
          points: curve.norms.enumerated().map { (Double($0.offset), $0.element) })
      }
    ).svg
  }
}
