import Compute
import Parallel
import Runs

/// The same training at several numbers of threads, in turns, with the machine's peak beside it.
///
/// Strong: the same minibatch shared by more threads, whose weights must then be equal bit for bit.
/// Weak: as many rows for each thread, so the minibatch grows with them.
package struct ScalingTest: Sendable {
  package enum Mode: String, Sendable, CaseIterable { case strong, weak }

  /// What one number of threads did.
  package struct Point: Sendable {
    package let threads: Int
    package let secondsPerUpdate: Double
    package let tokensPerSecond: Double
    package let gigaflops: Double
    /// All threads busy, registers only; nil for the portable form.
    package let peakGigaflops: Double?
    /// Share of an update that the average worker waits at barriers.
    package let waitShare: Double
    /// Digest of all weights after the last update.
    package let weights: UInt64
  }

  package let shape: ThroughputShape
  package let precision: Precision
  package let mode: Mode
  /// Timed updates at each number of threads.
  package let updates: Int
  /// Fewest threads first.
  package let points: [Point]

  /// Throws a `UserError` if the system refuses a thread.
  ///
  /// - Parameters:
  ///   - threads: distinct numbers; one model each is in memory at the same time.
  ///   - updates: timed, at each number of threads.
  ///   - isPinned: whether threads are kept on cores of their own.
  package init(
    _ shape: ThroughputShape, precision: Precision, optimizer: OptimizerConfiguration, mode: Mode,
    threads: [Int], updates: Int, isPinned: Bool = false
  ) throws {
    self.shape = shape
    self.precision = precision
    self.mode = mode
    self.updates = updates
    let runs = try threads.sorted().map { count in
      let team = try WorkerTeam.started(count: count)
      if isPinned { team.pin() }
      return Run(
        ThroughputBenchmark(
          Self.shape(shape, mode, threads: count), team: team, precision: precision,
          optimizer: optimizer))
    }
    for run in runs { run.warmUp() }
    // In turns, so that a minute in which the machine was busy is shared by all.
    let perRound = max(1, (updates + 4) / 5)
    for start in stride(from: 0, to: updates, by: perRound) {
      for run in runs { run.measure(updates: min(perRound, updates - start)) }
    }
    points = runs.map(\.point)
  }

  /// The work of `threads` threads; of more rows than there are numbers, the most.
  package static func shape(_ shape: ThroughputShape, _ mode: Mode, threads: Int) -> ThroughputShape
  {
    var result = shape
    if mode == .weak {
      let (product, overflow) = result.batch.multipliedReportingOverflow(by: threads)
      result.batch = overflow ? .max : product
    }
    return result
  }

  /// How many times faster than one thread; the fewest threads measured are taken as ideal.
  package func speedup(_ point: Point) -> Double {
    point.tokensPerSecond / points[0].tokensPerSecond * Double(points[0].threads)
  }

  package func efficiency(_ point: Point) -> Double { speedup(point) / Double(point.threads) }

  /// The same of the peak: what the clocks allow.
  package func peakSpeedup(_ point: Point) -> Double? {
    guard let peak = point.peakGigaflops, let first = points[0].peakGigaflops else { return nil }
    return peak / first * Double(points[0].threads)
  }

  /// Whether all weights are the same bits; nil for a weak test, whose minibatches differ.
  package var weightsAreEqual: Bool? {
    mode == .weak ? nil : points.allSatisfy { $0.weights == points[0].weights }
  }
}

/// The measurements at one number of threads.
private final class Run {
  private let benchmark: ThroughputBenchmark
  private var seconds: [Double] = []
  private var tokensPerSecond: [Double] = []
  private var peaks: [Double] = []
  private var waiting = 0.0

  init(_ benchmark: ThroughputBenchmark) { self.benchmark = benchmark }

  func warmUp() {
    let updates = benchmark.shape.lengths == nil ? 2 : ThroughputBenchmark.minibatchCount
    for _ in 0..<updates { _ = benchmark.update() }
  }

  func measure(updates: Int) {
    if let peak = TeamPeak.gigaflops(benchmark.precision, team: benchmark.team, rounds: 4) {
      peaks.append(peak)
    }
    let before = benchmark.trainer.phaseSeconds
    for _ in 0..<updates {
      let (time, tokens) = benchmark.update()
      seconds.append(time)
      tokensPerSecond.append(Double(tokens) / time)
    }
    for (after, before) in zip(benchmark.trainer.phaseSeconds, before) where after.phase == .wait {
      waiting += after.seconds - before.seconds
    }
  }

  var point: ScalingTest.Point {
    let rate = tokensPerSecond.median
    return ScalingTest.Point(
      threads: benchmark.team.count, secondsPerUpdate: seconds.median, tokensPerSecond: rate,
      gigaflops: rate * benchmark.operations(tokens: 1) * 1e-9,
      peakGigaflops: peaks.isEmpty ? nil : peaks.median,
      waitShare: waiting / Swift.max(seconds.reduce(0, +), 1e-12),
      weights: benchmark.weightsDigest)
  }
}
