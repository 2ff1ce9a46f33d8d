import Compute
import Parallel

/// `Y = [X₀ X₁ …]`: the columns of several variables side by side.
///
/// - Xᵢ `[rows, columnsᵢ]`, Y `[rows, Σ columnsᵢ]`
/// - backward: each takes its columns of dY
///
/// Columns start where the ones before end, padding is squeezed out. Cost: one copy.
struct Concatenated<S: MatrixElement>: TapeOperation {
  let parts: [Consumer<S>]
  let y: Variable<S>

  var isTokenwise: Bool { true }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ lane: Lane<S>) {
    let padding = y.value.paddedColumns - y.columns
    for range in y.ranges(of: lane) {
      for row in range {
        var target = y.value.row(row)
        for part in parts {
          let columns = part.variable.columns
          target.update(from: part.value.row(row), count: columns)
          target += columns
        }
        target.clear(count: padding)
      }
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(_ lane: Lane<S>) {
    guard let dy = y.gradient else { return }
    let ranges = y.ranges(of: lane)
    var start = y.columns
    // From the last to the first, as readers are ordered where one variable stands here twice.
    for part in parts.reversed() {
      let columns = part.variable.columns
      start -= columns
      guard let dx = part.gradient else { continue }
      let isAdding = part.isAdding
      for range in ranges {
        for row in range {
          if isAdding {
            Rows.addRow(dy.row(row) + start, to: dx.row(row), count: columns)
          } else {
            dx.row(row).update(from: dy.row(row) + start, count: columns)
            (dx.row(row) + columns).clear(count: dx.paddedColumns - columns)
          }
        }
      }
    }
  }
}

extension Tape {
  /// Records the columns of `parts` side by side. All share one plan and one extent.
  public func concatenated(_ parts: [Variable<S>]) -> Variable<S> {
    precondition(
      !parts.isEmpty
        && parts.allSatisfy { $0.plan === parts[0].plan && $0.extent == parts[0].extent },
      "rows of different plans do not stand side by side")
    if parts.count == 1 { return parts[0] }
    let y = variable(
      columns: parts.reduce(0) { $0 + $1.columns }, plan: parts[0].plan, extent: parts[0].extent,
      needsGradient: parts.contains { $0.gradient != nil })
    record(Concatenated(parts: parts.map { $0.consumed() }, y: y))
    return y
  }
}
