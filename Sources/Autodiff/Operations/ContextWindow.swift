import Compute
import Parallel

/// Every token with its neighbours: `Y(t) = [X(t-k) … X(t) … X(t+k)]`, inside its row.
///
/// - X `[tokens, size]`, Y `[tokens, (2k + 1) · size]`; beyond the ends of a row X is zero
/// - backward: `dX(t) = Σ_o dY(t - o)[part of o]`, o from -k to k
/// - source: Collobert et al. (2011); for recurrent taggers Mesnil et al., "Investigation of
///   Recurrent-Neural-Network Architectures and Learning Methods for Spoken Language Understanding"
///   (2013)
///
/// The window is taken of embedded tokens: each is looked up once.
struct ContextWindow<S: MatrixElement>: TapeOperation {
  let x: Consumer<S>
  let y: Variable<S>
  /// k.
  let radius: Int

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ lane: Lane<S>) {
    let layout = y.plan.layout
    let size = x.value.columns
    let padding = y.value.paddedColumns - y.value.columns
    for row in y.plan.shard(of: lane.worker).rows {
      let length = layout.lengths[row]
      for step in 0..<length {
        var target = y.value.row(layout.offsets[step] + row)
        for neighbour in step - radius...step + radius {
          if neighbour >= 0, neighbour < length {
            target.update(from: x.value.row(layout.offsets[neighbour] + row), count: size)
          } else {
            target.clear(count: size)
          }
          target += size
        }
        target.clear(count: padding)
      }
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(_ lane: Lane<S>) {
    guard let dx = x.gradient, let dy = y.gradient else { return }
    let layout = y.plan.layout
    let size = x.value.columns
    for row in y.plan.shard(of: lane.worker).rows {
      let length = layout.lengths[row]
      for step in 0..<length {
        let target = dx.row(layout.offsets[step] + row)
        if !x.isAdding { target.clear(count: dx.paddedColumns) }
        for reader in max(0, step - radius)..<min(length, step + radius + 1) {
          let part = dy.row(layout.offsets[reader] + row) + (step - reader + radius) * size
          Rows.addRow(part, to: target, count: size)
        }
      }
    }
  }
}

extension Tape {
  /// Records the concatenation of every token with the `radius` tokens before and after it.
  package func contextWindow(_ x: Variable<S>, radius: Int) -> Variable<S> {
    precondition(x.extent == .tokens && radius >= 0, "radius \(radius)")
    let y = variable(columns: (2 * radius + 1) * x.columns, plan: x.plan)
    record(ContextWindow(x: x.consumed(), y: y, radius: radius))
    return y
  }
}
