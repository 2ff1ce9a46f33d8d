// A leaf is a part of a minibatch that is recorded and run alone, its gradients added to those of the others.
// What it has to know of them: how many there are of what a loss is the mean of, and to draw other numbers.

extension Tape {
  /// How many the whole minibatch has of what the recorded part has `count`: what the mean of a loss is over.
  /// A minibatch that is recorded whole has `count`.
  ///
  /// All parts of a minibatch ask the same questions in the same order.
  public func total(of count: Int) -> Int {
    counts.append(count)
    guard let totals else { return count }
    precondition(counts.count <= totals.count, "parts of a minibatch ask for different counts")
    return totals[counts.count - 1]
  }

  /// Keys random numbers that are drawn by rows or tokens, which are counted anew in each leaf. Numbers that
  /// the whole minibatch shares, such as masks of weights, go by `seed`.
  public var rowSeed: UInt64 { seed &+ UInt64(leaf) &* 0x9E37_79B9_7F4A_7C15 }
}
