import Autodiff
import Compute
import Networks
import TestSupport
import Testing

@Suite struct InitializationSchemeTests {
  /// The deviation of first values: 1 as PyTorch's, and where the output layer has the same table what its
  /// size asks for, uniform in ±1/√17.
  @Test(arguments: [(false, 1.0), (true, 1 / (3.0 * 17).squareRoot())])
  func embeddings(isTied: Bool, deviation: Double) throws {
    let model = LanguageModel<Double>(
      LanguageModelConfiguration(
        vocabularySize: 500, embeddingSize: 17, hiddenSize: 17, isTied: isTied)
    ).allocated(seed: 3)
    let values = try #require(model.parameters.parameter(named: "embedding.weight")).values
    let mean = values.reduce(0, +) / Double(values.count)
    let square = values.reduce(0) { $0 + $1 * $1 } / Double(values.count)
    #expect(values.count == 500 * 17)
    #expect(abs(mean) < 0.05 * deviation && abs(square.squareRoot() - deviation) < 0.05 * deviation)
  }

  /// Vectors of scores are weights as others are.
  @Test func vectorsBeginAsTheSchemeSays() throws {
    let store = ParameterStore<Double>()
    let scheme = InitializationScheme.uniform(1e-3)
    _ = AttentionLayer(
      "attention", score: .additive, querySize: 5, keySize: 7, unitCount: 33, scheme: scheme,
      precision: .f32, in: store)
    _ = AttentionPoolingLayer(
      "pooling", inputSize: 5, unitCount: 33, scheme: scheme, precision: .f32, in: store)
    store.allocate(seed: 3)
    for parameter in store.parameters {
      let largest = parameter.values.map(abs).max() ?? 0
      #expect(largest > 5e-4 && largest <= 1e-3, "\(parameter.name)")
    }
  }
}
