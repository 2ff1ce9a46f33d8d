import Autodiff
import Compute
import Parallel

/// Adds the gradients of leaves, which come one after the other, in one binary tree:
///
///     leaf  0   1   2   3
///           └─+─┘   └─+─┘
///             └───+───┘
///
/// At most one sum a level waits for its neighbour, so that memory is a copy of the gradients for each level.
/// Where a leaf has no gradient, as in the rows of a table that it did not look up, it is left out. In bf16 each
/// sum is rounded as soon as it is formed, so that it does not matter which of them a process sends.
///
/// `@unchecked Sendable`: in a region each worker adds in its own slices and has a share of its own.
final class LeafSums<S: MatrixElement>: @unchecked Sendable {
  /// Ranges of the flat buffers, ascending. Two lists hold the same range or ranges that do not meet.
  typealias Runs = [Range<Int>]

  /// What a worker's slices have.
  private final class Share {
    /// Where the sum of a level that waits has numbers.
    var waiting: [Runs]
    var sum: Runs = []

    init(levels: Int) { waiting = Array(repeating: [], count: levels) }
  }

  let store: ParameterStore<S>
  let precision: Precision
  private let leafCount: Int
  private let waiting: [AlignedBuffer<S>]
  /// Of each worker and part of the store.
  private let shares: [[Share]]
  /// Where there is a gradient, once all leaves are added.
  private(set) var runs: Runs = []
  /// Where tables are in the store.
  private let tables: Runs
  var hasTables: Bool { !tables.isEmpty }
  /// Where there is a gradient of tables, once all leaves are added.
  var tableRuns: Runs {
    runs.filter { run in tables.contains { $0.contains(run.lowerBound) } }
  }

  /// - Parameters:
  ///   - leaves: of which this process's are added here.
  ///   - parts: of the store, each of which is added for itself.
  init(_ store: ParameterStore<S>, _ leaves: Leaves, workers: Int, parts: Int) {
    self.store = store
    precision = leaves.sums
    leafCount = leaves.own.count
    let levels = leafCount.trailingZeroBitCount
    waiting = (0..<levels).map { _ in AlignedBuffer(count: store.count) }
    shares = (0..<workers).map { _ in (0..<parts).map { _ in Share(levels: levels) } }
    tables = store.parameters.filter { $0.role.isSparse }
      .map { $0.offset..<$0.offset + $0.count }
  }

  /// Adds leaves, whose sum in this worker's slices of a part is in the store. In a region.
  ///
  /// - Parameters:
  ///   - leaves: an aligned subtree of those of this process.
  ///   - runs: where they have numbers; empty: they have none.
  func add(_ leaves: Range<Int>, _ runs: Runs, part: Int, _ worker: Worker) {
    let share = shares[worker.index][part]
    let gradients = store.gradients.base
    let leaf = leaves.lowerBound
    var (sum, level) = (runs, leaves.count.trailingZeroBitCount)
    Self.round(sum, of: gradients, to: precision)
    while leaf >> level & 1 == 1 {
      sum = Self.add(share.waiting[level], of: waiting[level].base, to: gradients, sum)
      Self.round(sum, of: gradients, to: precision)
      level += 1
    }
    guard leaves.upperBound < leafCount else { return share.sum = sum }
    share.waiting[level] = sum
    for run in sum {
      (waiting[level].base + run.lowerBound)
        .update(from: gradients + run.lowerBound, count: run.count)
    }
  }

  /// Forms the sum of leaves that were recorded together, in this worker's slices of the store. In a region.
  ///
  /// - Parameter tree: of the leaves that have examples, counted from the first on the tape.
  /// - Returns: where it has numbers.
  func formSum(
    _ tree: LeafTree, of slices: [ParameterSlice<S>], on tape: Tape<S>, _ worker: Worker
  ) -> Runs {
    var runs = Runs()
    let copies = waiting.map(\.base)
    for slice in slices {
      if slice.parameter.role.isSparse {
        runs += formSum(tree, of: slice, in: store.gradients.base, waiting: 0, on: tape, worker)
        continue
      }
      if !tape.payProducts(slice, in: tree, rounding: precision, waiting: copies, worker) {
        slice.forEachPiece(elements: 1 << 18) {
          _ = formSum(tree, of: $0, in: store.gradients.base, waiting: 0, on: tape, worker)
        }
      }
      for block in slice.blocks { runs.append(slice.run(in: block)) }
    }
    return runs
  }

  /// - Parameters:
  ///   - target: where the sum is formed, laid out as the store.
  ///   - level: the first copy of it that may be used.
  private func formSum(
    _ tree: LeafTree, of slice: ParameterSlice<S>, in target: UnsafeMutablePointer<S>,
    waiting level: Int, on tape: Tape<S>, _ worker: Worker
  ) -> Runs {
    var runs = Runs()
    switch tree {
    case .leaf(let leaf):
      tape.payDebts(ofLeaf: leaf, slice, into: target + slice.parameter.offset, worker) {
        runs.append($0)
      }
    case .sum(let left, let right):
      let copy = waiting[level].base
      let own = formSum(left, of: slice, in: target, waiting: level, on: tape, worker)
      let others = formSum(right, of: slice, in: copy, waiting: level + 1, on: tape, worker)
      runs = Self.add(others, of: copy, to: target, own)
    }
    Self.round(runs, of: target, to: precision)
    return runs
  }

  /// Rounds what `target` has at `runs`.
  static func round(_ runs: Runs, of target: UnsafeMutablePointer<S>, to precision: Precision) {
    guard precision == .bf16 else { return }
    for run in runs { BFloat16.round(target + run.lowerBound, count: run.count) }
  }

  /// Takes note of where there are gradients. Between regions, once all leaves are added.
  func finish() {
    // Slices of different workers alternate in a parameter that has gates.
    runs = shares.joined().flatMap(\.sum).sorted { $0.lowerBound < $1.lowerBound }
  }

  /// Replaces the sum: by one that other processes have added to.
  func replace(_ runs: Runs) { self.runs = runs }

  /// Adds what `source` has to `target`, and gives where the sum has numbers.
  static func add(
    _ others: Runs, of source: UnsafePointer<S>, to target: UnsafeMutablePointer<S>, _ own: Runs
  ) -> Runs {
    var sum = Runs()
    sum.reserveCapacity(own.count + others.count)
    var (i, j) = (0, 0)
    while i < own.count || j < others.count {
      let isOwn = j == others.count || i < own.count && own[i].lowerBound <= others[j].lowerBound
      let isOther = i == own.count || j < others.count && others[j].lowerBound <= own[i].lowerBound
      let run = isOwn ? own[i] : others[j]
      if isOwn && isOther {
        Rows.addRow(source + run.lowerBound, to: target + run.lowerBound, count: run.count)
      } else if isOther {
        (target + run.lowerBound).update(from: source + run.lowerBound, count: run.count)
      }
      sum.append(run)
      if isOwn { i += 1 }
      if isOther { j += 1 }
    }
    return sum
  }

  /// Calls `body` with the ranges in which `slice` has a gradient.
  func forEachRun(of slice: ParameterSlice<S>, _ body: (Range<Int>) -> Void) {
    for block in slice.blocks {
      let range = slice.run(in: block)
      var place = first(endingAfter: range.lowerBound)
      while place < runs.count, runs[place].lowerBound < range.upperBound {
        body(runs[place].clamped(to: range))
        place += 1
      }
    }
  }

  private func first(endingAfter element: Int) -> Int {
    var (low, high) = (0, runs.count)
    while low < high {
      let middle = (low + high) / 2
      if runs[middle].upperBound <= element { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
