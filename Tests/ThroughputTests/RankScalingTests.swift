import Foundation
import Synchronization
import TestSupport
import Testing
import Unroll

/// What several processes measure, and what is predicted of them. Nothing here depends on how long anything
/// took.
@Suite struct RankScalingTests {
  private static let shape = ThroughputShape(
    name: "a<b&c", vocabulary: 13, embedding: 9, hidden: 20, layers: 1, batch: 6, steps: 5,
    lengths: 3...8)

  private func measure(
    _ ranks: Int, leaves: Int, exchange: Precision = .f32, shape: ThroughputShape = Self.shape,
    updates: Int = 9
  ) throws -> RankMeasurement {
    let found = Mutex<RankMeasurement?>(nil)
    @Sendable func measure(_ link: (any RankLink)?) -> RankMeasurement {
      RankMeasurement(
        shape, team: WorkerTeam(count: 1), precision: .f32,
        optimizer: .adam(learningRate: 2e-3), leaves: leaves, exchange: exchange, link: link,
        updates: updates)
    }
    if ranks == 1 { return measure(nil) }
    try ThreadLink.run(ranks) { link in
      let measured = measure(link)
      if link.rank == 0 { found.withLock { $0 = measured } }
    }
    return try #require(found.withLock { $0 })
  }

  private func scaling(_ points: [RankMeasurement]) -> RankScaling {
    RankScaling(
      Self.shape, precision: .f32, mode: .strong, updates: 9, leaves: 4, points: points)
  }

  /// Leaves are summed to the same bits by one, two and four ranks, and to others by one leaf.
  @Test func weightsAreCompared() throws {
    let points = try [4, 1, 2].map { try measure($0, leaves: 4) }
    let test = scaling(points)
    #expect(test.points.map(\.ranks) == [1, 2, 4])
    #expect(test.points.map(\.weights.count) == [1, 2, 4])
    #expect(test.weightsAreEqual)
    let other = try measure(1, leaves: 1)
    #expect(!scaling(points + [other]).weightsAreEqual)
    #expect(test.speedup(test.points[0]) == 1)
    #expect(test.svg.contains(">processes</text>") && test.svg.contains("a&lt;b&amp;c"))
    #expect(!test.svg.contains("nan"))
  }

  /// The sum that the prediction has for bytes is what is sent, but for small messages. A third of it are rows of a
  /// table. In bf16 it is half of all but weights.
  @Test(arguments: [2, 4], [Precision.f32, .bf16])
  func bytesAreThoseOfThePrediction(ranks: Int, exchange: Precision) throws {
    let shape = ThroughputShape(
      vocabulary: 6_000, embedding: 200, hidden: 12, layers: 1, batch: 16, steps: 20)
    let measured = try measure(
      ranks, leaves: 4, exchange: exchange, shape: shape, updates: 3)
    let prediction = RankPrediction(
      gradientSeconds: 1, stepSeconds: 1, gradients: shape.gradients(sentIn: exchange), latency: 1,
      bandwidth: 1,
      adding: 1)
    let sent = prediction.sentBytes(ranks: ranks)
    #expect(abs(measured.sentBytes - sent) < 0.03 * sent, "\(measured.sentBytes), \(sent)")
  }

  /// Of tables whose rows are not looked up evenly nothing is predicted.
  @Test func whatIsNotKnownIsNotPredicted() throws {
    let points = [try measure(1, leaves: 2), try measure(2, leaves: 2)]
    func predicted(_ change: (inout ThroughputShape) -> Void) -> Double? {
      var shape = Self.shape
      change(&shape)
      let test = RankScaling(
        shape, precision: .f32, mode: .strong, updates: 9, leaves: 2, points: points)
      return test.predictedSeconds(test.points[1])
    }
    #expect(predicted { _ in } != nil)
    #expect(predicted { $0.output = .hierarchical } == nil)
    #expect(predicted { $0.zipf = 1 } == nil)
  }

