import Testing
import Unroll

@Suite struct ParameterStoreTests {
  @Test func withoutASeedNothingIsDrawn() {
    let store = ParameterStore<Float>()
    let weight = store.add(
      "weight", shape: [5, 3], role: .matrix, initializer: .orthogonal)
    store.allocate(seed: nil)
    #expect(weight.values.allSatisfy { $0 == 0 })
  }

  /// Values, gradients and two moments, in multiples of 16; the weight packed for both directions.
  @Test(arguments: [Precision.f32, .bf16])
  func bytesAreKnownBeforeMemoryIsTaken(precision: Precision) {
    let store = ParameterStore<Float>()
    let weight = store.add("weight", shape: [32, 16], role: .matrix, initializer: .zeros)
    let bias = store.add("bias", shape: [30], role: .bias, initializer: .zeros)
    #expect(store.valueBytes == 4 * (512 + 32))
    #expect(store.derivedBytes == 0)
    _ = PackedVector([bias], in: store)
    #expect(store.derivedBytes == 4 * 32)
    if precision == .f32 || InstructionSet.supportsBF16 {
      _ = PackedParameter(weight, precision: precision, in: store)
      #expect(store.derivedBytes == 4 * 32 + 2 * (precision == .bf16 ? 2 : 4) * 512)
    }
    #expect(store.bytes(momentCount: 2) == 4 * store.valueBytes + store.derivedBytes)
  }
}
