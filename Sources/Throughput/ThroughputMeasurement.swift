import Compute
import Parallel
import Runs

/// What training of one shape does a second, and where its time and memory go.
///
/// The peak is measured before, between and after the updates, on the same threads, so that both
/// figures of a percentage are of the same minute.
package struct ThroughputMeasurement: Sendable {
  package let shape: ThroughputShape
  package let precision: Precision
  package let threads: Int
  /// Timed updates.
  package let updates: Int
  /// Real tokens, padding never counted: the median over updates.
  package let tokensPerSecond: Double
  /// Median, 5th and 95th percentile.
  package let secondsPerUpdate: (median: Double, p5: Double, p95: Double)
  package let gigaflops: Double
  /// Of registers alone, all threads busy, in the same precision; nil for the portable form.
  package let peakGigaflops: Double?
  /// Seconds an update, averaged over workers and updates. The last entry, `outside`, is recording
  /// and the start of the region.
  package let phases: [(name: String, seconds: Double)]
  /// Most memory resident while it ran, the program's own included.
  package let peakMemoryBytes: Int?
  /// On all threads.
  package let allocatedBytesPerUpdate: Double
  /// Allocations above 14 KiB in all timed updates together: 0, once all minibatches were seen.
  package let largeAllocations: Int
  /// With varying lengths: time per real token relative to rows of equal lengths.
  package let costOfLengths: Double?

  package var percentOfPeak: Double? { peakGigaflops.map { 100 * gigaflops / $0 } }
}

extension ThroughputMeasurement {
  /// Measures `benchmark` after warming it up.
  ///
  /// - Parameter updates: timed updates; nil for as many as three seconds hold, 10 ... 400.
  package init(_ benchmark: ThroughputBenchmark, updates: Int? = nil) {
    let equal = benchmark.shape.equalLengths
    let warmup = equal == nil ? 3 : ThroughputBenchmark.minibatchCount
    var last = 0.0
    for _ in 0..<warmup { last = benchmark.update().seconds }
    if let equal { _ = benchmark.update(equal) }

    let count = updates ?? min(max(Int(3 / last), 10), 400)
    let perRound = max(1, (count + 7) / 8)
    var samples = Samples()
    while samples.seconds.count < count {
      samples.measurePeak(benchmark)
      samples.measure(benchmark, updates: min(perRound, count - samples.seconds.count), equal)
    }
    samples.measurePeak(benchmark)
    self.init(benchmark, samples)
  }

  private init(_ benchmark: ThroughputBenchmark, _ samples: Samples) {
    shape = benchmark.shape
    precision = benchmark.precision
    threads = benchmark.team.count
    updates = samples.seconds.count
    tokensPerSecond = samples.tokensPerSecond.median
    secondsPerUpdate = (
      samples.seconds.median, samples.seconds.quantile(0.05), samples.seconds.quantile(0.95)
    )
    gigaflops = tokensPerSecond * benchmark.operations(tokens: 1) * 1e-9
    peakGigaflops = samples.peaks.isEmpty ? nil : samples.peaks.median
    let count = Double(updates)
    let inside = samples.phases.map { ("\($0.phase)", $0.seconds / count) }
    let outside = samples.seconds.reduce(0, +) / count - inside.reduce(0) { $0 + $1.1 }
    phases = inside + [("outside", outside)]
    peakMemoryBytes = ProcessMemory.peak
    allocatedBytesPerUpdate = Double(samples.allocatedBytes) / count
    largeAllocations = samples.largeAllocations
    costOfLengths =
      samples.equalTokensPerSecond.isEmpty
      ? nil : samples.equalTokensPerSecond.median / tokensPerSecond
  }
}

/// What the rounds of one measurement gathered.
private struct Samples {
  var seconds: [Double] = []
  var tokensPerSecond: [Double] = []
  var equalTokensPerSecond: [Double] = []
  var peaks: [Double] = []
  var phases = PhaseClock.Phase.ofEveryTraining.map { (phase: $0, seconds: 0.0) }
  var allocatedBytes = 0
  var largeAllocations = 0

  mutating func measurePeak(_ benchmark: ThroughputBenchmark) {
    if let peak = TeamPeak.gigaflops(benchmark.precision, team: benchmark.team) {
      peaks.append(peak)
    }
  }

  /// Times `updates` updates, then as many of rows of equal lengths if there are any.
  mutating func measure(
    _ benchmark: ThroughputBenchmark, updates: Int, _ equal: SequenceLayout?
  ) {
    // Room first: what is counted shall be the updates' own.
    seconds.reserveCapacity(seconds.count + updates)
    tokensPerSecond.reserveCapacity(tokensPerSecond.count + updates)
    // All counters are read outside the loop: a pause between updates would send workers to sleep.
    let before = benchmark.trainer.phaseSeconds
    let large = ProcessMemory.largeAllocations(by: benchmark.team)
    let bytes = ProcessMemory.allocatedBytes(by: benchmark.team)
    for _ in 0..<updates {
      let (time, tokens) = benchmark.update()
      seconds.append(time)
      tokensPerSecond.append(Double(tokens) / time)
    }
    allocatedBytes += ProcessMemory.allocatedBytes(by: benchmark.team) - bytes
    largeAllocations += ProcessMemory.largeAllocations(by: benchmark.team) - large
    let after = benchmark.trainer.phaseSeconds
    for index in phases.indices {
      phases[index].seconds += after[index].seconds - before[index].seconds
    }
    guard let equal else { return }
    for _ in 0..<updates {
      let (time, tokens) = benchmark.update(equal)
      equalTokensPerSecond.append(Double(tokens) / time)
    }
  }
}
