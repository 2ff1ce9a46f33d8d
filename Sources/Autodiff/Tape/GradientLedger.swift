import Compute
import Parallel

/// What a parameter's gradient is made of, recorded while rows are worked on and paid when all
/// rows are done.
public enum Debt<S: Real> {
  /// `dW += dYᵀ · X`, one long product over all tokens, for the rows of W in `blocks` (nil: all).
  case product(dy: RowSource<S>, x: RowSource<S>, blocks: Range<Int>? = nil)
  /// `db += Σ dY`, in token order, for the rows of b in `blocks` (nil: all).
  case sum(dy: RowSource<S>, blocks: Range<Int>? = nil)
  /// `dTable[id] += Σ dY[token]` over the tokens that looked `id` up, in token order.
  case scatter(dy: Matrix<S>, tokens: TokenIndex)

  var blocks: Range<Int>? {
    switch self {
    case .product(_, _, let blocks), .sum(_, let blocks): blocks
    case .scatter: nil
    }
  }
}

/// The products and sums that operations owe to parameters.
///
/// Each element of a gradient is formed by one worker, in one order: debts as recorded, tokens as
/// they stand in the minibatch. So the bits do not depend on the number of workers, no gradient is
/// kept twice, and nothing is atomic.
///
/// `@unchecked Sendable`: debts are recorded outside parallel regions and only read inside.
public final class GradientLedger<S: Real>: @unchecked Sendable {
  private var debts: [Int: [Debt<S>]] = [:]
  public var precision = Precision.f32

  public init() {}

  public func removeAll() { debts.removeAll(keepingCapacity: true) }

  public func owe(_ debt: Debt<S>, to parameter: Parameter<S>) {
    debts[parameter.index, default: []].append(debt)
  }

  /// Overwrites the gradient of `slice` with all that is owed to it.
  public func pay(_ slice: ParameterSlice<S>, scratch: ProductScratch) {
    let parameter = slice.parameter
    guard let owed = debts[parameter.index] else {
      for run in slice.runs {
        (parameter.gradient - parameter.offset + run.lowerBound)
          .update(repeating: 0, count: run.count)
      }
      return
    }
    // The first debt to a block overwrites it, the later ones add.
    var isWritten = [Bool](repeating: false, count: parameter.layout.blocks)
    for debt in owed {
      let blocks = debt.blocks ?? 0..<parameter.layout.blocks
      let adding = isWritten[blocks.lowerBound]
      for block in blocks { isWritten[block] = true }
      let layout = PanelLayout(blocks: blocks.count, units: parameter.layout.units)
      let target =
        parameter.gradient + blocks.lowerBound * parameter.layout.units * parameter.columns
      switch debt {
      case .product(let dy, let x, _):
        OuterProduct<S>(layout: layout, columnCount: parameter.columns, precision: precision)
          .compute(
            groups: slice.groups, gradients: dy, inputs: x, into: target, adding: adding,
            scratch: scratch)
      case .sum(let dy, _):
        columnSums(of: dy, layout: layout, groups: slice.groups, into: target, adding: adding)
      case .scatter(let dy, let tokens):
        scatter(dy, tokens, slice: slice, adding: adding)
      }
    }
    precondition(isWritten.allSatisfy(\.self), "\(parameter.name): a block has no gradient")
  }

  private func scatter(
    _ dy: Matrix<S>, _ tokens: TokenIndex, slice: ParameterSlice<S>, adding: Bool
  ) {
    let parameter = slice.parameter
    let columns = parameter.columns
    let lane = PanelLayout.lane
    let ids = slice.groups.lowerBound * lane..<min(slice.groups.upperBound * lane, parameter.rows)
    for id in ids {
      let row = parameter.gradient + id * columns
      if !adding { row.update(repeating: 0, count: columns) }
      for token in tokens.tokens(of: id) { addRow(dy.row(Int(token)), to: row, count: columns) }
    }
  }
}

/// For every id, the tokens that carry it, in token order: a counting sort, made once a minibatch.
///
/// `@unchecked Sendable`: filled outside parallel regions, only read inside.
public final class TokenIndex: @unchecked Sendable {
  private var starts: [Int32]
  private var order: [Int32] = []

  public init(idCount: Int) { starts = Array(repeating: 0, count: idCount + 1) }

  /// Sorts `ids[token]` by id, keeping token order. Cost: O(tokens + ids), no allocation once the
  /// largest minibatch has been seen.
  public func fill(_ ids: UnsafeBufferPointer<Int32>) {
    if order.count < ids.count { order = Array(repeating: 0, count: ids.count) }
    for index in starts.indices { starts[index] = 0 }
    for id in ids { starts[Int(id) + 1] += 1 }
    for index in 1..<starts.count { starts[index] += starts[index - 1] }
    // `starts[id]` walks to the end of its run and is moved back one place afterwards.
    for (token, id) in ids.enumerated() {
      order[Int(starts[Int(id)])] = Int32(token)
      starts[Int(id)] += 1
    }
    for index in stride(from: starts.count - 1, to: 0, by: -1) { starts[index] = starts[index - 1] }
    starts[0] = 0
  }

  public func tokens(of id: Int) -> ArraySlice<Int32> {
    order[Int(starts[id])..<Int(starts[id + 1])]
  }
}
