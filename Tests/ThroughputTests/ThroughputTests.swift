import Foundation
import Testing
import TestSupport
import Unroll

/// What the benchmark and the scaling test compute from their measurements. Nothing here depends on
/// how long anything took.
@Suite struct ThroughputTests {
  private static let tiny = ThroughputShape(
    name: "tiny", vocabulary: 13, embedding: 9, hidden: 20, layers: 2, batch: 6, steps: 5)

  @Test func quantilesLieBetweenNeighbours() {
    #expect([3, 1, 2].median == 2)
    #expect([4, 1, 2, 3].median == 2.5)
    #expect([10, 20].quantile(0.05) == 10.5)
    #expect([7].quantile(0.95) == 7)
    #expect([Double]().median == 0)
  }

  @Test func presetsAreThoseOfTheTable() throws {
    let names = ["char512", "big1024", "char128", "ptb-medium", "ptb-small", "lengths"]
    #expect(ThroughputShape.presets.map(\.name) == names)
    let shape = try #require(ThroughputShape.preset(named: "char512"))
    let model = LanguageModel<Float>(shape.model).allocated(seed: 1)
    // Two LSTM layers of 4 · 512 · (512 + 512) and an output layer of 65 · 512.
    #expect(model.matrixElementsPerToken == 2 * 4 * 512 * 1024 + 65 * 512)
    #expect(ThroughputShape.preset(named: "none") == nil)
  }

  /// Tokens come by rank, and every output learns from them.
  @Test(arguments: ThroughputShape.Output.allCases)
  func measuresEveryOutput(output: ThroughputShape.Output) throws {
    var shape = Self.tiny
    (shape.output, shape.cutoffs, shape.zipf) = (output, [4, 9, 13, 500], 1.5)
    try shape.check(precision: .f32, optimizer: .adam(learningRate: 2e-3))
    let tokens = try #require(shape.tokens)
    #expect(abs(tokens.probability(of: 0) / tokens.probability(of: 3) - 8) < 1e-12)
    let benchmark = ThroughputBenchmark(shape, team: WorkerTeam(count: 2))
    let names = benchmark.model.parameters.parameters.map(\.name)
    #expect(
      names.contains("output.weight") == ["full", "sampled", "nce"].contains(output.rawValue))
    #expect(names.contains("output.tail.1.0.weight") == (output == .adaptive))
    #expect(!names.contains("output.tail.2.0.weight"))
    let before = benchmark.weightsDigest
    #expect(benchmark.update().tokens == 30)
    #expect(benchmark.weightsDigest != before)
    shape.vocabulary = 1
    if output != .full {
      expectUserError(saying: "expected 2 or more", output.rawValue) {
        try shape.check(precision: .f32, optimizer: .adam(learningRate: 2e-3))
      }
    }
    shape.vocabulary = 13
    shape.cutoffs = [4, 4]
    expectUserError(saying: "cut-offs are [4, 4]") {
      try shape.check(precision: .f32, optimizer: .adam(learningRate: 2e-3))
    }
    shape.cutoffs = []
    shape.zipf = -1
    expectUserError(saying: "zipf is -1") {
      try shape.check(precision: .f32, optimizer: .adam(learningRate: 2e-3))
    }
  }

  /// What is loaded is as large as what was saved, and nothing is left behind.
  @Test func savesAndLoads() throws {
    let folder = try TemporaryFolder()
    let benchmark = ThroughputBenchmark(Self.tiny, team: WorkerTeam(count: 2))
    let found = try SavingBenchmark(benchmark, in: folder.file("saves"), rounds: 3)
    let numbers = 3 * benchmark.model.parameters.parameterCount
    #expect(found.parameters == numbers / 3)
    #expect(found.bytes > 4 * numbers && found.bytes < 4 * numbers + 8192)
    for seconds in [
      found.stallSeconds, found.saveSeconds, found.loadSeconds, found.updateSeconds,
      found.updateWhileSavingSeconds,
    ] { #expect(seconds > 0) }
    #expect(try folder.names == [])
  }

  @Test func measuresEveryUpdateAndBooksEveryPhase() throws {
    let benchmark = ThroughputBenchmark(Self.tiny, team: WorkerTeam(count: 2))
    let measurement = ThroughputMeasurement(benchmark, updates: 11)
    #expect(measurement.updates == 11)
    #expect(measurement.threads == 2)
    #expect(measurement.tokensPerSecond > 0)
    #expect(measurement.secondsPerUpdate.p5 <= measurement.secondsPerUpdate.median)
    #expect(measurement.secondsPerUpdate.median <= measurement.secondsPerUpdate.p95)
    let operations = 6 * Double(benchmark.model.matrixElementsPerToken)
    let expected = measurement.tokensPerSecond * operations * 1e-9
    #expect(abs(measurement.gigaflops - expected) <= 1e-12 * expected)
    #expect(
      measurement.phases.map(\.name)
        == ["forward", "loss", "backward", "products", "update", "wait", "reading", "outside"])
    for name in ["forward", "loss", "backward", "products", "update"] {
      let phase = try #require(measurement.phases.first { $0.name == name })
      #expect(phase.seconds > 0, "\(name)")
    }
    // Seconds, not times of the day.
    #expect(measurement.phases.allSatisfy { $0.seconds < 600 })
    #expect(measurement.costOfLengths == nil)
  }

  @Test func comparesLengthsWithEqualOnes() throws {
    var shape = Self.tiny
    shape.lengths = 2...7
    #expect(shape.longest == 7)
    #expect(shape.equalLengths == SequenceLayout(rows: 6, steps: 4))
    let benchmark = ThroughputBenchmark(shape, team: WorkerTeam(count: 1))
    let measurement = ThroughputMeasurement(benchmark, updates: 4)
    #expect(try #require(measurement.costOfLengths) > 0)
  }

  @Test func refusesSizesThatCannotBe() {
    func message(_ change: (inout ThroughputShape) -> Void) -> String? {
      var shape = Self.tiny
      change(&shape)
      do {
        try shape.check(precision: .f32, optimizer: .adam(learningRate: 2e-3))
        return nil
      } catch { return "\(error)" }
    }
    #expect(message { _ in } == nil)
    #expect(message { $0.hidden = 0 } == "error: hidden is 0, expected 1...65536")
    #expect(message { $0.batch = -3 }?.hasPrefix("error: batch is -3") == true)
    #expect(message { $0.layers = .max }?.contains("expected 1...256") == true)
    #expect(message { $0.lengths = 0...4 }?.contains("lengths begin at 0") == true)
    #expect(
      message { $0.lengths = 1...Int.max }?.contains("expected 1...1048576") == true)
    #expect(
      message { ($0.hidden, $0.layers) = (65536, 256) }?.contains("this training needs") == true)
  }

  @Test func samplingIsMeasured() {
    let result = SamplingBenchmark(Self.tiny, precision: .f32, tokens: 10)
    #expect(result.tokensPerSecond > 0)
  }
}
