import Compute
import Parallel

/// Scores of a linear chain of tags: what a conditional random field adds to the scores of its
/// tokens.
///
/// - `transitions` `[tags, tags]`, from the row's tag to the column's; `start` and `end` `[tags]`
/// - derived at every update: `powers = exp(transitions - their largest)`, packed for both
///   directions of the chain, so that a step of all rows of a worker is one matrix product
///
/// `@unchecked Sendable`: the labels before are written outside parallel regions only; what is
/// derived is written by one worker between two barriers.
package final class TransitionScores<S: MatrixElement>: Derived, @unchecked Sendable {
  package let tagCount: Int
  package let transitions: Parameter<S>
  package let start: Parameter<S>
  package let end: Parameter<S>

  /// `[tags, tags]`, dense.
  let powers: Matrix<S>
  /// `a · powers`: from the tags of a step to those of the next.
  let forward: PackedWeights<S>
  /// `b · powersᵀ`: from the tags of a step to those before.
  let backward: PackedWeights<S>
  /// The largest transition score, one element.
  private let largestScore = AlignedBuffer<S>(count: 1)
  private let powerMemory: AlignedBuffer<S>
  /// Tokens that are not a row's first, by the label before them.
  let previousLabels: TokenIndex
  /// That label, in token order: scratch of a recording.
  private var labelsBefore: [Int32] = []

  /// - Parameter name: before the names, such as `crf`; the rest is as in the `pytorch-crf` package.
  package init(_ name: String, tagCount: Int, in store: ParameterStore<S>) {
    self.tagCount = tagCount
    let initializer = Initializer.uniform(0.1)
    start = store.add(
      "\(name).start_transitions", shape: [tagCount], role: .bias, initializer: initializer)
    end = store.add(
      "\(name).end_transitions", shape: [tagCount], role: .bias, initializer: initializer)
    transitions = store.add(
      "\(name).transitions", shape: [tagCount, tagCount], role: .matrix, initializer: initializer)
    previousLabels = TokenIndex(idCount: tagCount)
    powerMemory = AlignedBuffer(count: tagCount * tagCount)
    powers = Matrix(base: powerMemory.base, rows: tagCount, columns: tagCount, stride: tagCount)
    let layout = PanelLayout(units: tagCount)
    forward = PackedWeights(depth: layout.columnCount, layout: layout)
    backward = PackedWeights(depth: tagCount, layout: layout)
    store.add(derived: self)
  }

  func fillPreviousLabels(_ labels: UnsafeBufferPointer<Int32>, _ layout: SequenceLayout) {
    labelsBefore.removeAll(keepingCapacity: true)
    for step in 1..<max(layout.stepCount, 1) {
      let offset = layout.offsets[step - 1]
      labelsBefore += labels[offset..<offset + layout.activeRows[step]]
    }
    labelsBefore.withUnsafeBufferPointer { previousLabels.fill($0) }
  }

  var largest: S { largestScore.base[0] }

  package var order: DerivationOrder { .fromParameters }
  package var partCount: Int { 1 }
  package var byteCount: Int {
    powerMemory.byteCount + forward.byteCount + backward.byteCount
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  package func derive(parts: Range<Int>) {
    guard !parts.isEmpty else { return }
    let scores = transitions.value
    var largest = scores[0]
    for index in 0..<transitions.count { largest = max(largest, scores[index]) }
    for index in 0..<transitions.count { powers.base[index] = scores[index] - largest }
    Activations.exp(powers.base, into: powers.base, count: transitions.count)
    largestScore.base[0] = largest
    let layout = forward.layout
    forward.pack(
      powers.base, stride: tagCount, depthLayout: layout, groups: 0..<layout.groupCount)
    backward.pack(transposing: powers.base, stride: tagCount, groups: 0..<layout.groupCount)
  }
}

/// Tags that may begin a sequence, end it, and follow each other.
package struct TransitionConstraints: Sendable {
  let start: [Bool]
  let end: [Bool]
  /// `[tags · tags]`, from the row's tag to the column's.
  let transitions: [Bool]

  package init(
    tagCount: Int, start: (Int) -> Bool, end: (Int) -> Bool = { _ in true },
    transition: (_ from: Int, _ to: Int) -> Bool
  ) {
    self.start = (0..<tagCount).map(start)
    self.end = (0..<tagCount).map(end)
    transitions = (0..<tagCount * tagCount).map {
      transition($0 / tagCount, $0 % tagCount)
    }
  }
}
