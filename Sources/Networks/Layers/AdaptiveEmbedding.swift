import Autodiff
import Compute
import Parallel

/// Vectors by id of a large vocabulary: those of frequent tokens are kept at full width, those of each cluster
/// of rarer ones narrower and narrower, and all are projected to one size. Ids are ranks.
///
/// - `e(v) = P₀ · T₀[v]` of the shortlist, `e(v) = Pᵢ · Tᵢ[v - first of i]` of the i-th cluster
/// - T₀ `[shortlist, size]`, P₀ `[size, size]`, Tᵢ `[members, width]`, Pᵢ `[size, width]`
///
/// Names: `NAME.i.0.weight` for Tᵢ and `NAME.i.1.weight` for Pᵢ, as fairseq has them. Tied to an adaptive
/// softmax, T₀ is the first rows of its head, Tᵢ are its outputs and Pᵢ its projections, transposed; P₀, which
/// it has not, is the only matrix of its own.
///
/// Where clusters are as wide as the rest there are no projections, and the tables are one in pieces.
///
/// Source: Baevski & Auli, "Adaptive Input Representations for Neural Language Modeling" (2019).
///
/// `@unchecked Sendable`: what belongs to a minibatch is written when it is recorded, outside regions.
final class AdaptiveEmbedding<S: MatrixElement>: @unchecked Sendable {
  private let clusters: VocabularyClusters
  /// The shortlist, then the clusters.
  private let bands: [Band]

  private struct Band {
    let table: LookUpTable<S>
    let projection: PackedParameter<S>?
    /// Whether the projection is an output layer's, down to the width of the band.
    let isTransposed: Bool
    let members = ClusterMembers()
  }

  /// Declares tables and projections.
  init(
    _ name: String, _ clusters: VocabularyClusters, size: Int, scheme: InitializationScheme,
    precision: Precision, in store: ParameterStore<S>
  ) {
    precondition(clusters.tokens == nil, "ids are no ranks")
    self.clusters = clusters
    let widths =
      [size]
      + clusters.cutoffs.indices.map { clusters.width(ofCluster: $0, inputSize: size) }
    let ranges = [0..<clusters.shortlist] + clusters.ranges
    bands = zip(ranges, widths).enumerated().map { index, band in
      Band(
        table: LookUpTable(
          "\(name).\(index).0", count: band.0.count, size: band.1, scheme: scheme, in: store),
        projection: clusters.hasProjections
          ? Self.projection("\(name).\(index)", size, from: band.1, scheme, precision, store) : nil,
        isTransposed: false)
    }
  }

  /// Shares what an output layer has, and declares the rest.
  init(
    _ name: String, tiedTo output: AdaptiveSoftmax<S>, scheme: InitializationScheme,
    precision: Precision, in store: ParameterStore<S>
  ) {
    clusters = output.clusters
    precondition(clusters.tokens == nil, "ids are no ranks")
    let head = output.head.weight.parameter
    let first = Band(
      table: LookUpTable(in: head),
      projection: clusters.hasProjections
        ? Self.projection("\(name).0", head.columns, from: head.columns, scheme, precision, store)
        : nil,
      isTransposed: false)
    bands =
      [first]
      + output.tails.map {
        Band(
          table: LookUpTable(in: $0.output.parameter), projection: $0.projection,
          isTransposed: true)
      }
  }

  private static func projection(
    _ name: String, _ size: Int, from width: Int, _ scheme: InitializationScheme,
    _ precision: Precision, _ store: ParameterStore<S>
  ) -> PackedParameter<S> {
    PackedParameter(
      store.add(
        "\(name).1.weight", shape: [size, width], role: .matrix,
        initializer: scheme.linear(inputSize: width).weight), precision: precision, in: store)
  }

  /// Elements of the matrix that frequent tokens meet; the others' are no more.
  var matrixElements: Int { bands[0].projection?.parameter.count ?? 0 }

  /// Records the vectors of `ids`, one id a token, which must stay until the region has run.
  ///
  /// - Parameter dropout: share of the vocabulary dropped in training.
  func record(
    _ ids: UnsafeBufferPointer<Int32>, plan: RowPlan, dropout: Double, on tape: Tape<S>
  ) -> Variable<S> {
    divide(ids)
    let parts = bands.compactMap { band -> (Variable<S>, UnsafeBufferPointer<Int32>)? in
      let members = band.members
      guard members.count > 0 else { return nil }
      let rows = band.table.record(
        members.ids, plan: tape.plan(SequenceLayout(rows: members.count, steps: 1)),
        dropout: dropout, on: tape)
      let vectors = band.projection.map {
        band.isTransposed ? tape.linear(rows, transposed: $0) : tape.linear(rows, weight: $0)
      }
      return (vectors ?? rows, members.tokens)
    }
    return tape.merged(parts, plan: plan)
  }

  /// Sorts the tokens of a minibatch by band.
  private func divide(_ ids: UnsafeBufferPointer<Int32>) {
    for band in bands { band.members.removeAll() }
    let firsts = [0] + clusters.cutoffs
    for (token, id) in ids.enumerated() {
      let band = firsts.lastIndex { $0 <= Int(id) } ?? 0
      bands[band].members.append(Int32(token), id: id - Int32(firsts[band]))
    }
  }
}
