import Autodiff
import Compute

/// The named axes of a model's parameters, by their names.
struct Axes {
  private let all: [String: [NamedAxis]]

  init(_ axes: [NamedAxis]) { all = Dictionary(grouping: axes, by: \.parameter) }

  subscript(parameter: String) -> Sides {
    let found = all[parameter] ?? []
    return Sides(
      rows: found.first { $0.side == .rows }, columns: found.first { $0.side == .columns })
  }

  struct Sides {
    let rows: NamedAxis?
    let columns: NamedAxis?
  }
}

/// Which weights of a parameter are those of another run's.
struct ParameterMap {
  private let rows: AxisMap
  private let columns: AxisMap

  /// Nil if the two have nothing in common: gates, axes or sizes differ.
  init?(
    _ parameter: Parameter<Float>, _ sides: Axes.Sides, from other: Parameter<Float>,
    _ otherSides: Axes.Sides
  ) {
    guard parameter.shape.count == other.shape.count,
      parameter.layout.blocks == other.layout.blocks,
      let rows = AxisMap(parameter.rows, sides.rows, from: other.rows, otherSides.rows),
      let columns = AxisMap(
        parameter.columns, sides.columns, from: other.columns, otherSides.columns)
    else { return nil }
    self.rows = rows
    self.columns = columns
  }

  /// Weights taken.
  var count: Int { rows.takenCount * columns.takenCount }
  var isWhole: Bool { rows.isWhole && columns.isWhole }

  /// `812 of 1024 rows (word)`.
  var text: String {
    func text(_ map: AxisMap, _ name: String) -> String {
      "\(map.takenCount) of \(map.places.count) \(name)" + (map.kind.map { " (\($0))" } ?? "")
    }
    return text(rows, "rows") + (columns.kind == nil ? "" : ", " + text(columns, "columns"))
  }

  /// - Parameters:
  ///   - values: of the other, row after row.
  ///   - width: its columns.
  func copy(_ values: [Float], width: Int, to parameter: Parameter<Float>) {
    for (row, source) in rows.places.enumerated() {
      guard let source else { continue }
      for (column, place) in columns.places.enumerated() {
        guard let place else { continue }
        parameter.value[row * columns.places.count + column] = values[source * width + place]
      }
    }
  }
}

extension Parameter {
  /// `1024 (word) × 128`, `4 gates of 64 × 32`.
  func shapeText(_ sides: Axes.Sides) -> String {
    func text(_ count: Int, _ axis: NamedAxis?) -> String {
      "\(count)" + (axis.map { " (\($0.kind))" } ?? "")
    }
    let gates = layout.blocks
    let rows = gates > 1 ? "\(gates) gates of \(rows / gates)" : text(rows, sides.rows)
    return shape.count > 1 ? "\(rows) × \(text(columns, sides.columns))" : rows
  }
}
