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

/// Cuts all parameters into contiguous, equally costly shares, one a worker.
///
/// Which worker owns a group depends on the team; what happens to a group does not.
package struct ParameterSlices<S: MatrixElement>: Sendable {
  package let groupCount: Int
  private let shares: [[ParameterSlice<S>]]

  package init(_ store: ParameterStore<S>, workers: Int) {
    let groups = store.parameters.flatMap { parameter in
      (0..<parameter.layout.groupCount).map { (parameter, $0) }
    }
    groupCount = groups.count
    let total = groups.reduce(0) { $0 + Self.cost($1.0) }
    var shares = [[ParameterSlice<S>]](repeating: [], count: workers)
    var spent = 0.0
    for (number, (parameter, group)) in groups.enumerated() {
      let cost = Self.cost(parameter)
      let worker = min(workers - 1, Int((spent + cost / 2) / total * Double(workers)))
      spent += cost
      if let last = shares[worker].last, last.parameter === parameter {
        shares[worker][shares[worker].count - 1] = ParameterSlice(
          parameter: parameter, groups: last.groups.lowerBound..<group + 1,
          firstGroup: last.firstGroup)
      } else {
        shares[worker].append(
          ParameterSlice(parameter: parameter, groups: group..<group + 1, firstGroup: number))
      }
    }
    self.shares = shares
  }

  package subscript(worker: Int) -> [ParameterSlice<S>] { shares[worker] }

  /// Relative time for one group: a product touches every element once a token, a table only the
  /// rows looked up; all are stepped by the optimizer once.
  private static func cost(_ parameter: Parameter<S>) -> Double {
    let elements = Double(parameter.layout.blocks * PanelLayout.lane * parameter.columns)
    switch parameter.role {
    case .matrix: return elements
    case .bias: return elements * 4
    case .vocabulary: return elements * 0.1
    case .table: return elements * 0.02
    // A minibatch touches as many, however large it is.
    case .features: return 2e5 / Double(parameter.layout.groupCount)
    }
  }
}
