/// Says how probable the next label is after those before: what a search is guided by beside the
/// network it decodes.
package protocol LabelScorer: AnyObject {
  /// Forgets all prefixes; returns the empty one.
  func begin() -> Int
  /// Reads a label after each prefix; returns the new prefixes, in order.
  func extend(_ steps: [(prefix: Int, label: Int)]) -> [Int]
  /// ln p(class | prefix) for every class; what it is for blank does not matter.
  func logProbabilities(after prefix: Int) -> [Double]
  /// ln p(end | prefix).
  func endLogProbability(after prefix: Int) -> Double
}