  /// Six rows of four processes: two for those that are waited for. Times are in bounds that no clock can break.
  @Test func aProcessAloneHasItsShare() throws {
    #expect([1, 2, 4, 6, 9].map { Self.shape.share(of: $0).batch } == [6, 3, 2, 1, 1])
    let points = try [1, 2].map { try measure($0, leaves: 4) }
    for point in points {
      let alone = point.alone
      #expect(alone.gradients >= 0 && alone.step >= 0 && alone.packing >= 0)
      #expect((0...alone.gradients).contains(alone.products))
      #expect((0...1).contains(point.beside.computing) && (0...1).contains(point.beside.exchange))
      #expect(point.beside.delay >= 0)
    }
    #expect(points[0].beside == RankPrediction.Beside() && points[0].bandwidth == 0)
    #expect(points[1].bandwidth > 0)
  }

  /// By hand, for two machines and for eight: 3 seconds for gradients, 0.5 for the step, 800 bytes.
  @Test func predictionsAddUp() {
    let prediction = RankPrediction(
      gradientSeconds: 3, stepSeconds: 0.5,
      gradients: RankPrediction.Gradients(denseBytes: 800), latency: 0.01, bandwidth: 400,
      adding: 1600)
    #expect(prediction.exchangeSeconds(ranks: 1) == 0)
    #expect(prediction.seconds(ranks: 1) == 3.5)
    var narrow = prediction
    narrow.gradients.sentShare = 0.5
    // 200 bytes of gradients and 400 of weights at 400, all 400 added.
    #expect(abs(narrow.exchangeSeconds(ranks: 2) - (0.07 + 1.5 + 0.25)) < 1e-12)
    // 7 messages; 800 bytes at 400 and 400 at 1600 a second; half of the step.
    #expect(abs(prediction.seconds(ranks: 2) - (3.25 + 0.07 + 2 + 0.25)) < 1e-12)
    var packing = prediction
    packing.packingSeconds = 0.125
    packing.gradients.normBytes = 80
    #expect(
      abs(packing.seconds(ranks: 8) - (3 + 0.0625 + 0.125 + 0.21 + 3.675 + 0.4375)) < 1e-12)
    // 5 small messages. Beside a product of 0.5 seconds four chunks take 1.29 to send and add; of the weights, 1.04
    // beside 2 of packing, a chunk is waited for.
    var hidden = prediction
    hidden.gradients.chunks = 4
    (hidden.productSeconds, hidden.packingSeconds) = (0.5, 2)
    let sums = (0.5 + 1.29) / 4 + 1.29 * 0.75 - 0.5
    #expect(abs(hidden.exchangeSeconds(ranks: 2) - (0.05 + sums + 0.26)) < 1e-12)
    // Messages come 0.01 later: 1.33 and 1.08. Beside each other the product's 0.375 take 0.75, in which 0.5625 of
    // 0.9975 are sent; the weights' 0.81 take 1.08, in which 0.54 of 1.5 are packed.
    hidden.beside = RankPrediction.Beside(computing: 0.5, exchange: 0.75, delay: 0.01)
    let slower = (0.5 + 1.33) / 4 + 0.75 + (0.9975 - 0.5625) - 0.5
    let weights = (2 + 1.08) / 4 + 1.08 + (1.5 - 0.54) - 2
    #expect(abs(hidden.exchangeSeconds(ranks: 2) - (0.05 + slower + weights)) < 1e-12)
  }

  /// Strong scaling ends where machines have no row; weak scaling gives each as many as one has.
  @Test func machinesAreGivenRows() {
    var asked: [Int] = []
    func plan(_ mode: ScalingTest.Mode) -> ClusterPlan {
      asked = []
      return ClusterPlan(Self.shape, mode: mode, nodes: [1, 2, 4, 8]) { rows in
        asked.append(rows)
        return RankPrediction(
          gradientSeconds: Double(rows), stepSeconds: 0,
          gradients: RankPrediction.Gradients(denseBytes: 0), latency: 0, bandwidth: .infinity,
          adding: .infinity)
      }
    }
    let strong = plan(.strong)
    #expect(asked == [6, 3, 2])
    #expect(strong.left == [8])
    #expect(strong.points.map(\.nodes) == [1, 2, 4])
    // Of the four, two have two rows and two have one.
    #expect(strong.points.map(\.secondsPerUpdate) == [6, 3, 2])
    #expect(strong.points.map(\.efficiency) == [1, 1, 0.75])
    let weak = plan(.weak)
    #expect(asked == [6])
    #expect(weak.points.count == 4 && weak.left.isEmpty)
    #expect(weak.points.allSatisfy { $0.secondsPerUpdate == 6 && $0.efficiency == 1 })
  }
}
