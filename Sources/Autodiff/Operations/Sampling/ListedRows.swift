import Compute

/// Some rows of a table as the weights of a product, for one minibatch: gathered and packed by all workers
/// before its operations run. The table itself has no packed form.
///
/// - Cost: three copies of the listed rows, an update.
package final class ListedRows<S: MatrixElement>: Sendable {
  package let table: Parameter<S>
  /// `[rows, 1]`: a number for each row.
  package let bias: Parameter<S>
  /// Of the product, whose columns are the listed rows.
  let layout: PanelLayout
  /// `Wᵀ` of the listed rows W `[count, columns]`, and W.
  let forward: PackedWeights<S>
  let backward: PackedWeights<S>
  /// W, without padding.
  private let values: AlignedBuffer<S>
  /// What an output starts from, `layout.columnCount` numbers.
  private let start: AlignedBuffer<S>

  /// - Parameter count: rows that are listed at a time.
  package init(
    of table: Parameter<S>, bias: Parameter<S>, count: Int, precision: Precision,
    in store: ParameterStore<S>
  ) {
    self.table = table
    self.bias = bias
    layout = PanelLayout(units: count)
    forward = PackedWeights(depth: table.columns, layout: layout, precision: precision)
    backward = PackedWeights(
      depth: layout.columnCount, layout: PanelLayout(units: table.columns), precision: precision)
    values = AlignedBuffer(count: count * table.columns)
    start = AlignedBuffer(count: layout.columnCount)
    store.count(
      bytes: forward.byteCount + backward.byteCount + values.byteCount + start.byteCount)
  }

  package var count: Int { layout.units }

  /// Writes what outputs start from to rows `range` of `y`.
  func write(to y: Matrix<S>, _ range: Range<Int>) {
    for row in range { y.row(row).update(from: start.base, count: layout.columnCount) }
  }

  /// An output that no softmax gives a share.
  static var never: S { -1e30 }

  fileprivate func prepare(groups: Range<Int>, _ list: SampledClasses<S>) {
    let lane = PanelLayout.lane
    let (ids, columns) = (list.ids, table.columns)
    for place in groups.lowerBound * lane..<groups.upperBound * lane {
      guard place < count, ids[place] >= 0 else {
        start.base[place] = Self.never
        if place < count {
          (values.base + place * columns).clear(count: columns)
        }
        continue
      }
      let id = Int(ids[place])
      (values.base + place * columns).update(from: table.value + id * columns, count: columns)
      start.base[place] = bias.value[id] + list.corrections[place]
    }
    forward.pack(transposing: values.base, stride: columns, groups: groups)
    backward.pack(values.base, stride: columns, depthLayout: layout, groups: groups)
  }
}

/// Classes that were drawn for a minibatch.
///
/// `@unchecked Sendable`: written before the region that reads them; the memory must stay until it has run.
package struct SampledClasses<S: MatrixElement>: @unchecked Sendable {
  /// Ascending; -1 in the last places if fewer were drawn.
  package let ids: UnsafeBufferPointer<Int32>
  /// Added to the output of each.
  package let corrections: UnsafePointer<S>
  /// How many draws each stands for; 0 in places without one.
  package let weights: UnsafePointer<S>

  package init(
    ids: UnsafeBufferPointer<Int32>, corrections: UnsafePointer<S>, weights: UnsafePointer<S>
  ) {
    self.ids = ids
    self.corrections = corrections
    self.weights = weights
  }

  /// The place of `id`, if it was drawn.
  func place(of id: Int32) -> Int? {
    var (low, high) = (0, ids.count)
    while low < high {
      let middle = (low + high) / 2
      if ids[middle] >= 0 && ids[middle] < id { low = middle + 1 } else { high = middle }
    }
    return low < ids.count && ids[low] == id ? low : nil
  }
}

/// Gathers and packs the listed rows.
struct Listing<S: MatrixElement>: Preparation {
  let rows: ListedRows<S>
  let list: SampledClasses<S>

  var partCount: Int { rows.layout.groupCount }
  func prepare(parts: Range<Int>) { rows.prepare(groups: parts, list) }
}
