import Autodiff
import Compute

/// Where a moment has the numbers of each parameter: as many as weights, in the store's order, or of a table
/// one for each row.
///
/// `@unchecked Sendable`: all of it is constant, and parameters are only asked for their shapes.
package struct MomentLayout<S: MatrixElement>: @unchecked Sendable {
  /// Numbers of the whole moment.
  package let count: Int
  private let isByRow: Bool
  /// Of each parameter, where its numbers begin.
  private let offsets: [Int]

  init(_ store: ParameterStore<S>, isByRow: Bool) {
    self.isByRow = isByRow
    guard isByRow else {
      (count, offsets) = (store.count, store.parameters.map(\.offset))
      return
    }
    var (count, offsets) = (0, [Int]())
    for parameter in store.parameters {
      offsets.append(count)
      let numbers = parameter.role == .table ? parameter.rows : parameter.count
      count += (numbers + 15) & ~15
    }
    (self.count, self.offsets) = (count, offsets)
  }

  /// Whether a parameter has one number for each row.
  package func isByRow(_ parameter: Parameter<S>) -> Bool { isByRow && parameter.role == .table }

  package func offset(of parameter: Parameter<S>) -> Int { offsets[parameter.index] }

  /// The shape of what it has of a parameter.
  package func shape(of parameter: Parameter<S>) -> [Int] {
    isByRow(parameter) ? [parameter.rows] : parameter.shape
  }

  /// The place of what belongs to the weight at `index` of the store's flat buffers.
  func place(of index: Int, in parameter: Parameter<S>) -> Int {
    let distance = index - parameter.offset
    return offsets[parameter.index]
      + (isByRow(parameter) ? distance / parameter.columns : distance)
  }
}

extension OptimizerConfiguration {
  var hasRowMoments: Bool { rowMoments && rule.hasRowMoments }

  /// Bytes that the moments of `store` take.
  ///
  /// - Parameter ranks: processes, which share those of all but tables.
  package func momentBytes<S: MatrixElement>(
    of store: ParameterStore<S>, sharedBy ranks: Int = 1
  ) -> Int {
    guard !momentNames.isEmpty else { return 0 }
    let dense = store.parameters.filter { !$0.role.isSparse }.reduce(0) { $0 + $1.count }
    let others = dense - dense / ranks
    let last = MomentLayout(store, isByRow: hasRowMoments).count
    return (momentNames.count - 1) * AlignedBuffer<S>.byteCount(of: store.count - others)
      + AlignedBuffer<S>.byteCount(of: last - others)
  }
}
