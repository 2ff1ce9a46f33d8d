import Foundation

/// Curves over two axes as a picture.
///
/// Plain SVG with its own styles, light or dark as the reader's page is; no script, no font to fetch.
package struct LinePlot {
  /// Values along an edge, with those that are written there.
  package struct Axis {
    let name: String
    let range: ClosedRange<Double>
    let ticks: [Double]
    var isLogarithmic = false
    /// Written behind the point.
    var decimals = 0

    /// From 0 to `limit`: 1, 2, … or, beyond ten, about eight round steps.
    package static func counting(_ name: String, to limit: Double) -> Axis {
      let step = limit <= 10 ? 1 : (limit / 8).rounded(.up)
      return Axis(
        name: name, range: 0...max(limit, 1),
        ticks: Array(stride(from: step, through: limit, by: step))
      )
    }

    /// From 0, or the least value below it, to the largest: about six round steps.
    package static func linear(_ name: String, around values: [Double]) -> Axis {
      let low = min(values.min() ?? 0, 0)
      let largest = values.max() ?? 1
      let high = largest > low ? largest : low + 1
      return Axis(name, from: low, to: high, step: step(of: high - low))
    }

    /// From the step below the least value to the one above the largest; from 0 where that is near.
    package static func fitting(_ name: String, around values: [Double]) -> Axis {
      let (least, largest) = (values.min() ?? 0, values.max() ?? 1)
      guard least > 0.4 * largest, largest > least else { return linear(name, around: values) }
      let step = step(of: largest - least)
      return Axis(
        name, from: max(0, (least / step).rounded(.down) * step),
        to: (largest / step).rounded(.up) * step, step: step)
    }

    private init(_ name: String, from low: Double, to high: Double, step: Double) {
      self.init(
        name: name, range: low...high,
        // Less than half a step of rounding; + 0 makes no zero negative.
        ticks: stride(
          from: (low / step - 1e-9).rounded(.up), through: high / step + 1e-9, by: 1
        ).map { $0 * step + 0 },
        decimals: max(0, -Int(floor(log10(step) + 1e-9))))
    }

    private init(
      name: String, range: ClosedRange<Double>, ticks: [Double], isLogarithmic: Bool = false,
      decimals: Int = 0
    ) {
      self.name = name
      self.range = range
      self.ticks = ticks
      self.isLogarithmic = isLogarithmic
      self.decimals = decimals
    }

    /// A round number, about a sixth of a length.
    private static func step(of length: Double) -> Double {
      let power = pow(10, floor(log10(length / 6)))
      return [1, 2, 5].map { $0 * power }.first { length / $0 <= 6 } ?? 10 * power
    }

    /// Powers of ten around `values`, at most about ten of them written. Zeros have no place on it.
    package static func powers(_ name: String, around values: [Double]) -> Axis {
      let exponents = values.filter { $0 > 0 && $0.isFinite }.map(log10)
      let first = (exponents.min() ?? 0).rounded(.down)
      let last = max((exponents.max() ?? 0).rounded(.up), first + 1)
      let step = max(1, ((last - first) / 10).rounded(.up))
      return Axis(
        name: name, range: pow(10, first)...pow(10, last),
        ticks: stride(from: first, through: last, by: step).map { pow(10, $0) },
        isLogarithmic: true)
    }

    /// 0 at the beginning of the axis, 1 at its end.
    func place(_ value: Double) -> Double {
      let (low, high) = (range.lowerBound, range.upperBound)
      return isLogarithmic
        ? log(value / low) / log(high / low) : (value - low) / (high - low)
    }

    func text(_ tick: Double) -> String {
      isLogarithmic
        ? "1e\(Int(log10(tick).rounded()))" : String(format: "%.\(decimals)f", tick)
    }
  }

  package enum Style {
    /// Dashed and faint: what curves are compared with.
    case ideal
    /// One of eight colours, over again beyond.
    case colour(Int)
    /// The same, thin and faint.
    case faint(Int)

    var name: String {
      switch self {
      case .ideal: "ideal"
      case .colour(let index): "colour\(index % 8)"
      case .faint(let index): "faint colour\(index % 8)"
      }
    }
  }

  package struct Curve {
    let name: String
    let style: Style
    let points: [(x: Double, y: Double)]
    /// Whether each point is a dot with its value, and what is said of it.
    let dots: ((Int) -> (value: String, more: String))?
    /// A point that is a dot, and what is said of it.
    let mark: (x: Double, y: Double, text: String)?

    package init(
      name: String, style: Style, points: [(x: Double, y: Double)],
      dots: ((Int) -> (value: String, more: String))? = nil,
      mark: (x: Double, y: Double, text: String)? = nil
    ) {
      self.name = name
      self.style = style
      self.points = points
      self.dots = dots
      self.mark = mark
    }
  }

  let title: String
  let x: Axis
  let y: Axis
  let curves: [Curve]

  package init(title: String, x: Axis, y: Axis, curves: [Curve]) {
    self.title = title
    self.x = x
    self.y = y
    self.curves = curves
  }

  private static let width = 640.0
  /// Without the legend.
  private static let height = 440.0
  private static let left = 64.0
  private static let right = 52.0
  private static let top = 56.0
  private static let bottom = 56.0
  private static let colours = [
    (light: "#2563eb", dark: "#6ea8fe"),
    (light: "#c2410c", dark: "#fb923c"),
    (light: "#15803d", dark: "#4ade80"),
    (light: "#7e22ce", dark: "#c084fc"),
    (light: "#be185d", dark: "#f472b6"),
    (light: "#0e7490", dark: "#22d3ee"),
    (light: "#a16207", dark: "#facc15"),
    (light: "#475569", dark: "#94a3b8"),
  ]

  package var svg: String {
    let rows = legendRows
    let (width, height) = (
      Int(Self.width), Int(Self.height + Self.legendLine * Double(rows.count))
    )
    func strokes(_ colour: (Int) -> String) -> String {
      Self.colours.indices.map { index in
        ".colour\(index) { stroke: \(colour(index)); } .dot\(index) { fill: \(colour(index)); }"
      }.joined(separator: " ")
    }
    return """
      <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" \
      width="\(width)" height="\(height)" role="img" aria-labelledby="title">
      <title id="title">\(PlotText.escaped(title))</title>
      <style>
        svg { background: #fff; color: #1c1c1e; }
        text { font: 13px system-ui, sans-serif; fill: currentColor; }
        .title { font-size: 15px; font-weight: 600; }
        .grid { stroke: currentColor; stroke-opacity: 0.12; }
        .axis { stroke: currentColor; }
        .curve { stroke-width: 2; fill: none; }
        .faint { stroke-width: 1.25; stroke-opacity: 0.55; }
        .ideal { stroke: currentColor; stroke-opacity: 0.5; stroke-dasharray: 5 4; fill: none; }
        \(strokes { Self.colours[$0].light })
        @media (prefers-color-scheme: dark) {
          svg { background: #1c1c1e; color: #f2f2f7; }
          \(strokes { Self.colours[$0].dark })
        }
      </style>
      <text class="title" x="\(format(Self.left))" y="26">\(PlotText.escaped(title))</text>
      \((grid + curves.flatMap(draw) + legend(rows)).joined(separator: "\n"))
      </svg>

      """
  }

  // MARK: Parts

  private var grid: [String] {
    let (start, end) = (Self.left, Self.width - Self.right)
    let (floor, ceiling) = (Self.height - Self.bottom, Self.top)
    var lines: [String] = []
    for value in y.ticks {
      let row = row(value)
      lines.append(line("grid", from: (start, row), to: (end, row)))
      lines.append(text(y.text(value), at: (start - 8, row + 4), anchor: "end"))
    }
    for value in x.ticks {
      let column = column(value)
      lines.append(line("grid", from: (column, floor), to: (column, ceiling)))
      lines.append(text(x.text(value), at: (column, floor + 20), anchor: "middle"))
    }
    lines.append(line("axis", from: (start, floor), to: (end, floor)))
    lines.append(line("axis", from: (start, floor), to: (start, ceiling)))
    lines.append(text(x.name, at: ((start + end) / 2, Self.height - 14), anchor: "middle"))
    lines.append(
      "<text transform=\"translate(20 \(format((floor + ceiling) / 2))) rotate(-90)\" "
        + "text-anchor=\"middle\">\(PlotText.escaped(y.name))</text>")
    return lines
  }

  private func draw(_ curve: Curve) -> [String] {
    let drawn = curve.points.indices.filter {
      let point = curve.points[$0]
      return point.y.isFinite && (!y.isLogarithmic || point.y > 0)
    }
    let places = drawn.map { (column(curve.points[$0].x), row(curve.points[$0].y)) }
    let list = places.map { "\(format($0.0)),\(format($0.1))" }.joined(separator: " ")
    var lines = ["<polyline class=\"curve \(curve.style.name)\" points=\"\(list)\"/>"]
    if let mark = curve.mark, case .colour(let colour) = curve.style {
      lines.append(dot(colour, at: (column(mark.x), row(mark.y)), mark.text))
    }
    guard let dots = curve.dots, case .colour(let colour) = curve.style else { return lines }
    for (index, place) in zip(drawn, places) {
      let (value, more) = dots(index)
      lines.append(dot(colour, at: place, more))
      lines.append(text(value, at: (place.0 + 8, place.1 + 16), anchor: "start"))
    }
    return lines
  }

  // The legend stands below the picture, where no line comes.

  private static let legendLine = 20.0
  private static let letter = 7.0

  private struct Entry {
    let curve: Curve
    let name: String
    /// What the name takes, and the line before it.
    var width: Double { 36 + LinePlot.letter * Double(PlotText.columns(name)) }
  }

  /// The entries of the legend, as many side by side as there is room for.
  private var legendRows: [[Entry]] {
    let room = Self.width - Self.left - 8
    let longest = Int((room - 36) / Self.letter)
    var rows: [[Entry]] = []
    var used = 0.0
    for curve in curves {
      let said = curve.mark.map { "\(curve.name): \($0.text)" } ?? curve.name
      let entry = Entry(curve: curve, name: PlotText.cut(said, to: longest))
      if rows.isEmpty || used + entry.width > room {
        rows.append([])
        used = 0
      }
      rows[rows.count - 1].append(entry)
      used += entry.width + 24
    }
    return rows
  }

  private func legend(_ rows: [[Entry]]) -> [String] {
    rows.enumerated().flatMap { index, entries in
      let height = Self.height + 4 + Self.legendLine * Double(index)
      var start = Self.left
      return entries.flatMap { entry in
        defer { start += entry.width + 24 }
        return [
          line("curve \(entry.curve.style.name)", from: (start, height), to: (start + 28, height)),
          text(entry.name, at: (start + 36, height + 4), anchor: "start"),
        ]
      }
    }
  }

  // MARK: Pieces

  private func column(_ value: Double) -> Double {
    Self.left + x.place(value) * (Self.width - Self.left - Self.right)
  }

  private func row(_ value: Double) -> Double {
    Self.height - Self.bottom - y.place(value) * (Self.height - Self.top - Self.bottom)
  }

  private func line(
    _ style: String, from: (Double, Double), to: (Double, Double)
  ) -> String {
    "<line class=\"\(style)\" x1=\"\(format(from.0))\" y1=\"\(format(from.1))\" "
      + "x2=\"\(format(to.0))\" y2=\"\(format(to.1))\"/>"
  }

  private func text(_ text: String, at place: (Double, Double), anchor: String) -> String {
    "<text x=\"\(format(place.0))\" y=\"\(format(place.1))\" text-anchor=\"\(anchor)\">"
      + "\(PlotText.escaped(text))</text>"
  }

  private func dot(_ colour: Int, at place: (Double, Double), _ text: String) -> String {
    "<circle class=\"dot\(colour % 8)\" cx=\"\(format(place.0))\" cy=\"\(format(place.1))\" "
      + "r=\"4\"><title>\(PlotText.escaped(text))</title></circle>"
  }

  private func format(_ value: Double) -> String { String(format: "%.2f", value) }

}
