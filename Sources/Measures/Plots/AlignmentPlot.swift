import Foundation

/// How much every token of a target looked at every token of its source, as a picture: a row a token
/// of the target, a column a token of the source, the darker the more.
package struct AlignmentPlot {
  private let source: [String]
  private let target: [String]
  package let weights: [[Float]]

  /// - Parameter weights: `[target][source]`.
  package init(source: [String], target: [String], weights: [[Float]]) {
    precondition(
      weights.count == target.count && weights.allSatisfy { $0.count == source.count },
      "a weight for each token of the source and the target")
    self.source = source
    self.target = target
    self.weights = weights
  }

  private static let cell = 28
  private static let characterWidth = 8

  private func margin(_ tokens: [String]) -> Int {
    24 + Self.characterWidth * (tokens.map { min(PlotText.columns($0), 24) }.max() ?? 0)
  }

  package var svg: String {
    let (left, top, cell) = (margin(target), margin(source), Self.cell)
    let (width, height) = (left + cell * source.count + 24, top + cell * target.count + 24)
    let columns = source.enumerated().map { index, token in
      let x = left + cell * index + cell / 2 + 4
      return "<text transform=\"translate(\(x) \(top - 8)) rotate(-90)\">\(text(token))</text>"
    }
    let rows = target.enumerated().map { index, token in
      "<text class=\"row\" x=\"\(left - 8)\" y=\"\(top + cell * index + cell / 2 + 4)\">"
        + "\(text(token))</text>"
    }
    let cells = weights.enumerated().flatMap { row, weights in
      weights.enumerated().map { column, weight in
        let share = String(format: "%.3f", weight)
        return "<rect x=\"\(left + cell * column)\" y=\"\(top + cell * row)\" width=\"\(cell)\" "
          + "height=\"\(cell)\" fill-opacity=\"\(share)\"><title>\(text(target[row])) → "
          + "\(text(source[column])): \(share)</title></rect>"
      }
    }
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" \
      width="\(width)" height="\(height)" role="img" aria-labelledby="title">
      <title id="title">Weights of attention</title>
      <style>
        svg { background: #fff; color: #1c1c1e; }
        text { font: 13px system-ui, sans-serif; fill: currentColor; }
        .row { text-anchor: end; }
        rect { fill: #2563eb; stroke: currentColor; stroke-opacity: 0.12; }
        @media (prefers-color-scheme: dark) {
          svg { background: #1c1c1e; color: #f2f2f7; }
          rect { fill: #6ea8fe; }
        }
      </style>
      \((columns + rows + cells).joined(separator: "\n"))
      </svg>

      """
  }

  private func text(_ token: String) -> String { PlotText.escaped(PlotText.cut(token, to: 24)) }
}
