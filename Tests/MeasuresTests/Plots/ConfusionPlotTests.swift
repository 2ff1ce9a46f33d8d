import Foundation
import Measures
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Confusion matrices as pictures.
@Suite struct ConfusionPlotTests {
  private func matrix(_ names: [String], _ counts: [(Int, Int, Int)]) -> ConfusionMatrix {
    var matrix = ConfusionMatrix(classes: names)
    for (truth, prediction, count) in counts {
      for _ in 0..<count { matrix.add(truth: truth, prediction: prediction) }
    }
    return matrix
  }

  private func texts(_ svg: String, _ anchor: String) throws -> [String] {
    try XMLDocument(data: Data(svg.utf8)).nodes(forXPath: "//*[@text-anchor='\(anchor)']")
      .compactMap(\.stringValue)
  }

  @Test func showsCountsUnderTheLabelsOwnNames() throws {
    let names = ["a<b", "\"R&D\"", "\u{1}bell", "猫"]
    let svg = ConfusionPlot(
      matrix(names, [(0, 0, 7), (0, 1, 2), (1, 1, 5), (2, 0, 1), (3, 3, 11)])
    ).svg
    #expect(try texts(svg, "end") == ["a<b", "\"R&D\"", "?bell", "猫"])
    #expect(try texts(svg, "middle").filter { Int($0) != nil } == ["7", "2", "5", "1", "11"])
    #expect(try texts(svg, "start").dropLast() == ["78 %", "100 %", "0 %", "100 %"])
    let tips = try XMLDocument(data: Data(svg.utf8)).nodes(forXPath: "//*[name()='rect']/*")
      .compactMap(\.stringValue)
    #expect(tips[1] == "2 of a<b taken for \"R&D\"")
    #expect(svg.matches(of: /class="right"/).count == 3)
    #expect(svg.matches(of: /class="wrong"/).count == 2)
  }

  /// Of many classes the worst are shown by name; no example is lost.
  @Test(arguments: [2, 30, 60, 61, 1500])
  func anyNumberOfClassesMakesAPicture(count: Int) throws {
    let names = (0..<count).map { "class \($0)" }
    // Number 1 is taken for its neighbour more often than others.
    let svg = ConfusionPlot(
      matrix(
        names,
        (0..<count).map { ($0, $0, 2) } + [(1, 0, 3)]
          + (0..<count).map { ($0, ($0 + 7) % count, 1) })
    ).svg
    let rows = try texts(svg, "end")
    #expect(rows.count == min(count, 60))
    #expect(rows.contains("class 1"))
    #expect((rows.last == "\(count - 59) others") == (count > 60))
    let told = svg.matches(of: /<title>([0-9]+) of/).compactMap { Int($0.1) }.reduce(0, +)
    #expect(told == 3 * count + 3)
  }

  @Test func longNamesAreCut() throws {
    let long = String(repeating: "ab", count: 100)
    let svg = ConfusionPlot(matrix([long, "c"], [(0, 1, 1)])).svg
    let shown = try texts(svg, "end")[0]
    #expect(shown.count == 24 && shown.hasSuffix("…"))
    #expect(svg.contains(">1 of \(long) taken"), "the whole name is in the tip")
  }
}
