import Autodiff
import Compute
import Networks
import Parallel
import Runs
import Synchronization
import TestSupport
import Testing
import Throughput

/// Several processes step a slice of the weights each. `LeafContractTests` proves that what they train, save and
/// go on with is what one process does; here is what each of them has.
@Suite struct RankStepTests {
  /// A table, two layers with gates, an output layer of many rows, in several chunks.
  private static let shape = ThroughputShape(
    name: "ranks", vocabulary: 1_700, embedding: 9, hidden: 90, layers: 2, batch: 8, steps: 5)

  /// What is left of some updates.
  private struct Trained: Sendable {
    var norms: [UInt64]
    /// Of each parameter that is no table.
    var gradients: [[UInt32]]
    var moments: [[UInt32]]
    /// Rows of each, and how many of them stand in one gate.
    var columns: [Int]
    var unitsPerGate: [Int]
  }

  @Test func thereAreChunks() {
    let benchmark = ThroughputBenchmark(Self.shape, team: WorkerTeam(count: 1))
    #expect(benchmark.model.parameters.rankChunkCount == 4)
  }

  /// Where time goes with other processes is known only where there are some.
  @Test func timeWithOthersIsTold() throws {
    @Sendable func phases(_ link: (any RankLink)?) -> [PhaseClock.Phase] {
      let benchmark = ThroughputBenchmark(
        Self.shape, team: WorkerTeam(count: 1),
        leaves: Leaves(count: 2, rank: link?.rank ?? 0, of: link?.count ?? 1), link: link)
      _ = benchmark.update()
      return benchmark.trainer.phaseSeconds.map(\.phase)
    }
    #expect(phases(nil) == PhaseClock.Phase.ofEveryTraining)
    try ThreadLink.run(2) { link in
      let told = phases(link)
      #expect(told == PhaseClock.Phase.ofEveryTraining + [.exchange, .hidden])
    }
  }

  /// Processes of one host, of 2, 3, 4 and 5 threads, that may all use the same processors.
  @Test func workersOfOneHostTakeProcessorsOneBehindTheOther() throws {
    try ThreadLink.run(4) { link in
      let first = RankAgreement.firstProcessor(threads: link.rank + 2, over: link)
      #expect(first == [0, 2, 5, 9][link.rank])
    }
  }

  private static func train(_ link: (any RankLink)?, gathersGradients: Bool) -> Trained {
    let benchmark = ThroughputBenchmark(
      shape, team: WorkerTeam(count: link?.rank == 1 ? 2 : 1),
      leaves: Leaves(count: 4, rank: link?.rank ?? 0, of: link?.count ?? 1), link: link)
    benchmark.trainer.gathersGradients = gathersGradients
    _ = benchmark.update()
    let norms = (0..<3).map { _ in
      benchmark.trainer.step(shape.layout(0, seed: 1), learningRate: 1e-3).gradientNorm.bitPattern
    }
    let dense = benchmark.model.parameters.parameters.filter { $0.role != .table }
    let moment = benchmark.trainer.optimizer.moments[1]
    return Trained(
      norms: norms, gradients: dense.map { $0.gradients.map(\.bitPattern) },
      moments: dense.map { parameter in
        moment.elements[parameter.offset..<parameter.offset + parameter.count].map(\.bitPattern)
      }, columns: dense.map(\.columns), unitsPerGate: dense.map(\.layout.units))
  }

  private func train(_ ranks: Int, gathersGradients: Bool = false) throws -> [Trained] {
    let found = Mutex<[Int: Trained]>([:])
    try ThreadLink.run(ranks) { link in
      let trained = Self.train(link, gathersGradients: gathersGradients)
      found.withLock { $0[link.rank] = trained }
    }
    return try (0..<ranks).map { rank in try #require(found.withLock { $0[rank] }) }
  }

  /// Each second moment is in one rank, with the bits of one process; rows of a gate are divided by sixteens, and
  /// all ranks have about as many.
  @Test(arguments: [2, 4]) func momentsAreDivided(ranks: Int) throws {
    let one = Self.train(nil, gathersGradients: false)
    let each = try train(ranks)
    var counts = [Int](repeating: 0, count: ranks)
    for (parameter, moments) in one.moments.enumerated() {
      let (columns, units) = (one.columns[parameter], one.unitsPerGate[parameter])
      for start in stride(from: 0, to: moments.count, by: units * columns) {
        for cell in stride(from: start, to: start + units * columns, by: 16 * columns) {
          let range = cell..<min(cell + 16 * columns, start + units * columns)
          let owners = (0..<ranks).filter { rank in
            each[rank].moments[parameter][range].contains { $0 != 0 }
          }
          guard moments[range].contains(where: { $0 != 0 }) else {
            #expect(owners.isEmpty)
            continue
          }
          try #require(owners.count == 1, "parameter \(parameter), \(range): ranks \(owners)")
          #expect(each[owners[0]].moments[parameter][range] == moments[range])
          counts[owners[0]] += range.count
        }
      }
    }
    let mean = Double(counts.reduce(0, +)) / Double(ranks)
    #expect(counts.allSatisfy { abs(Double($0) / mean - 1) < 0.1 }, "\(counts)")
  }

  /// The norm is the same bits in all ranks as in one process, and so is the whole gradient where it is wanted.
  @Test(arguments: [2, 4]) func normsAndGradientsAreThoseOfOne(ranks: Int) throws {
    let one = Self.train(nil, gathersGradients: false)
    for trained in try train(ranks, gathersGradients: true) {
      #expect(trained.norms == one.norms)
      #expect(trained.gradients == one.gradients)
    }
    #expect(try train(ranks).contains { $0.gradients != one.gradients })
  }

  /// A rank that goes on from a checkpoint, which holds all moments, keeps the memory of its own.
  @Test func momentsOfOthersAreForgotten() throws {
    let shape = ThroughputShape(
      name: "large", vocabulary: 12_000, embedding: 200, hidden: 200, layers: 1, batch: 2, steps: 2)
    let kept = Mutex<[Double]>([])
    try ThreadLink.run(2) { link in
      let trainer = ThroughputBenchmark(
        shape, team: WorkerTeam(count: 1), leaves: Leaves(count: 2, rank: link.rank, of: 2),
        link: link
      ).trainer
      for moment in trainer.optimizer.moments {
        for place in 0..<moment.count { moment.base[place] = 1 }
      }
      trainer.resume(updateCount: 1, optimizerSteps: 1)
      let dense = trainer.model.parameters.parameters.filter { $0.role != .table }
      for moment in trainer.optimizer.moments {
        let ones = dense.reduce(0.0) { sum, parameter in
          sum
            + Double(
              moment.elements[parameter.offset..<parameter.offset + parameter.count]
                .reduce(0, +))
        }
        kept.withLock { $0.append(ones / Double(dense.reduce(0) { $0 + $1.count })) }
      }
    }
    // Pages at the ends are shared.
    #expect(kept.withLock { $0 }.allSatisfy { abs($0 - 0.5) < 0.02 }, "\(kept.withLock { $0 })")
  }
}
