import Unroll

/// Stories of people who go from place to place, in the format of the bAbI tasks. The answer to
/// `Where is x?` is the place that x went to last.
package enum StoryGrammar {
  package static func stories(_ indices: Range<Int>) -> String { indices.map(story).joined() }

  private static let names = ["Mary", "John", "Ada"]
  private static let places = ["kitchen", "garden", "office", "hall"]

  private static func story(_ index: Int) -> String {
    let random = RandomStream(seed: 1, purpose: .generator)
    var draws = 0
    func draw(_ count: Int) -> Int {
      draws += 1
      return Int(random.word(row: index, index: draws) % UInt32(count))
    }
    var (lines, whereabouts) = ([String](), [Int: Int]())
    for _ in 0..<2 {
      for _ in 0..<1 + draw(3) {
        let (name, place) = (draw(names.count), draw(places.count))
        whereabouts[name] = place
        lines.append("\(names[name]) \(draw(2) == 0 ? "went" : "moved") to the \(places[place]).")
      }
      let known = whereabouts.keys.sorted()
      let name = known[draw(known.count)]
      lines.append("Where is \(names[name])? \t\(places[whereabouts[name] ?? 0])\t1")
    }
    return lines.enumerated().map { "\($0 + 1) \($1)\n" }.joined()
  }
}
