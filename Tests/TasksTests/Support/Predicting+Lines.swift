import Runs

extension Predicting {
  /// What the model says of lines, in their order.
  ///
  /// - Parameter atOnce: whether all lines are there from the beginning, so that many are predicted
  ///   together; otherwise each is answered before the next one comes.
  func predictions(_ lines: [String], atOnce: Bool = true) throws -> [Prediction] {
    var (rest, found) = (lines[...], [Prediction]())
    try predict({ rest.popFirst() }, isReady: { atOnce }) { found.append($0) }
    return found
  }
}
