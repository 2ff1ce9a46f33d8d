import Compute

/// Log-probabilities of a whole vocabulary that is divided into a shortlist and clusters.
///
/// - head `[rows, shortlist + clusters]`, cluster i `[rows, members of i]`, Y `[rows, vocabulary]`
/// - `Y[v] = ln softmax(head)[v]` of the shortlist, `ln softmax(head)[shortlist + i] +
///   ln softmax(cluster i)[v]` of the others, v the token's rank
///
/// To draw and to search with, where nothing is learnt: it has no gradient.
struct ClusterLogProbabilities<S: MatrixElement>: TapeOperation {
  let head: Consumer<S>
  let clusters: [Consumer<S>]
  let y: Variable<S>
  /// Of each rank; nil where tokens are in the order of ranks.
  let tokens: [Int32]?

  var isTokenwise: Bool { true }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ lane: Lane<S>) {
    let shortlist = head.value.columns - clusters.count
    for range in y.ranges(of: lane) {
      for row in range {
        let (logits, target) = (head.value.row(row), y.value.row(row))
        let sum = logSumExp(logits, head.value.columns)
        for rank in 0..<shortlist { target[token(rank)] = logits[rank] - sum }
        var first = shortlist
        for (number, cluster) in clusters.enumerated() {
          let (members, count) = (cluster.value.row(row), cluster.value.columns)
          let shift = logits[shortlist + number] - sum - logSumExp(members, count)
          for member in 0..<count { target[token(first + member)] = members[member] + shift }
          first += count
        }
      }
    }
  }

  func backward(_ lane: Lane<S>) {}

  private func token(_ rank: Int) -> Int { if let tokens { Int(tokens[rank]) } else { rank } }

  private func logSumExp(_ logits: UnsafeMutablePointer<S>, _ count: Int) -> S {
    Rows.softmaxCrossEntropy(logits: logits, count: count, target: 0, scale: 0) + logits[0]
  }
}

extension Tape {
  /// Records the log-probabilities of a vocabulary from the logits of its shortlist and clusters.
  ///
  /// - Parameter tokens: of each rank; nil where tokens are in the order of ranks.
  package func clusterLogProbabilities(
    head: Variable<S>, clusters: [Variable<S>], tokens: [Int32]? = nil
  ) -> Variable<S> {
    precondition(!isTraining, "log-probabilities of clusters have no gradient")
    let columns = clusters.reduce(head.columns - clusters.count) { $0 + $1.columns }
    let y = variable(columns: columns, plan: head.plan, extent: head.extent, needsGradient: false)
    record(
      ClusterLogProbabilities(
        head: head.consumed(), clusters: clusters.map { $0.consumed() }, y: y,
        tokens: tokens))
    return y
  }
}
