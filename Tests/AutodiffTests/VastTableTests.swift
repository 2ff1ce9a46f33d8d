import Autodiff
import Compute
import Parallel
import Testing

/// A table whose gradient is kept for a few updates only.
@Suite struct VastTableTests {
  private let store = ParameterStore<Float>()
  private let weight: Parameter<Float>
  private let table: Parameter<Float>
  private let columns = 67

  init() {
    weight = store.add("weight", shape: [48, 5], role: .matrix, initializer: .uniform(1))
    table = store.add("table", shape: [1 << 20, 67], role: .table, initializer: .uniform(1))
    store.allocate(seed: nil)
  }

  /// The rows that an update looks up: one in all of them, and some of its own.
  private func ids(_ update: Int) -> [Int32] {
    [777, 5, 901, 777, Int32(10_000 * (update + 1)), Int32(1_000_000 - 9_000 * update)]
  }

  @Test(arguments: [1, 3])
  func memoryOfRowsIsGivenBack(workers: Int) {
    let team = WorkerTeam(count: workers)
    let tape = Tape<Float>(workers: workers)
    let slices = ParameterSlices(store, workers: workers)
    let index = TokenIndex(idCount: table.rows)
    for update in 0..<9 {
      let ids = ids(update)
      tape.begin(training: true, update: update)
      let dy = tape.matrix(rows: ids.count, columns: columns)
      for row in 0..<ids.count {
        for column in 0..<columns { dy[row, column] = Float(100 * update + 10 * row + column + 1) }
      }
      ids.withUnsafeBufferPointer { index.fill($0) }
      tape.owe(.scatter(dy: dy, tokens: index), to: table)
      #expect(tape.gradientBytes(for: store) == store.valueBytes - table.byteCount + 4 * 6 * 4096)
      team.run { tape.payDebts(slices[$0.index], $0) }
      for column in [0, 66] {
        func gradient(_ id: Int32) -> Float { table.gradient[Int(id) * columns + column] }
        for id in Set(ids) {
          let expected = ids.indices.filter { ids[$0] == id }.reduce(0) { $0 + dy[$1, column] }
          #expect(gradient(id) == expected, "row \(id) of update \(update)")
        }
        // What is looked up in each group of four updates is given back before the next one.
        for earlier in 0..<update {
          let isKept = earlier / 4 == update / 4
          #expect(self.ids(earlier)[4...].allSatisfy { (gradient($0) != 0) == isKept })
        }
      }
    }
  }

  @Test func otherGradientsAreCountedWhole() {
    let small = ParameterStore<Float>()
    _ = small.add("table", shape: [1 << 12, 7], role: .table, initializer: .uniform(1))
    #expect(Tape<Float>(workers: 1).gradientBytes(for: small) == small.valueBytes)
  }
}
