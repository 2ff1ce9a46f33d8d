import Compute
import Corpora
import TestSupport
import Testing

struct SequenceBatchesTests {
  private let lengths: [Int] = {
    let random = RandomStream(seed: 2, purpose: .generator)
    return (0..<103).map { 1 + Int(random.word(row: 0, index: $0) % 29) }
  }()

  private static let orders: [SequenceBatches.Order] = [
    .asGiven, .byLength, .shuffled(seed: 5), .shuffled(seed: 5, pool: 3),
    .shuffled(seed: 5, pool: 1000),
  ]

  private static let sizes: [SequenceBatches.Size] = [
    .sequences(1), .sequences(8), .sequences(500), .tokens(29), .tokens(170),
  ]

  /// As few minibatches as can hold all tokens, and none that may be empty.
  @Test(arguments: [
    ([5, 5, 5, 5], 10, 2), ([5, 5, 5, 6], 10, 3), ([5, 5, 5, 4], 10, 2), ([9, 1, 1], 9, 1),
  ])
  func tokensDecideHowManyMinibatchesThereAre(lengths: [Int], tokens: Int, count: Int) throws {
    let batches = try SequenceBatches(
      lengths: SequenceLengths(lengths), size: .tokens(tokens), order: .asGiven)
    #expect(batches.updatesPerEpoch == count)
  }

  @Test(arguments: orders, sizes)
  func everySequenceComesOnceAnEpochLongestFirst(
    order: SequenceBatches.Order, size: SequenceBatches.Size
  ) throws {
    var batches = try SequenceBatches(lengths: SequenceLengths(lengths), size: size, order: order)
    for epoch in 0..<3 {
      let epochBatches = batches.epoch(epoch)
      #expect(epochBatches.count == batches.updatesPerEpoch)
      #expect(epochBatches.joined().sorted() == Array(lengths.indices))
      for (index, batch) in epochBatches.enumerated() {
        let steps = batch.map { lengths[$0] }
        #expect(!batch.isEmpty && zip(steps, steps.dropFirst()).allSatisfy(>=))
        switch size {
        case .sequences(let count): #expect(batch.count <= count)
        case .tokens(let count): #expect(steps.reduce(0, +) <= count + 29)
        }
        let update = epoch * batches.updatesPerEpoch + index
        #expect(batches.place(ofUpdate: update) == (epoch, index))
        #expect(batches.batch(update: update) == batch)
      }
      if case .tokens(170) = size {
        #expect(batches.updatesPerEpoch == (batches.tokensPerEpoch + 169) / 170)
      }
    }
  }

  /// A resumed run, which asks for update 57 first, gets what the first run got.
  @Test func thePlaceIsTheUpdatesNumberAlone() throws {
    var first = try SequenceBatches(
      lengths: SequenceLengths(lengths), size: .sequences(8), order: .shuffled(seed: 9, pool: 2))
    let all = (0..<80).map { first.batch(update: $0) }
    var resumed = try SequenceBatches(
      lengths: SequenceLengths(lengths), size: .sequences(8), order: .shuffled(seed: 9, pool: 2))
    #expect((57..<80).map { resumed.batch(update: $0) } == Array(all[57...]))
    #expect(all[0] != all[first.updatesPerEpoch])
    var other = try SequenceBatches(
      lengths: SequenceLengths(lengths), size: .sequences(8), order: .shuffled(seed: 10, pool: 2))
    #expect(other.batch(update: 0) != all[0])
  }

  /// What pools are for: the lengths inside a minibatch differ less.
  @Test func poolsBringEqualLengthsTogether() throws {
    func spread(_ order: SequenceBatches.Order) throws -> Int {
      var batches = try SequenceBatches(
        lengths: SequenceLengths(lengths), size: .sequences(8), order: order)
      return batches.epoch(0).reduce(0) { sum, batch in
        sum + (lengths[batch[0]] - lengths[batch[batch.count - 1]])
      }
    }
    let free = try spread(.shuffled(seed: 5))
    let pooled = try spread(.shuffled(seed: 5, pool: 4))
    #expect(2 * pooled < free)
    #expect(try spread(.byLength) < pooled)
  }

  /// A chi-squared test with 119 degrees of freedom: 119 ± 15; 190 is beyond 4.5 deviations.
  @Test func shufflingIsFair() throws {
    var counts: [[Int]: Int] = [:]
    var batches = try SequenceBatches(
      lengths: SequenceLengths([1, 1, 1, 1, 1]), size: .sequences(1), order: .shuffled(seed: 1))
    for epoch in 0..<12_000 {
      counts[batches.epoch(epoch).flatMap { $0 }, default: 0] += 1
    }
    #expect(counts.count == 120)
    #expect(counts.values.reduce(0.0) { $0 + Double(($1 - 100) * ($1 - 100)) / 100 } < 190)
  }

