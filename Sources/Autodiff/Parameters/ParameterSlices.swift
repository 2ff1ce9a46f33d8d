import Compute

/// A run of groups of one parameter that one worker owns: it forms their gradient, steps them, and
/// nobody else writes them.
package struct ParameterSlice<S: MatrixElement>: Sendable {
  package let parameter: Parameter<S>
  package let groups: Range<Int>
  /// Number of the first group among all groups of the store, in store order.
  package let firstGroup: Int

  /// The same slice in pieces of about `elements` elements, at least one group each.
  package func forEachPiece(elements: Int, _ body: (ParameterSlice) -> Void) {
    let group = parameter.layout.blocks * PanelLayout.lane * parameter.columns
    let step = max(1, elements / group)
    for start in stride(from: groups.lowerBound, to: groups.upperBound, by: step) {
      body(
        ParameterSlice(
          parameter: parameter, groups: start..<min(start + step, groups.upperBound),
          firstGroup: firstGroup + start - groups.lowerBound))
    }
  }

  /// The group of the slice that has a row of a table, counted from its first.
  ///
  /// - Parameter row: its range in the store's flat buffers.
  package func place(of row: Range<Int>) -> Int {
    (row.lowerBound - parameter.offset) / (PanelLayout.lane * parameter.columns)
      - groups.lowerBound
  }

  /// Gates that stand below each other in the parameter: each holds one run of the slice.
  package var blocks: Range<Int> { 0..<parameter.layout.blocks }

  /// The range in the store's flat buffers that the slice owns in `block`.
  package func run(in block: Int) -> Range<Int> {
    let run = parameter.run(ofGroups: groups, block: block)
    return parameter.offset + run.lowerBound..<parameter.offset + run.upperBound
  }
}

/// Cuts all parameters, or each part of them, into contiguous, equally costly shares, one a worker.
///
/// Which worker owns a group depends on the team; what happens to a group does not.
package struct ParameterSlices<S: MatrixElement>: Sendable {
  /// Some groups of a parameter.
  package typealias Piece = (parameter: Parameter<S>, groups: Range<Int>)

  package let groupCount: Int
  /// Of each worker.
  private let shares: [[ParameterSlice<S>]]
  /// Of each part and worker.
  private let sharesOfParts: [[[ParameterSlice<S>]]]

  /// - Parameter parts: of the store, each of which is cut for itself, and all of which make the whole; nil:
  ///   the whole is one.
  package init(_ store: ParameterStore<S>, workers: Int, parts: [[Piece]]? = nil) {
    var (count, firstGroups) = (0, [Int]())
    for parameter in store.parameters {
      firstGroups.append(count)
      count += parameter.layout.groupCount
    }
    groupCount = count
    let whole = store.parameters.map { (parameter: $0, groups: 0..<$0.layout.groupCount) }
    sharesOfParts = (parts ?? [whole]).map {
      Self.shares(of: $0, workers: workers, firstGroups: firstGroups)
    }
    let ofParts = sharesOfParts
    shares = (0..<workers).map { worker in ofParts.flatMap { $0[worker] } }
  }

  private static func shares(
    of part: [Piece], workers: Int, firstGroups: [Int]
  ) -> [[ParameterSlice<S>]] {
    let groups = part.flatMap { piece in piece.groups.map { (piece.parameter, $0) } }
    let total = groups.reduce(0) { $0 + Self.cost($1.0) }
    var shares = [[ParameterSlice<S>]](repeating: [], count: workers)
    var spent = 0.0
    for (parameter, group) in groups {
      let cost = Self.cost(parameter)
      let worker = min(workers - 1, Int((spent + cost / 2) / total * Double(workers)))
      spent += cost
      if let last = shares[worker].last, last.parameter === parameter {
        shares[worker][shares[worker].count - 1] = ParameterSlice(
          parameter: parameter, groups: last.groups.lowerBound..<group + 1,
          firstGroup: last.firstGroup)
      } else {
        shares[worker].append(
          ParameterSlice(
            parameter: parameter, groups: group..<group + 1,
            firstGroup: firstGroups[parameter.index] + group))
      }
    }
    return shares
  }

  package var parts: Range<Int> { sharesOfParts.indices }
  package subscript(worker: Int) -> [ParameterSlice<S>] { shares[worker] }
  /// What a worker has of a part.
  package subscript(part: Int, worker: Int) -> [ParameterSlice<S>] { sharesOfParts[part][worker] }

  /// What of the time for a matrix its step takes, not its product over all tokens.
  private static var stepShare: Double { 0.1 }

  /// Relative time for one group: a product touches every element once a token, a table only the
  /// rows looked up; all are stepped by the optimizer once.
  private static func cost(_ parameter: Parameter<S>) -> Double {
    let elements = Double(parameter.layout.blocks * PanelLayout.lane * parameter.columns)
    switch parameter.role {
    case .matrix: return elements * (Self.stepShare + (1 - Self.stepShare) * parameter.tokenShare)
    case .bias: return elements * 4
    case .vocabulary: return elements * 0.1
    // A minibatch touches as many entries, however many there are.
    case .table:
      return min(
        elements * 0.02, Double(200 * parameter.columns) / Double(parameter.layout.groupCount))
    case .features: return 2e5 / Double(parameter.layout.groupCount)
    }
  }
}
