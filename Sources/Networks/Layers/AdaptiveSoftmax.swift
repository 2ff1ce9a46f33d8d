import Autodiff
import Compute
import Parallel

/// An output layer for a large vocabulary: the head tells frequent tokens apart, and clusters of the
/// others from each other; only tokens of a cluster are multiplied with the cluster's weights.
///
/// Of a token of rank v:
///
/// - `p(v) = softmax(H · x + b)[v]` of the shortlist
/// - `p(v) = softmax(H · x + b)[shortlist + i] · softmax(Oᵢ · Pᵢ · x)[v - first of i]` of cluster i
/// - H `[shortlist + clusters, in]`, Pᵢ `[width of i, in]`, Oᵢ `[members of i, width of i]`
///
/// Names are those of `torch.nn.AdaptiveLogSoftmaxWithLoss` with `head_bias`: `NAME.head.weight`,
/// `NAME.tail.0.0.weight` for P₀, `NAME.tail.0.1.weight` for O₀.
///
/// Source: Grave et al., "Efficient softmax approximation for GPUs" (2017). Without projections, where clusters
/// are as wide as the head (then there is no Pᵢ), and with clusters of equal size it is the class-based output
/// of Goodman (2001) and Mikolov et al. (2011).
///
/// `@unchecked Sendable`: what belongs to a minibatch is written when it is recorded, outside regions.
package final class AdaptiveSoftmax<S: MatrixElement>: @unchecked Sendable {
  package let clusters: VocabularyClusters
  let head: LinearLayer<S>
  let tails: [Tail]
  /// Of each token; nil where it is the token itself.
  private let ranks: [Int32]?
  private var headTargets = GrowingIDs()

  struct Tail {
    /// Nil where the cluster is as wide as what is read.
    let projection: PackedParameter<S>?
    let output: PackedParameter<S>
    let members = ClusterMembers()
  }

  init(
    _ name: String, inputSize: Int, _ clusters: VocabularyClusters, scheme: InitializationScheme,
    precision: Precision, in store: ParameterStore<S>
  ) {
    self.clusters = clusters
    ranks = clusters.ranks
    head = LinearLayer(
      "\(name).head", inputSize: inputSize,
      outputSize: clusters.shortlist + clusters.cutoffs.count, scheme: scheme,
      precision: precision, in: store)
    tails = clusters.ranges.enumerated().map { index, range in
      let width = clusters.width(ofCluster: index, inputSize: inputSize)
      func matrix(_ layer: Int, _ rows: Int, _ columns: Int) -> PackedParameter<S> {
        PackedParameter(
          store.add(
            "\(name).tail.\(index).\(layer).weight", shape: [rows, columns], role: .matrix,
            initializer: scheme.linear(inputSize: columns).weight,
            tokenShare: clusters.expectedShare(ofCluster: index)),
          precision: precision, in: store)
      }
      return Tail(
        projection: clusters.hasProjections ? matrix(0, width, inputSize) : nil,
        output: matrix(1, range.count, width))
    }
  }

  /// Elements of the matrices that every token meets: a cluster's are met by its own tokens only.
  var matrixElements: Int { head.weight.parameter.count }

  /// Sorts the tokens of a minibatch by cluster.
  ///
  /// - Returns: what the head is asked for of each token; -1 where there is no target.
  fileprivate func divide(_ targets: UnsafeBufferPointer<Int32>) -> UnsafeBufferPointer<Int32> {
    for tail in tails { tail.members.removeAll() }
    headTargets.removeAll()
    let (ranges, shortlist) = (clusters.ranges, clusters.shortlist)
    for (token, target) in targets.enumerated() {
      let rank = target < 0 ? target : ranks?[Int(target)] ?? target
      guard Int(rank) >= shortlist else {
        headTargets.append(rank)
        continue
      }
      guard let cluster = ranges.firstIndex(where: { Int(rank) < $0.upperBound }) else {
        preconditionFailure("target \(target) of \(clusters.vocabularySize) tokens")
      }
      headTargets.append(Int32(shortlist + cluster))
      tails[cluster].members.append(
        Int32(token), id: rank - Int32(ranges[cluster].lowerBound))
    }
    return headTargets.elements
  }
}

extension Tape {
  /// Records output layer and loss, `-ln p(target)` of each token.
  ///
  /// Tokens of a cluster become rows of their own, in token order, and are divided among the workers
  /// anew; the rest is a projection and a softmax as any other.
  ///
  /// - Parameter targets: below the size of the vocabulary; -1 for tokens that do not count.
  func adaptiveSoftmax(
    _ x: Variable<S>, targets: UnsafeBufferPointer<Int32>, _ layer: AdaptiveSoftmax<S>,
    scale: Double
  ) -> TokenLoss<S> {
    let headTargets = layer.divide(targets)
    let parts = layer.tails.compactMap { tail -> TokenLoss<S>.Part? in
      let members = tail.members
      guard members.count > 0 else { return nil }
      let rows = gathered(
        x, rows: members.tokens, readers: members.readers,
        plan: plan(SequenceLayout(rows: members.count, steps: 1)))
      let loss = softmaxCrossEntropy(
        narrowed(rows, for: tail), targets: members.ids, weight: tail.output,
        scale: scale)
      return TokenLoss.Part(loss: loss, tokens: members.tokens)
    }
    return TokenLoss(
      softmaxCrossEntropy(x, targets: headTargets, layer.head, scale: scale), parts: parts)
  }

  /// Records the log-probabilities `[rows, vocabulary]`.
  func logProbabilities(_ x: Variable<S>, _ layer: AdaptiveSoftmax<S>) -> Variable<S> {
    clusterLogProbabilities(
      head: linear(x, layer.head),
      clusters: layer.tails.map { linear(narrowed(x, for: $0), weight: $0.output) },
      tokens: layer.clusters.tokens)
  }

  private func narrowed(_ x: Variable<S>, for tail: AdaptiveSoftmax<S>.Tail) -> Variable<S> {
    tail.projection.map { linear(x, weight: $0) } ?? x
  }
}

/// The tokens of a minibatch that belong to a cluster.
///
/// `@unchecked Sendable`: as its owner.
final class ClusterMembers: @unchecked Sendable {
  private var places = GrowingIDs()
  private var numbers = GrowingIDs()
  let readers = TokenIndex()

  /// Where they stand in the minibatch.
  var tokens: UnsafeBufferPointer<Int32> { places.elements }
  /// Which of the cluster they are.
  var ids: UnsafeBufferPointer<Int32> { numbers.elements }
  var count: Int { places.elements.count }

  func removeAll() {
    places.removeAll()
    numbers.removeAll()
  }

  func append(_ token: Int32, id: Int32) {
    places.append(token)
    numbers.append(id)
  }
}
