import Foundation

/// The curve of a scaling test as a picture: speed-up over threads, with the ideal line and the
/// speed-up of the machine's own peak.
///
/// Plain SVG with its own styles, light or dark as the reader's page is; no script, no font to fetch.
public struct ScalingPlot {
  private let test: ScalingTest
  private let limit: Double
  private static let width = 640.0
  private static let height = 440.0
  private static let left = 64.0
  private static let right = 52.0
  private static let top = 56.0
  private static let bottom = 56.0

  public init(_ test: ScalingTest) {
    self.test = test
    let speedups = test.points.map { max(test.speedup($0), test.peakSpeedup($0) ?? 0) }
    let threads = test.points.map { Double($0.threads) }
    limit = (speedups + threads).max().map { $0.rounded(.up) } ?? 1
  }

  public var svg: String {
    let (width, height) = (Int(Self.width), Int(Self.height))
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" \
      width="\(width)" height="\(height)" role="img" aria-labelledby="title">
      <title id="title">\(title)</title>
      <style>
        svg { background: #fff; color: #1c1c1e; }
        text { font: 13px system-ui, sans-serif; fill: currentColor; }
        .title { font-size: 15px; font-weight: 600; }
        .grid { stroke: currentColor; stroke-opacity: 0.12; }
        .axis { stroke: currentColor; }
        .ideal { stroke: currentColor; stroke-opacity: 0.5; stroke-dasharray: 5 4; fill: none; }
        .peak { stroke: #c2410c; stroke-width: 1.5; fill: none; }
        .measured { stroke: #2563eb; stroke-width: 2.5; fill: none; }
        .dot { fill: #2563eb; }
        @media (prefers-color-scheme: dark) {
          svg { background: #1c1c1e; color: #f2f2f7; }
          .measured { stroke: #6ea8fe; } .dot { fill: #6ea8fe; } .peak { stroke: #fb923c; }
        }
      </style>
      <text class="title" x="\(format(Self.left))" y="26">\(title)</text>
      \((grid + curves + legend).joined(separator: "\n"))
      </svg>

      """
  }

  private var title: String {
    let shape = test.shape
    // The name of a shape is the only text that is not the program's own.
    let name = shape.name.replacingOccurrences(of: "&", with: "&amp;")
      .replacingOccurrences(of: "<", with: "&lt;")
    return
      "\(name) \(shape.cell.rawValue) \(test.precision.rawValue), \(test.mode.rawValue) scaling"
  }

  // MARK: Parts

  private var grid: [String] {
    var lines: [String] = []
    let (start, end) = (x(0), x(limit))
    for value in ticks {
      let (column, row) = (x(value), y(value))
      lines.append(line("grid", from: (start, row), to: (end, row)))
      lines.append(line("grid", from: (column, y(0)), to: (column, y(limit))))
      lines.append(text("\(Int(value))", at: (start - 8, row + 4), anchor: "end"))
      lines.append(text("\(Int(value))", at: (column, y(0) + 20), anchor: "middle"))
    }
    lines.append(line("axis", from: (start, y(0)), to: (end, y(0))))
    lines.append(line("axis", from: (start, y(0)), to: (start, y(limit))))
    lines.append(text("threads", at: ((start + end) / 2, Self.height - 14), anchor: "middle"))
    let middle = (y(0) + y(limit)) / 2
    lines.append(
      "<text transform=\"translate(20 \(format(middle))) rotate(-90)\" text-anchor=\"middle\">"
        + "speed-up</text>")
    return lines
  }

  private var curves: [String] {
    let measured = test.points.map { (Double($0.threads), test.speedup($0)) }
    let peak = test.points.compactMap { point in
      test.peakSpeedup(point).map { (Double(point.threads), $0) }
    }
    var lines = [
      line("ideal", from: (x(0), y(0)), to: (x(limit), y(limit))),
      curve("peak", peak), curve("measured", measured),
    ]
    for (point, (threads, speedup)) in zip(test.points, measured) {
      let place = (x(threads), y(speedup))
      lines.append(
        "<circle class=\"dot\" cx=\"\(format(place.0))\" cy=\"\(format(place.1))\" r=\"4\">"
          + "<title>\(point.threads) threads: \(format(speedup)), "
          + "\(format(point.tokensPerSecond)) tokens/s</title></circle>")
      lines.append(text(format(speedup), at: (place.0 + 8, place.1 + 16), anchor: "start"))
    }
    return lines
  }

  private var legend: [String] {
    let rows = [("measured", "measured"), ("peak", "registers alone"), ("ideal", "ideal")]
    return rows.enumerated().flatMap { index, row in
      let height = Self.top + 14 + 20 * Double(index)
      return [
        line(row.0, from: (Self.left + 14, height), to: (Self.left + 42, height)),
        text(row.1, at: (Self.left + 50, height + 4), anchor: "start"),
      ]
    }
  }

  // MARK: Pieces

  /// 1, 2, … or, beyond ten, about eight round steps.
  private var ticks: [Double] {
    let step = limit <= 10 ? 1 : (limit / 8).rounded(.up)
    return Array(stride(from: step, through: limit, by: step))
  }

  private func x(_ threads: Double) -> Double {
    Self.left + threads / limit * (Self.width - Self.left - Self.right)
  }

  private func y(_ speedup: Double) -> Double {
    Self.height - Self.bottom - speedup / limit * (Self.height - Self.top - Self.bottom)
  }

  private func line(
    _ style: String, from: (Double, Double), to: (Double, Double)
  ) -> String {
    "<line class=\"\(style)\" x1=\"\(format(from.0))\" y1=\"\(format(from.1))\" "
      + "x2=\"\(format(to.0))\" y2=\"\(format(to.1))\"/>"
  }

  private func curve(_ style: String, _ points: [(Double, Double)]) -> String {
    let places = points.map { "\(format(x($0.0))),\(format(y($0.1)))" }
    return "<polyline class=\"\(style)\" points=\"\(places.joined(separator: " "))\"/>"
  }

  private func text(_ text: String, at place: (Double, Double), anchor: String) -> String {
    "<text x=\"\(format(place.0))\" y=\"\(format(place.1))\" text-anchor=\"\(anchor)\">\(text)</text>"
  }

  private func format(_ value: Double) -> String { String(format: "%.2f", value) }
}
