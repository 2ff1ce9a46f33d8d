import Interchange
import Networks

extension NetworkGraph {
  /// Vectors of ids, of an adaptive embedding `NAME`: each token's is of one of all bands, which are all read.
  ///
  /// - Parameter isTied: whether its matrices are those of an adaptive output.
  func embedding(
    _ ids: ONNXValue, _ name: String, _ clusters: VocabularyClusters, isTied: Bool
  ) -> ONNXValue {
    let ranges = [0..<clusters.shortlist] + clusters.ranges
    let vectors = ranges.enumerated().map { index, range in
      let table =
        !isTied
        ? "\(name).\(index).0.weight"
        : index == 0 ? "output.head.weight" : "output.tail.\(index - 1).1.weight"
      let place = builder.node("Sub", ids, builder.integer(range.lowerBound))
      let rows = builder.gathered(
        weight(table),
        builder.node(
          "Min", builder.node("Max", place, builder.integer(0)), builder.integer(range.count - 1)))
      guard clusters.hasProjections else { return rows }
      return isTied && index > 0
        ? builder.matrixProduct(rows, weight("output.tail.\(index - 1).0.weight"))
        : product(rows, "\(name).\(index).1.weight")
    }
    // From the rarest on: whoever is more frequent than all of a band has not its vector.
    return zip(clusters.cutoffs, vectors).reversed().reduce(vectors[vectors.count - 1]) {
      let isBefore = builder.node("Less", ids, builder.integer($1.0))
      return builder.chosen(builder.unsqueezed(isBefore, -1), $1.1, $0)
    }
  }
}
