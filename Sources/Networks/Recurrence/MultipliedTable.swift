import Autodiff
import Compute

/// What a recurrent layer reads.
///
/// `@unchecked Sendable`: ids are written before the region that reads them.
enum RecurrenceInput<S: MatrixElement>: @unchecked Sendable {
  /// `[tokens, input]`.
  case variable(Consumer<S>)
  /// One id a token, looked up in a table that is multiplied already.
  case tokens(UnsafePointer<Int32>, TokenIndex, MultipliedTable<S>)
}

/// An embedding table multiplied with a recurrent layer's input weights: `P = table · W_ihᵀ + b`,
/// one row an id.
///
/// A vocabulary is often far smaller than a minibatch. Then it is cheaper to multiply every id once
/// an update than every token: the layer's three input products (forward, dX and dW) shrink from
/// tokens to ids. The values are the very same bits as those of the embedding followed by the input
/// product, since a row of a product does not depend on its neighbours; gradients are summed over
/// the tokens of an id first.
package final class MultipliedTable<S: MatrixElement>: Derived {
  let table: Parameter<S>
  let layer: RecurrentLayer<S>
  /// One a stage of the cell that reads the input: `[ids, gates of the stage]`, in panel order.
  private let products: [OwnedMatrix<S>?]
  private let precision: Precision
  /// One a group of rows; a worker takes that of its first group, which is nobody else's: hence unsafe.
  nonisolated(unsafe) private let scratches: [ProductScratch]

  /// - Parameter table: `[ids, layer.inputSize]`.
  package init(
    _ table: Parameter<S>, _ layer: RecurrentLayer<S>, precision: Precision,
    in store: ParameterStore<S>
  ) {
    precondition(table.columns == layer.inputSize)
    self.table = table
    self.layer = layer
    self.precision = precision
    scratches = (0..<table.layout.groupCount).map { _ in ProductScratch() }
    products = layer.stages.map { stage in
      guard stage.input != nil else { return nil }
      return OwnedMatrix(rows: table.rows, columns: stage.layout.columnCount)
    }
    store.add(derived: self)
  }

  package var order: DerivationOrder { .fromDerived }
  /// Each row can be multiplied on its own; a part is 16 of them.
  package var partCount: Int { table.layout.groupCount }
  package var byteCount: Int { products.reduce(0) { $0 + ($1?.byteCount ?? 0) } }

  package func derive(parts: Range<Int>) {
    let lane = PanelLayout.lane
    let rows = parts.lowerBound * lane..<min(parts.upperBound * lane, table.rows)
    guard !rows.isEmpty else { return }
    let scratch = scratches[parts.lowerBound]
    for (stage, product) in zip(layer.stages, products) {
      guard let product = product?.matrix, let bias = stage.bias, let weights = stage.input?.forward
      else {
        continue
      }
      bias.write(to: product, rows)
      weights.multiply(
        rows: rows.count,
        LeftOperand(
          table.value + rows.lowerBound * table.columns, stride: table.columns, rows: rows.count,
          depth: table.columns, precision: precision, scratch: scratch),
        into: product.row(rows.lowerBound), stride: product.stride, adding: true)
    }
  }

  /// Writes the pre-activations, those in `columns`, of the tokens in `range`.
  func lookUp(
    _ ids: UnsafePointer<Int32>, _ range: Range<Int>, columns: Range<Int>, stage: Int,
    into gates: Matrix<S>
  ) {
    guard let product = products[stage]?.matrix else { return }
    let (first, count) = (columns.lowerBound, columns.count)
    for token in range {
      (gates.row(token) + first).update(from: product.row(Int(ids[token])) + first, count: count)
    }
  }

  /// `dP = Σ dG` by id, `dW_ih = dPᵀ · table`, `dTable = dP · W_ih`.
  ///
  /// - Parameter rows: the leaves of the tokens.
  func oweGradients(
    of gates: Matrix<S>, stage: Int, tokens: TokenIndex, rows: LeafRows?, on tape: Tape<S>
  ) {
    guard tape.isTraining, let input = layer.stages[stage].input else { return }
    let blocks = layer.stages[stage].description.blocks
    // As many for each leaf.
    let count = table.rows * (rows?.present.count ?? 1)
    let dp = tape.arena.matrix(rows: count, columns: gates.columns)
    tape.ledger.add(
      TokenSum(of: gates, by: tokens, leaves: rows, into: dp, blocks: blocks),
      with: layer.weightIH)
    tape.owe(
      .tableProduct(dy: dp, table: table, blocks: blocks), to: layer.weightIH, rows: rows)
    tape.owe(
      .multiplied(
        dp: dp, weight: input.backward,
        product: tape.arena.matrix(rows: count, columns: table.columns)), to: table, rows: rows)
  }
}
