import Compute
import Dispatch
import Parallel
import Runs
import Synchronization

/// What the processes of a job measured of updates that they share.
package struct RankMeasurement: Codable, Sendable, Equatable {
  package let ranks: Int
  /// Of each process.
  package let threads: Int
  package let secondsPerUpdate: Double
  package let tokensPerSecond: Double
  /// Of the same share of the rows without exchange, while all processes have theirs.
  package let alone: Alone
  /// Of an update, while no worker of the first process computes.
  package let exchangeSeconds: Double
  /// Of an update, spent with other processes while workers compute.
  package let hiddenSeconds: Double
  /// That the first process sends in an update.
  package let sentBytes: Double
  /// Of one small message each way.
  package let latency: Double
  /// Bytes a second that two processes can send each other, both ways at once; 0: there are no two.
  package let bandwidth: Double
  /// Bytes a second of what was received and is added to what there is, by all threads of a process.
  package let adding: Double
  /// What is left of these while a process computes.
  package let beside: RankPrediction.Beside
  /// Digest of all weights after the last update, of each process.
  package let weights: [String]

  /// Seconds of an update that a process makes for itself.
  package struct Alone: Codable, Sendable, Equatable {
    /// For the gradients of its leaves.
    package let gradients: Double
    /// Of them, for the products that gradients are.
    package let products: Double
    /// For the step of all weights.
    package let step: Double
    /// For packing all weights.
    package let packing: Double

    fileprivate init(_ benchmark: ThroughputBenchmark, updates: Int) {
      benchmark.warmUp()
      let (update, products) = (benchmark.seconds(.update), benchmark.seconds(.products))
      let seconds = (0..<updates).map { _ in benchmark.update().seconds }.median
      let steps = (benchmark.seconds(.update) - update) / Double(updates)
      packing = min(steps, benchmark.trainer.packingSeconds)
      step = steps - packing
      // A median of whole updates less means of their parts, which one slow update moves.
      gradients = max(0, seconds - steps)
      self.products = min(gradients, (benchmark.seconds(.products) - products) / Double(updates))
    }
  }

  /// Runs the updates, in every process of the job alike.
  ///
  /// - Parameters:
  ///   - leaves: of the minibatch, which the ranks divide.
  ///   - exchange: what sums of gradients are rounded to.
  ///   - link: nil: this process is alone.
  package init(
    _ shape: ThroughputShape, team: WorkerTeam, precision: Precision,
    optimizer: OptimizerConfiguration, leaves: Int, exchange: Precision = .f32,
    link: (any RankLink)?, updates: Int
  ) {
    let count = link?.count ?? 1
    // Together, so that what machines may share, such as memory and its speed, is shared as in training.
    link?.meet()
    alone = Alone(
      ThroughputBenchmark(
        shape.share(of: count), team: team, precision: precision, optimizer: optimizer,
        leaves: Leaves(count: leaves / count, rank: 0, of: 1, sums: exchange), link: nil),
      updates: updates)
    let benchmark = ThroughputBenchmark(
      shape, team: team, precision: precision, optimizer: optimizer,
      leaves: Leaves(count: leaves, rank: link?.rank ?? 0, of: count, sums: exchange), link: link)
    benchmark.warmUp()
    let before = (
      benchmark.seconds(.exchange), benchmark.seconds(.hidden), link?.sentBytes ?? 0
    )
    let made = (0..<updates).map { _ in benchmark.update() }
    ranks = count
    threads = team.count
    secondsPerUpdate = made.map(\.seconds).median
    tokensPerSecond = made.map { Double($0.tokens) / $0.seconds }.median
    exchangeSeconds = (benchmark.seconds(.exchange) - before.0) / Double(updates)
    hiddenSeconds = (benchmark.seconds(.hidden) - before.1) / Double(updates)
    sentBytes = Double((link?.sentBytes ?? 0) - before.2) / Double(updates)
    let digest = benchmark.weightsDigest
    weights = (link?.gather([digest]) ?? [[digest]]).joined().map(\.hexadecimal)
    let speed = link.map { Self.speed(of: $0) } ?? (0, 0)
    (latency, bandwidth) = speed
    beside = link.map { Self.together($0, speed, team) } ?? RankPrediction.Beside()
    adding = Self.speedOfAdding(team)
  }

  /// Large enough for no cache to hold it.
  private static let large = 32 << 20

  private static func speedOfAdding(_ team: WorkerTeam) -> Double {
    let count = large / MemoryLayout<Float>.stride
    let (sum, others) = (AlignedBuffer<Float>(count: count), AlignedBuffer<Float>(count: count))
    let times = (0..<5).map { _ in
      let start = DispatchTime.now().uptimeNanoseconds
      team.run { worker in
        let share = worker.share(of: count)
        Rows.addRow(
          others.base + share.lowerBound, to: sum.base + share.lowerBound, count: share.count)
      }
      return Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
    }
    return Double(large) / max(times.median, 1e-9)
  }

  /// What computation in registers and caches and an exchange between neighbours leave of each other while both go
  /// on, in all processes at once.
  private static func together(
    _ link: any RankLink, _ speed: (latency: Double, bandwidth: Double), _ team: WorkerTeam
  ) -> RankPrediction.Beside {
    let rows = AlignedBuffer<Float>(count: 2 * 4096 * team.count)
    /// A piece of some hundred microseconds.
    func compute() {
      team.run { worker in
        let sum = rows.base + 2 * 4096 * worker.index
        for _ in 0..<256 { Rows.addRow(sum + 4096, to: sum, count: 4096) }
      }
    }
    func piecesPerSecond(while goesOn: () -> Bool) -> Double {
      let start = DispatchTime.now().uptimeNanoseconds
      var count = 0
      repeat {
        compute()
        count += 1
      } while goesOn()
      return Double(count) / (Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9)
    }
    let exchanges = Exchanges()
    let courier = RankCourier()
    func beside(_ count: Int, bytes: Int) -> (seconds: Double, rate: Double) {
      exchanges.isOver.store(false, ordering: .relaxed)
      link.meet()
      courier.start {
        let seconds = Self.seconds(link, bytes, rounds: count)
        exchanges.median.withLock { $0 = seconds }
        exchanges.isOver.store(true, ordering: .relaxed)
      }
      courier.help()
      let rate = piecesPerSecond { !exchanges.isOver.load(ordering: .relaxed) }
      courier.wait()
      return (exchanges.median.withLock { $0 }, rate)
    }
    compute()
    link.meet()
    var left = 200
    let alone = piecesPerSecond {
      left -= 1
      return left > 0
    }
    let blocks = beside(5, bytes: large)
    let small = beside(51, bytes: 8)
    return RankPrediction.Beside(
      computing: min(1, blocks.rate / alone),
      exchange: min(1, Double(large) / blocks.seconds / speed.bandwidth),
      delay: max(0, small.seconds - speed.latency))
  }

  /// That go on while others compute.
  private final class Exchanges: Sendable {
    let isOver = Atomic(false)
    /// Seconds of one.
    let median = Mutex(0.0)
  }

  /// Latency and bandwidth between neighbours, while all others meet theirs.
  private static func speed(of link: any RankLink) -> (latency: Double, bandwidth: Double) {
    link.meet()
    let latency = seconds(link, 8, rounds: 101)
    return (latency, Double(large) / max(seconds(link, large, rounds: 9) - latency, 1e-9))
  }

  /// Of an exchange with a neighbour, the median.
  private static func seconds(_ link: any RankLink, _ bytes: Int, rounds: Int) -> Double {
    let (sent, received) = (AlignedBuffer<UInt8>(count: bytes), AlignedBuffer<UInt8>(count: bytes))
    let times = (0..<rounds).map { _ in
      let start = DispatchTime.now().uptimeNanoseconds
      link.exchange(
        UnsafeRawBufferPointer(sent.elements), UnsafeMutableRawBufferPointer(received.elements),
        with: link.rank ^ 1)
      return Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
    }
    return times.median
  }
}

extension ThroughputBenchmark {
  /// Updates after which memory is there.
  fileprivate func warmUp() {
    for _ in 0..<(shape.lengths == nil ? 2 : Self.minibatchCount) { _ = update() }
  }

  /// Since the trainer was made.
  fileprivate func seconds(_ phase: PhaseClock.Phase) -> Double {
    trainer.phaseSeconds.first { $0.phase == phase }?.seconds ?? 0
  }
}
