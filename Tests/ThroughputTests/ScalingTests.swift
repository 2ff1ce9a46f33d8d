import Foundation
import Testing
import TestSupport
import Unroll

#if canImport(FoundationXML)
  import FoundationXML
#endif

@Suite struct ScalingTests {
  private static let tiny = ThroughputShape(
    name: "a<b&c", vocabulary: 13, embedding: 9, hidden: 20, layers: 1, batch: 6, steps: 5)

  private func test(_ mode: ScalingTest.Mode, threads: [Int] = [3, 1, 2]) throws -> ScalingTest {
    try ScalingTest(
      Self.tiny, precision: .f32, optimizer: .adam(learningRate: 2e-3), mode: mode,
      threads: threads, updates: 7)
  }

  @Test func strongScalingComparesTheWeights() throws {
    let result = try test(.strong)
    #expect(result.points.map(\.threads) == [1, 2, 3])
    #expect(result.weightsAreEqual == true)
    #expect(result.speedup(result.points[0]) == 1)
    #expect(result.efficiency(result.points[0]) == 1)
    for point in result.points {
      #expect(point.waitShare >= 0 && point.waitShare < 1)
      #expect(abs(result.efficiency(point) * Double(point.threads) - result.speedup(point)) < 1e-9)
    }
  }

  /// The comparison would see other weights.
  @Test func digestsFollowTheWeights() throws {
    let one = try test(.strong, threads: [1])
    var shape = Self.tiny
    shape.batch = 5
    let other = try ScalingTest(
      shape, precision: .f32, optimizer: .adam(learningRate: 2e-3), mode: .strong,
      threads: [1], updates: 7)
    #expect(one.points[0].weights != other.points[0].weights)
  }

  @Test func weakScalingGivesEachThreadItsRows() throws {
    #expect(ScalingTest.shape(Self.tiny, .weak, threads: 3).batch == 18)
    #expect(ScalingTest.shape(Self.tiny, .strong, threads: 3).batch == 6)
    var largest = Self.tiny
    largest.batch = .max / 2
    #expect(ScalingTest.shape(largest, .weak, threads: 3).batch == .max)
    #expect(try test(.weak, threads: [1, 2]).weightsAreEqual == nil)
  }

  @Test func theCurveIsDrawnAsWellFormedSVG() throws {
    let svg = ScalingPlot(try test(.strong)).svg
    let reader = ElementNames()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = reader
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    #expect(reader.count["svg"] == 1)
    #expect(reader.count["circle"] == 3, "a dot for each number of threads")
    #expect(reader.count["polyline"] == 3, "measured, the peak, and the ideal")
    #expect(svg.contains("class=\"curve ideal\""))
    #expect(svg.contains(">threads</text>") && svg.contains(">speed-up</text>"))
    #expect(!svg.contains("nan") && !svg.contains("inf,"))
  }
}

private final class ElementNames: NSObject, XMLParserDelegate {
  var count: [String: Int] = [:]

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) { count[name, default: 0] += 1 }
}
