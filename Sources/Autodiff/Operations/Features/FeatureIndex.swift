import Compute

/// For each weight of `HashedFeatures` the outputs of a minibatch that it is added to.
///
/// `@unchecked Sendable`: filled outside parallel regions, only read inside.
package final class FeatureIndex: @unchecked Sendable {
  /// Tokens are outputs.
  let outputs = TokenIndex()
  private var weights = AlignedBuffer<Int32>(count: 64)
  private var owners = AlignedBuffer<Int32>(count: 64)

  package init() {}

  /// - Parameters:
  ///   - outputs: that take part in the loss.
  ///   - rows: of each.
  func fill(
    _ outputs: UnsafeBufferPointer<Int32>, rows: UnsafeBufferPointer<Int32>, _ places: HashedPlaces
  ) {
    let most = outputs.count * places.contexts
    if weights.count < most {
      weights = AlignedBuffer(count: 2 * most)
      owners = AlignedBuffer(count: 2 * most)
    }
    let (weights, owners) = (weights.base, owners.base)
    var count = 0
    for index in outputs.indices {
      places.forEachPlace(row: Int(rows[index]), output: Int(outputs[index])) {
        weights[count] = Int32($0)
        owners[count] = Int32(index)
        count += 1
      }
    }
    self.outputs.fill(
      UnsafeBufferPointer(start: weights, count: count),
      of: UnsafeBufferPointer(start: owners, count: count), idCount: Int(places.size))
  }
}
