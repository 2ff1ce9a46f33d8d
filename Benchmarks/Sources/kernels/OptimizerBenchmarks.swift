import Foundation
import Unroll

/// Steps over parameters that no cache holds: the optimizer is bound by memory.
func optimizerBenchmarks() throws {
  let elements = 8 << 20
  let store = ParameterStore<Float>()
  let weights = store.add(
    "w", shape: [elements / 1024, 1024], role: .matrix, initializer: .uniform(0.5))
  store.allocate(seed: 1)
  let gradients = randomBuffer(elements, seed: 2)
  store.gradients.base.update(from: gradients.base, count: elements)
  printTitle("optimizers over \(elements >> 20) Mi elements, GB/s read and written")
  if let bandwidth = MachinePeak.memoryBandwidth() {
    printRow(["memory, a = b + 3 c", format(bandwidth)])
  }
  for name in Optimizers.names {
    var settings = OptimizerSettings()
    settings.name = name
    let configuration = settings.configuration
    let optimizer = Optimizer<Float>(configuration, store)
    if name == "adam" { try checkAdam(optimizer, store, weights) }
    optimizer.beginStep(learningRate: 1e-6)
    let seconds = secondsPerCall { optimizer.apply(0..<elements, of: weights, factor: 1) }
    // Weights and moments are read and written, gradients read.
    let arrays = 2 + 2 * configuration.momentNames.count + 1
    printRow([name, format(Double(4 * arrays * elements) / seconds * 1e-9)])
  }
  naiveAdam(store, gradients)
}

private func checkAdam(
  _ optimizer: Optimizer<Float>, _ store: ParameterStore<Float>, _ weights: Parameter<Float>
) throws {
  let count = 1000
  let before = (0..<count).map { Double(store.values.base[$0]) }
  optimizer.beginStep(learningRate: 1e-3)
  optimizer.apply(0..<count, of: weights, factor: 0.5)
  // The first step of Adam is the learning rate times g / (|g| + ε).
  let expected = (0..<count).map { index -> Double in
    let g = 0.5 * Double(store.gradients.base[index])
    return before[index] - 1e-3 * g / (abs(g) + 1e-8)
  }
  try expect(
    "adam", Array(UnsafeBufferPointer(start: store.values.base, count: count)), expected,
    tolerance: 1e-6)
}

/// One pass for each line of the formula, as arrays in a scripting language would do it.
private func naiveAdam(_ store: ParameterStore<Float>, _ gradients: AlignedBuffer<Float>) {
  let count = gradients.count
  let (w, g) = (store.values.base, gradients.base)
  let (m, v) = (AlignedBuffer<Float>(count: count), AlignedBuffer<Float>(count: count))
  let step = AlignedBuffer<Float>(count: count)
  let seconds = secondsPerCall {
    for i in 0..<count { m.base[i] = 0.9 * m.base[i] + 0.1 * g[i] }
    for i in 0..<count { v.base[i] = 0.999 * v.base[i] + 0.001 * g[i] * g[i] }
    for i in 0..<count { step.base[i] = m.base[i] / (v.base[i].squareRoot() + 1e-8) }
    for i in 0..<count { w[i] -= 1e-6 * step.base[i] }
  }
  printRow(["naive adam, four passes", format(Double(4 * 7 * count) / seconds * 1e-9)])
}
