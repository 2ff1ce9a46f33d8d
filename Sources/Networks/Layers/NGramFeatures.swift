import Autodiff
import Compute
import Parallel

/// How much an output layer knows of the tokens before, beside the network.
package struct NGramForm: Sendable, Equatable {
  /// Tokens of the longest n-gram, the predicted one among them; at least 1.
  package var order: Int
  /// Weights of the table; whole rows of `NGramFeatures`.
  package var size: Int

  package init(order: Int, size: Int) {
    precondition(order > 0 && size > 0, "n-grams of \(order) tokens in \(size) weights")
    self.order = order
    self.size = size
  }

  /// Tokens before are kept as states are, one more than their ids: what `Float` counts without gaps.
  package static let mostTokens = (1 << 24) - 1

  /// Tokens before a minibatch that are part of its n-grams.
  var historyLength: Int { max(0, order - 2) }
}

/// A maximum-entropy model of n-grams beside a network: each pair of an output and the 0 … order - 1 tokens before
/// has a weight that is added to the output, in a `HashedFeatures` table.
///
/// An n-gram that would begin before the text is none. What the last minibatch ended with is a state like those of
/// layers, `[rows, order - 2]` ids, the last token first, and 0 where there is none.
///
/// Names: `NAME.ngrams.weight` `[size / 1024, 1024]`, zeros at first.
///
/// `@unchecked Sendable`: what belongs to a minibatch is written when it is recorded, outside regions.
package final class NGramFeatures<S: MatrixElement>: @unchecked Sendable {
  let form: NGramForm
  private let table: Parameter<S>
  private let places: AlignedBuffer<Int32>
  private let index = FeatureIndex()
  private var bases = GrowingIDs()

  /// Weights in a row, which means nothing but that the table has whole ones.
  private static var width: Int { 1024 }

  /// - Parameter places: of the outputs among those of a context.
  init(_ name: String, _ form: NGramForm, places: [Int32], in store: ParameterStore<S>) {
    self.form = form
    table = store.add(
      "\(name).ngrams.weight", shape: [(form.size + Self.width - 1) / Self.width, Self.width],
      role: .features, initializer: .zeros)
    self.places = AlignedBuffer(count: places.count)
    for (output, place) in places.enumerated() { self.places.base[output] = place }
  }

  /// Finds the contexts of a minibatch, for what is recorded next.
  ///
  /// - Parameters:
  ///   - inputs: one id a token, in token order; each is the last one before what is predicted.
  ///   - history: where its sequences begin; nil: with a text.
  ///   - end: memory for where they end.
  func read(
    _ inputs: UnsafeBufferPointer<Int32>, _ layout: SequenceLayout, history: Matrix<S>?,
    end: Matrix<S>?
  ) {
    /// One more than the id at `step` of a row, 0 before the text.
    func token(_ row: Int, _ step: Int) -> Int {
      if step >= 0 { return Int(inputs[layout.offsets[step] + row]) + 1 }
      return history.map { Int($0[row, -1 - step]) } ?? 0
    }
    bases.removeAll()
    for step in 0..<layout.stepCount {
      for row in 0..<layout.activeRows[step] {
        var context = ContextHash()
        bases.append(context.base(in: table.count))
        for distance in 0..<form.order - 1 {
          let before = context.isWhole ? token(row, step - distance) : 0
          context.append(before)
          bases.append(context.base(in: table.count))
        }
      }
    }
    guard let end else { return }
    for row in 0..<layout.rowCount {
      for column in 0..<end.paddedColumns {
        let isKept = column < end.columns
        end[row, column] = isKept ? S(token(row, layout.lengths[row] - 1 - column)) : 0
      }
    }
  }

  /// Of the contexts that were found last.
  var features: HashedFeatures<S> {
    HashedFeatures(
      table: table,
      places: HashedPlaces(
        size: table.count, contexts: form.order, bases: bases.elements, places: places.base),
      index: index)
  }
}

/// A hash of the tokens before, the last one first.
private struct ContextHash {
  private var word: UInt64 = 0x9E37_79B9_7F4A_7C15
  /// False once the text does not reach back so far.
  private(set) var isWhole = true

  /// - Parameter token: one more than its id; 0 for none.
  mutating func append(_ token: Int) {
    isWhole = isWhole && token > 0
    // The finaliser of SplitMix64: Steele, Lea & Flood (2014).
    word = (word &+ UInt64(token)) &* 0xBF58_476D_1CE4_E5B9
    word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
    word ^= word >> 31
  }

  /// A place below `size`; -1 for none.
  func base(in size: Int) -> Int32 {
    isWhole ? Int32(((word >> 32) &* UInt64(size)) >> 32) : -1
  }
}
