import Foundation
import Unroll

/// Activations over a block that the L1 cache holds, beside the C library one by one.
func elementwiseBenchmarks() throws {
  printTitle("activations, ns an element (2,048 elements)")
  printRow(["", "kernel", "naive"])
  let count = 2048
  let x = randomBuffer(count, seed: 1)
  for index in 0..<count { x.base[index] *= 16 }
  let y = AlignedBuffer<Float>(count: count)

  func row(
    _ name: String, _ kernel: () -> Void, _ reference: (Double) -> Double,
    _ naive: (Float) -> Float
  ) throws {
    kernel()
    for index in 0..<count {
      let expected = reference(Double(x.base[index]))
      try expect(
        name, [y.base[index]], [expected], tolerance: 1e-6 * max(1, abs(expected)))
    }
    let fast = secondsPerCall(kernel)
    let slow = secondsPerCall { for index in 0..<count { y.base[index] = naive(x.base[index]) } }
    printRow([name, format(fast / Double(count) * 1e9, 3), format(slow / Double(count) * 1e9, 3)])
  }
  try row(
    "sigmoid", { Activations.sigmoid(x.base, into: y.base, count: count) },
    { 1 / (1 + exp(-$0)) }, { 1 / (1 + expf(-$0)) })
  try row(
    "tanh", { Activations.tanh(x.base, into: y.base, count: count) }, { tanh($0) }, { tanhf($0) })
  try row(
    "exp", { Activations.exp(x.base, into: y.base, count: count) }, { exp($0) }, { expf($0) })
}
