import Testing
import Unroll

@Suite struct ForwardPassTests {
  /// What is read are the rows of the variable, all of them.
  @Test(arguments: [1, 3])
  func valuesAreThoseOfAllRows(workers: Int) {
    let store = ParameterStore<Float>()
    let embedding = Embedding("embedding", count: 7, size: 5, in: store)
    store.allocate(seed: 4)
    let table = store.parameters[0].values
    let batch = TokenBatch(inputs: [[3], [6, 1, 0], [2, 6]])
    let rows = ForwardPass<Float>(WorkerTeam(count: workers)).values { embedding(batch, on: $0) }
    #expect(rows == batch.inputs.map { id in Array(table[5 * Int(id)..<5 * Int(id) + 5]) })
  }
}
