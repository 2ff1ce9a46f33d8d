import CKernels
import Foundation
import Unroll

/// The LSTM's gate arithmetic of one time step, without any product.
func gateBenchmarks() throws {
  guard let kernels = InstructionSet.kernels?.pointee else { return }
  printTitle("LSTM gate pass, ns a unit")
  printRow(["rows × units", "forward", "backward", "naive"])
  for (rows, units) in [(8, 128), (32, 128), (32, 512), (32, 1024)] {
    let groups = units / 16
    let source = randomBuffer(rows * 4 * units, seed: 1)
    let gates = AlignedBuffer<Float>(count: rows * 4 * units)
    let before = randomBuffer(rows * units, seed: 2)
    let (c, h) = (
      AlignedBuffer<Float>(count: rows * units), AlignedBuffer<Float>(count: rows * units)
    )
    let dh = randomBuffer(rows * units, seed: 3)
    let dc = AlignedBuffer<Float>(count: rows * units)
    func forward() {
      kernels.lstm_forward(
        rows, groups, gates.base, 4 * units, before.base, units, c.base, units, h.base, units)
    }
    gates.base.update(from: source.base, count: gates.count)
    forward()
    try checkForward(source, before, c, h, rows: rows, units: units)
    // The pass is in place: from here on it works on its own results, which costs the same.
    let seconds = secondsPerCall(forward)
    let backward = secondsPerCall {
      kernels.lstm_backward(
        rows, groups, gates.base, 4 * units, before.base, units, c.base, units, dh.base, units,
        dc.base, units)
    }
    let naive = secondsPerCall {
      for index in 0..<rows * units { naiveForward(gates, before, c, h, index, units) }
    }
    let perUnit = 1e9 / Double(rows * units)
    printRow(
      ["\(rows) × \(units)"] + [seconds, backward, naive].map { format($0 * perUnit, 3) })
  }
}

/// Pre-activations of unit `index % units` of row `index / units`, in panel order: i f g o.
private func gate(_ gates: AlignedBuffer<Float>, _ index: Int, _ units: Int, _ block: Int) -> Float
{
  let (row, unit) = index.quotientAndRemainder(dividingBy: units)
  return gates.base[row * 4 * units + unit / 16 * 64 + block * 16 + unit % 16]
}

private func naiveForward(
  _ gates: AlignedBuffer<Float>, _ before: AlignedBuffer<Float>, _ c: AlignedBuffer<Float>,
  _ h: AlignedBuffer<Float>, _ index: Int, _ units: Int
) {
  func sigmoid(_ x: Float) -> Float { 1 / (1 + expf(-x)) }
  let (i, f) = (gate(gates, index, units, 0), gate(gates, index, units, 1))
  let (g, o) = (gate(gates, index, units, 2), gate(gates, index, units, 3))
  c.base[index] = sigmoid(f) * before.base[index] + sigmoid(i) * tanhf(g)
  h.base[index] = sigmoid(o) * tanhf(c.base[index])
}

private func checkForward(
  _ source: AlignedBuffer<Float>, _ before: AlignedBuffer<Float>, _ c: AlignedBuffer<Float>,
  _ h: AlignedBuffer<Float>, rows: Int, units: Int
) throws {
  func sigmoid(_ x: Float) -> Double { 1 / (1 + exp(-Double(x))) }
  for index in 0..<rows * units {
    let (i, f) = (gate(source, index, units, 0), gate(source, index, units, 1))
    let (g, o) = (gate(source, index, units, 2), gate(source, index, units, 3))
    let cell = sigmoid(f) * Double(before.base[index]) + sigmoid(i) * tanh(Double(g))
    try expect("c", [c.base[index]], [cell], tolerance: 1e-6)
    try expect("h", [h.base[index]], [sigmoid(o) * tanh(cell)], tolerance: 1e-6)
  }
}