  @Test func nonsenseIsRefused() {
    expectUserError(saying: "no sequence") {
      _ = try SequenceBatches(lengths: SequenceLengths([]), size: .sequences(1), order: .asGiven)
    }
    expectUserError(saying: "sequence 0 has 2147483648 tokens, expected at most 2147483647") {
      _ = try SequenceBatches(
        lengths: SequenceLengths([1 << 31]), size: .sequences(1), order: .asGiven)
    }
    expectUserError(saying: "sequence 1 has the length zero") {
      _ = try SequenceBatches(
        lengths: SequenceLengths([1, 0]), size: .sequences(1), order: .asGiven)
    }
    expectUserError(saying: "--batch 0") {
      _ = try SequenceBatches(lengths: SequenceLengths([1]), size: .sequences(0), order: .asGiven)
    }
    expectUserError(saying: "--batch-tokens 6", "at least 7") {
      _ = try SequenceBatches(lengths: SequenceLengths([7, 2]), size: .tokens(6), order: .asGiven)
    }
  }

  @Test func sequencesArePackedInTokenOrder() {
    let sequences = IDSequences([[1, 2], [3, 4, 5], [6]])
    var packed = [Int32](repeating: 0, count: 6)
    sequences.pack([1, 0, 2], into: &packed)
    #expect(packed == [3, 1, 6, 4, 2, 5])
    #expect(Array(sequences.lengths) == [2, 3, 1])
    var one = [Int32](repeating: 0, count: 1)
    sequences.pack([2], into: &one)
    #expect(one == [6])
  }
}

extension SequenceBatches {
  /// All minibatches of an epoch.
  fileprivate mutating func epoch(_ epoch: Int) -> [[Int]] {
    (0..<updatesPerEpoch).map { batch(update: epoch * updatesPerEpoch + $0) }
  }
}

struct DataSplitTests {
  @Test func aShareIsHeldOut() throws {
    let split = try DataSplit.heldOut(0.2, of: 103, seed: 4)
    #expect(split.heldOut.count == 21)
    #expect((Array(split.training) + split.heldOut).sorted() == Array(0..<103))
    #expect(try DataSplit.heldOut(0.2, of: 103, seed: 4) == split)
    #expect(try DataSplit.heldOut(0.2, of: 103, seed: 5) != split)
    #expect(try DataSplit.heldOut(0, of: 3, seed: 1).training == [0, 1, 2])
  }

  @Test func classesGiveTheirShare() throws {
    let strata = (0..<200).map { Int32($0 % 10 == 0 ? 1 : $0 % 4 == 1 ? 2 : 0) }
    let split = try DataSplit.heldOut(0.25, of: 200, seed: 4, strata: LongList(strata))
    #expect(split.heldOut.count == 50)
    for stratum in Int32(0)..<3 {
      let total = strata.filter { $0 == stratum }.count
      let held = split.heldOut.filter { strata[$0] == stratum }.count
      #expect(abs(Double(held) - 0.25 * Double(total)) < 1)
    }
  }

  @Test func foldsHoldOutEveryExampleOnce() throws {
    let strata = (0..<101).map { Int32($0 % 2) }
    let folds = try (0..<10).map {
      try DataSplit.fold($0, of: 10, count: 101, seed: 3, strata: LongList(strata))
    }
    #expect(folds.flatMap(\.heldOut).sorted() == Array(0..<101))
    for fold in folds {
      #expect((Array(fold.training) + fold.heldOut).sorted() == Array(0..<101))
      #expect((4...6).contains(fold.heldOut.filter { strata[$0] == 0 }.count))
    }
  }

  @Test func impossibleSplitsAreRefused() {
    expectUserError(saying: "--valid-fraction 1.0: expected") {
      _ = try DataSplit.heldOut(1, of: 9, seed: 1)
    }
    expectUserError(saying: "--valid-fraction nan: expected") {
      _ = try DataSplit.heldOut(.nan, of: 9, seed: 1)
    }
    expectUserError(saying: "0 held out") { _ = try DataSplit.heldOut(0.1, of: 3, seed: 1) }
    expectUserError(saying: "0 to train on") { _ = try DataSplit.heldOut(0.9, of: 1, seed: 1) }
    expectUserError(saying: "2 to 3") { _ = try DataSplit.fold(0, of: 4, count: 3, seed: 1) }
    expectUserError(saying: "part 4 of 3") { _ = try DataSplit.fold(3, of: 3, count: 9, seed: 1) }
  }
}
