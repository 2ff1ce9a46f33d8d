import Foundation

/// Which class was taken for which as a picture: a row a true class, a column a prediction, a cell the
/// darker the larger its share of the row; what is right in one colour, what is wrong in another.
///
/// Of more than 60 classes, those with the most mistakes are shown, and all others as one.
///
/// Plain SVG with its own styles, light or dark as the reader's page is; no script, no font to fetch.
package struct ConfusionPlot {
  /// A row and a column of the picture.
  private struct Class {
    let name: String
    var present = 0
    var predicted = 0
  }

  private let title: String
  private var classes: [Class]
  /// `[row][column]`, those that are not zero.
  private var counts: [[Int: Int]]

  /// Classes in the picture at most.
  static let limit = 60

  package init(_ matrix: ConfusionMatrix) {
    title = String(
      format: "accuracy %.2f %%, %ld examples", 100 * matrix.accuracy, matrix.exampleCount)
    let shown = Self.shown(of: matrix)
    let places = Dictionary(uniqueKeysWithValues: shown.enumerated().map { ($1, $0) })
    classes = shown.map { Class(name: matrix.classes[$0]) }
    if shown.count < matrix.classes.count {
      classes.append(Class(name: "\(matrix.classes.count - shown.count) others"))
    }
    counts = [[Int: Int]](repeating: [:], count: classes.count)
    let others = classes.count - 1
    for (truth, prediction, count) in matrix.cells {
      let (row, column) = (places[truth] ?? others, places[prediction] ?? others)
      counts[row][column, default: 0] += count
      classes[row].present += count
      classes[column].predicted += count
    }
  }

  /// The classes with a row of their own, in order.
  private static func shown(of matrix: ConfusionMatrix) -> [Int] {
    guard matrix.classes.count > limit else { return Array(matrix.classes.indices) }
    var mistakes = [Int](repeating: 0, count: matrix.classes.count)
    for (truth, prediction, count) in matrix.cells where truth != prediction {
      mistakes[truth] += count
      mistakes[prediction] += count
    }
    let worst = mistakes.indices.sorted { (mistakes[$1], $0) < (mistakes[$0], $1) }
    return worst.prefix(limit - 1).sorted()
  }

  // MARK: Picture

  private static let letter = 7.2
  private static let longestName = 24

  /// The width of a cell: room for every count where the classes are few.
  private var cell: Double {
    let digits = String(counts.lazy.flatMap(\.values).max() ?? 0).count
    return switch classes.count {
    case ...12: max(34, Self.letter * Double(digits) + 10)
    case ...30: max(24, Self.letter * Double(digits) + 6)
    default: 15
    }
  }

  private var hasNumbers: Bool { classes.count <= 30 }

  package var svg: String {
    let names = classes.map { PlotText.cut($0.name, to: Self.longestName) }
    let margin = Self.letter * Double(names.map(PlotText.columns).max() ?? 0) + 12
    let (left, top, cell) = (36 + margin, 64 + margin, cell)
    let side = cell * Double(classes.count)
    let (width, height) = (max(left + side + 72, 320), top + side + 24)
    func y(_ row: Int) -> Double { top + cell * Double(row) }
    func x(_ column: Int) -> Double { left + cell * Double(column) }
    func baseline(_ row: Int) -> Double { y(row) + cell / 2 + 4 }
    var parts: [String] = []
    for (index, name) in names.enumerated() {
      parts.append(text(name, left - 8, baseline(index), "end"))
      parts.append(
        "<text transform=\"translate(\(format(x(index) + cell / 2 + 4)) \(format(top - 8))) "
          + "rotate(-90)\">\(PlotText.escaped(name))</text>")
      if classes[index].present > 0 {
        let recall = 100 * Double(counts[index][index] ?? 0) / Double(classes[index].present)
        parts.append(
          text(String(format: "%.0f %%", recall), left + side + 8, baseline(index), "start"))
      }
      parts += cells(row: index, at: (x, y), cell, baseline(index))
    }
    parts.append(
      "<rect class=\"frame\" x=\"\(format(left))\" y=\"\(format(top))\" width=\"\(format(side))\" "
        + "height=\"\(format(side))\"/>")
    parts.append(text("recall", left + side + 8, top - 8, "start"))
    parts.append(text("predicted", left + side / 2, 50, "middle"))
    parts.append(
      "<text transform=\"translate(20 \(format(top + side / 2))) rotate(-90)\" "
        + "text-anchor=\"middle\">true</text>")
    return """
      <svg xmlns="http://www.w3.org/2000/svg" \
      viewBox="0 0 \(format(width)) \(format(height))" width="\(format(width))" \
      height="\(format(height))" role="img" aria-labelledby="title">
      <title id="title">\(title)</title>
      <style>
        svg { background: #fff; color: #1c1c1e; }
        text { font: 12px system-ui, sans-serif; fill: currentColor; }
        .title { font-size: 15px; font-weight: 600; }
        .frame { fill: none; stroke: currentColor; stroke-opacity: 0.35; }
        .right { fill: #2563eb; } .wrong { fill: #c2410c; } .strong { fill: #fff; }
        @media (prefers-color-scheme: dark) {
          svg { background: #1c1c1e; color: #f2f2f7; }
          .right { fill: #6ea8fe; } .wrong { fill: #fb923c; } .strong { fill: #1c1c1e; }
        }
      </style>
      <text class="title" x="16" y="26">\(title)</text>
      \(parts.joined(separator: "\n"))
      </svg>

      """
  }

  private func cells(
    row: Int, at place: (x: (Int) -> Double, y: (Int) -> Double), _ cell: Double,
    _ baseline: Double
  ) -> [String] {
    counts[row].sorted { $0.key < $1.key }.flatMap { column, count in
      let share = Double(count) / Double(classes[row].present)
      // A single mistake among many shall still be seen.
      let opacity = 0.08 + 0.92 * share
      let tip = "\(count) of \(classes[row].name) taken for \(classes[column].name)"
      let rectangle =
        "<rect class=\"\(row == column ? "right" : "wrong")\" x=\"\(format(place.x(column)))\" "
        + "y=\"\(format(place.y(row)))\" width=\"\(format(cell))\" height=\"\(format(cell))\" "
        + "fill-opacity=\"\(String(format: "%.3f", opacity))\">"
        + "<title>\(PlotText.escaped(tip))</title></rect>"
      guard hasNumbers else { return [rectangle] }
      return [
        rectangle,
        text(
          "\(count)", place.x(column) + cell / 2, baseline, "middle",
          style: opacity > 0.55 ? "strong" : nil),
      ]
    }
  }

  private func text(
    _ text: String, _ x: Double, _ y: Double, _ anchor: String, style: String? = nil
  ) -> String {
    "<text\(style.map { " class=\"\($0)\"" } ?? "") x=\"\(format(x))\" y=\"\(format(y))\" "
      + "text-anchor=\"\(anchor)\">\(PlotText.escaped(text))</text>"
  }

  private func format(_ value: Double) -> String { String(format: "%.2f", value) }
}
