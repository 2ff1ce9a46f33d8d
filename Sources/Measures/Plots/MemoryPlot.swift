import Foundation

/// One sequence through an external memory as a picture, time from left to right: what was shown,
/// what was asked for and answered, and where the writing and the reading heads stood.
///
/// Plain SVG with its own styles, light or dark as the reader's page is; no script, no font to fetch.
package struct MemoryPlot {
  private let trace: MemoryTrace
  private let title: String

  package init(_ trace: MemoryTrace, title: String) {
    self.trace = trace
    self.title = title
  }

  /// Rows of numbers over time; darker is more.
  private struct Panel {
    let name: String
    /// By step, then row; in ±1.
    let values: [[Float]]
    let rowHeight: Double
    /// Whether rows are numbered along the edge.
    let isNumbered: Bool

    var rowCount: Int { values.first?.count ?? 0 }
    var height: Double { rowHeight * Double(rowCount) }
  }

  private static let left = 116.0
  private static let right = 24.0
  private static let top = 48.0
  private static let gap = 22.0
  private static let bottom = 48.0
  /// Fainter cells are not drawn.
  private static let least: Float = 0.02

  private var panels: [Panel] {
    func channels(_ name: String, _ values: [[Float]]) -> Panel {
      Panel(name: name, values: values, rowHeight: 9, isNumbered: false)
    }
    func slots(_ name: String, _ heads: [[[Float]]]) -> [Panel] {
      heads.enumerated().map { index, values in
        Panel(
          name: heads.count > 1 ? "\(name) \(index + 1)" : name, values: values,
          rowHeight: min(10, 260 / Double(max(values.first?.count ?? 1, 1))), isNumbered: true)
      }
    }
    return [
      channels("input", trace.inputs), channels("wanted", trace.targets),
      channels("answered", trace.outputs),
    ] + slots("write", trace.writes) + slots("read", trace.reads)
  }

  package var svg: String {
    let panels = panels
    let steps = max(trace.inputs.count, 1)
    let cell = min(16, max(2, 700 / Double(steps)))
    let width = Self.left + cell * Double(steps) + Self.right
    let height =
      Self.top + panels.reduce(0) { $0 + $1.height + Self.gap } - Self.gap + Self.bottom
    var (parts, y): ([String], Double) = ([], Self.top)
    for panel in panels {
      parts += draw(panel, cell: cell, steps: steps, top: y)
      y += panel.height + Self.gap
    }
    let floor = y - Self.gap
    for step in stride(from: 0, to: steps, by: max(1, steps / 10)) {
      parts.append(
        text("\(step + 1)", Self.left + cell * (Double(step) + 0.5), floor + 18, "middle"))
    }
    parts.append(text("step", Self.left + cell * Double(steps) / 2, floor + 38, "middle"))
    return """
      <svg xmlns="http://www.w3.org/2000/svg" \
      viewBox="0 0 \(format(width)) \(format(height))" width="\(format(width))" \
      height="\(format(height))" role="img" aria-labelledby="title">
      <title id="title">\(PlotText.escaped(title))</title>
      <style>
        svg { background: #fff; color: #1c1c1e; }
        text { font: 12px system-ui, sans-serif; fill: currentColor; }
        .title { font-size: 15px; font-weight: 600; }
        .frame { fill: none; stroke: currentColor; stroke-opacity: 0.35; }
        .more { fill: #2563eb; } .less { fill: #c2410c; }
        @media (prefers-color-scheme: dark) {
          svg { background: #1c1c1e; color: #f2f2f7; }
          .more { fill: #6ea8fe; } .less { fill: #fb923c; }
        }
      </style>
      <text class="title" x="\(format(Self.left))" y="26">\(PlotText.escaped(title))</text>
      \(parts.joined(separator: "\n"))
      </svg>

      """
  }

  private func draw(_ panel: Panel, cell: Double, steps: Int, top: Double) -> [String] {
    var parts: [String] = []
    for (step, values) in panel.values.enumerated() {
      for (row, value) in values.enumerated() where abs(value) >= Self.least {
        parts.append(
          "<rect class=\"\(value > 0 ? "more" : "less")\" "
            + "x=\"\(format(Self.left + cell * Double(step)))\" "
            + "y=\"\(format(top + panel.rowHeight * Double(row)))\" width=\"\(format(cell))\" "
            + "height=\"\(format(panel.rowHeight))\" fill-opacity=\"\(format(Double(min(abs(value), 1))))\"/>"
        )
      }
    }
    parts.append(
      "<rect class=\"frame\" x=\"\(format(Self.left))\" y=\"\(format(top))\" "
        + "width=\"\(format(cell * Double(steps)))\" height=\"\(format(panel.height))\"/>")
    parts.append(text(panel.name, 16, top + panel.height / 2 + 4, "start"))
    if panel.isNumbered, panel.rowCount > 1 {
      parts.append(text("0", Self.left - 6, top + 10, "end"))
      parts.append(text("\(panel.rowCount - 1)", Self.left - 6, top + panel.height, "end"))
    }
    return parts
  }

  private func text(_ text: String, _ x: Double, _ y: Double, _ anchor: String) -> String {
    "<text x=\"\(format(x))\" y=\"\(format(y))\" text-anchor=\"\(anchor)\">\(PlotText.escaped(text))</text>"
  }

  private func format(_ value: Double) -> String { String(format: "%.2f", value) }
}
