import Autodiff
import Testing

@Suite struct ParameterSlicesTests {
  /// Whatever the number of workers, every element belongs to exactly one of them.
  @Test(arguments: [1, 2, 3, 7, 40])
  func everyElementHasOneOwner(workers: Int) {
    let store = ParameterStore<Float>()
    for (number, (rows, columns, blocks)) in [(148, 21, 4), (13, 6, 1), (96, 1, 3), (700, 3, 1)]
      .enumerated()
    {
      _ = store.add(
        "p\(number)", shape: [rows, columns], blocks: blocks,
        role: number == 3 ? .table : columns == 1 ? .bias : .matrix, initializer: .zeros)
    }
    store.allocate(seed: 1)
    let slices = ParameterSlices(store, workers: workers)
    var owners = [Int](repeating: 0, count: store.count)
    var groups: [Int] = []
    for worker in 0..<workers {
      for slice in slices[worker] {
        groups += slice.firstGroup..<slice.firstGroup + slice.groups.count
        for block in slice.blocks { for index in slice.run(in: block) { owners[index] += 1 } }
        var pieces = 0
        slice.forEachPiece(elements: 100) { pieces += $0.groups.count }
        #expect(pieces == slice.groups.count)
      }
    }
    #expect(groups == Array(0..<slices.groupCount), "groups in store order")
    for parameter in store.parameters {
      let range = parameter.offset..<parameter.offset + parameter.count
      #expect(owners[range].allSatisfy { $0 == 1 }, "\(parameter.name)")
    }
    #expect(owners.reduce(0, +) == store.parameterCount, "padding belongs to nobody")
  }

  /// Shares of products are nearly equal where there is enough to share.
  @Test func sharesAreBalanced() {
    let store = ParameterStore<Float>()
    for layer in 0..<4 {
      _ = store.add(
        "w\(layer)", shape: [1024, 256], blocks: 4, role: .matrix, initializer: .zeros)
    }
    store.allocate(seed: 1)
    let slices = ParameterSlices(store, workers: 3)
    for worker in 0..<3 {
      let share = slices[worker].reduce(0) { $0 + $1.groups.count }
      #expect(abs(share - slices.groupCount / 3) <= 1)
    }
  }

  /// What a minibatch seldom touches takes little of a share, however large it is: rows of a table, and the
  /// products of a few tokens.
  @Test func sharesFollowWhatIsTouched() {
    let store = ParameterStore<Float>()
    _ = store.add("table", shape: [100_000, 64], role: .table, initializer: .zeros)
    let often = store.add("often", shape: [2048, 64], role: .matrix, initializer: .zeros)
    let seldom = store.add(
      "seldom", shape: [8192, 64], role: .matrix, initializer: .zeros, tokenShare: 0.05)
    store.allocate(seed: 1)
    let slices = ParameterSlices(store, workers: 2)
    func groups(_ parameter: Parameter<Float>, _ worker: Int) -> Int {
      slices[worker].filter { $0.parameter === parameter }.reduce(0) { $0 + $1.groups.count }
    }
    // 0.145 times the time for a weight of one is that of the other: 4 times as many take 0.58 times as long.
    #expect((90...110).contains(groups(often, 0)), "\(groups(often, 0)) of 128")
    #expect(groups(seldom, 0) == 0 && groups(seldom, 1) == 512)
  }
}
