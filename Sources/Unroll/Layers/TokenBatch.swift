import Parallel

/// A minibatch of sequences of ids, owned: nothing is to be kept alive for it.
///
/// Sequences are sorted by length, the longest first, and no padding is made. Tokens stand as
/// `SequenceLayout` has them: all first steps, then all second ones.
public struct TokenBatch: Sendable {
  public let layout: SequenceLayout
  /// One a token.
  public let inputs: [Int32]
  /// One a token, or one a sequence.
  public let targets: [Int32]
  /// For each row the place of its sequence in what the batch was made of.
  public let order: [Int]

  /// As many targets for each sequence as it has inputs; -1 where nothing is asked.
  public init(inputs: [[Int32]], targets: [[Int32]]) {
    precondition(
      inputs.map(\.count) == targets.map(\.count), "a target for every input of a sequence")
    self.init(inputs) { layout, order in Self.tokens(targets, layout, order) }
  }

  /// One class for each sequence.
  public init(inputs: [[Int32]], classes: [Int32]) {
    precondition(inputs.count == classes.count, "\(classes.count) classes for \(inputs.count)")
    self.init(inputs) { _, order in order.map { classes[$0] } }
  }

  /// Without targets, to be read from.
  public init(inputs: [[Int32]]) { self.init(inputs) { _, _ in [] } }

  private init(_ inputs: [[Int32]], targets: (SequenceLayout, [Int]) -> [Int32]) {
    precondition(!inputs.isEmpty && inputs.allSatisfy { !$0.isEmpty }, "a sequence has no step")
    order = inputs.indices.sorted { (inputs[$1].count, $0) < (inputs[$0].count, $1) }
    layout = SequenceLayout(lengths: order.map { inputs[$0].count })
    self.inputs = Self.tokens(inputs, layout, order)
    self.targets = targets(layout, order)
  }

  private static func tokens(
    _ sequences: [[Int32]], _ layout: SequenceLayout, _ order: [Int]
  ) -> [Int32] {
    (0..<layout.stepCount).flatMap { step in
      order.prefix(layout.activeRows[step]).map { sequences[$0][step] }
    }
  }
}
