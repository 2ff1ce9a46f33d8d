import CKernels
import Compute

/// `da = dy ⊙ (1 - y²)` for y = tanh(a), over `groups` groups of 16 units.
func tanhBackward<S: MatrixElement>(
  _ da: Block<S>, y: Block<S>, dy: Block<S>, _ rows: Int, _ groups: Int
) {
  if let native = S.native {
    native.pointee.rnn_tanh_backward(
      rows, groups, y.float, y.stride, dy.float, dy.stride, da.float, da.stride)
  } else {
    tanhBackwardPortable(da, y, dy, rows, groups * PanelLayout.lane)
  }
}

@specialized(where S == Float)
@specialized(where S == Double)
private func tanhBackwardPortable<S: MatrixElement>(
  _ da: Block<S>, _ y: Block<S>, _ dy: Block<S>, _ rows: Int, _ count: Int
) {
  for row in 0..<rows {
    let (da, y, dy) = (da.row(row), y.row(row), dy.row(row))
    for u in 0..<count { da[u] = dy[u] * (1 - y[u] * y[u]) }
  }
}

/// `da = dy ⊙ y(1-y)` for y = σ(a), over `groups` groups of 16 units.
func sigmoidBackward<S: MatrixElement>(
  _ da: Block<S>, y: Block<S>, dy: Block<S>, _ rows: Int, _ groups: Int
) {
  if let native = S.native {
    native.pointee.sigmoid_backward(
      rows, groups, y.float, y.stride, dy.float, dy.stride, da.float, da.stride)
  } else {
    sigmoidBackwardPortable(da, y, dy, rows, groups * PanelLayout.lane)
  }
}

@specialized(where S == Float)
@specialized(where S == Double)
private func sigmoidBackwardPortable<S: MatrixElement>(
  _ da: Block<S>, _ y: Block<S>, _ dy: Block<S>, _ rows: Int, _ count: Int
) {
  for row in 0..<rows {
    let (da, y, dy) = (da.row(row), y.row(row), dy.row(row))
    for u in 0..<count { da[u] = dy[u] * y[u] * (1 - y[u]) }
  }
}
