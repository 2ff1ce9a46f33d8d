import Compute
import Parallel

/// Output layer and loss of a tree of decisions: `-ln p(target)`, where each node on the way from the root to
/// the target goes right with probability `σ(s_n)`, `s_n = W_n · x + b_n`, with features also what they add.
///
/// - X `[rows, in]`, W `[nodes, in]` and b `[nodes]`, tables of which only nodes on some way have a gradient
/// - loss: `scale · Σ` over rows
/// - backward: `dX = Σ ds_n · W_n` over the nodes on the way; owes `dW_n = Σ ds_n · x` and `db_n = Σ ds_n` by
///   rows
///
/// Exact, at the cost of a dot product a decision, some log₂ of the classes.
///
/// Source: Morin & Bengio, "Hierarchical Probabilistic Neural Network Language Model" (2005); with a tree by
/// frequency Mikolov et al. (2013).
struct TreeLoss<S: MatrixElement>: TapeOperation {
  let x: Consumer<S>
  let losses: Matrix<S>
  let table: Parameter<S>
  let bias: Parameter<S>
  /// Of nodes.
  let features: HashedFeatures<S>?
  let ways: TreeWays
  /// ds of each decision.
  let gradients: UnsafeMutablePointer<S>
  let scale: Double

  var isLoss: Bool { true }
  var isTokenwise: Bool { true }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ lane: Lane<S>) {
    let isSoleReader = x.variable.consumerCount == 1
    let (columns, bias) = (table.columns, UnsafePointer(bias.value))
    let weights = features.map { UnsafePointer($0.table.value) }
    for range in x.variable.ranges(of: lane) {
      for row in range {
        let input = x.value.row(row)
        var loss = 0.0
        forEachFour(ways.decisions(ofRow: row)) { places, rows in
          let products = Rows.dotProducts(input, rows, count: columns)
          for place in places {
            let node = Int(ways.nodes[place])
            var s = products[place - places.lowerBound] + bias[node]
            if let features, let weights {
              s += features.sum(of: weights, row: row, output: node)
            }
            let isRight = ways.sides[place] == 1
            // ln(1 + e^∓s), of which no finite s overflows.
            let power = Scalar.exp(-abs(Double(s)))
            loss += max(isRight ? -Double(s) : Double(s), 0) + Scalar.log(1 + power)
            let right = (s < 0 ? power : 1) / (1 + power)
            gradients[place] = S(scale * (right - (isRight ? 1 : 0)))
          }
        }
        losses[row, 0] = S(loss)
        if isSoleReader { propagate(row) }
      }
    }
  }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func backward(_ lane: Lane<S>) {
    guard x.variable.consumerCount > 1 else { return }
    for range in x.variable.ranges(of: lane) { for row in range { propagate(row) } }
  }

  private func propagate(_ row: Int) {
    guard let dx = x.gradient else { return }
    let (target, columns) = (dx.row(row), table.columns)
    if !x.isAdding { target.clear(count: dx.paddedColumns) }
    forEachFour(ways.decisions(ofRow: row)) { places, rows in
      guard places.count < 4 else {
        let first = gradients + places.lowerBound
        Rows.addRows(
          rows, scaledBy: SIMD4(first[0], first[1], first[2], first[3]), to: target, count: columns)
        return
      }
      for place in places {
        Rows.addRow(
          place == places.lowerBound ? rows.0 : place == places.lowerBound + 1 ? rows.1 : rows.2,
          scaledBy: gradients[place], to: target, count: columns)
      }
    }
  }

  /// Calls `body` with the nodes of four decisions at a time: their places, fewer at the end, and their rows of W,
  /// the last one again where there are fewer.
  @inline(__always)
  private func forEachFour(
    _ decisions: Range<Int>, _ body: (Range<Int>, Rows.FourRows<S>) -> Void
  ) {
    let (weights, columns) = (UnsafePointer(table.value), table.columns)
    for start in stride(from: decisions.lowerBound, to: decisions.upperBound, by: 4) {
      let places = start..<min(start + 4, decisions.upperBound)
      func row(_ index: Int) -> UnsafePointer<S> {
        weights + Int(ways.nodes[min(start + index, places.upperBound - 1)]) * columns
      }
      body(places, (row(0), row(1), row(2), row(3)))
    }
  }
}

// Sendable: each worker writes the gradients of its own rows.
extension TreeLoss: @unchecked Sendable {}

/// The decisions that lead to the targets of a minibatch, row after row.
///
/// `@unchecked Sendable`: written before the region that reads them; the memory must stay until it has run.
package struct TreeWays: @unchecked Sendable {
  /// Where the decisions of each row begin, and the end of all.
  let starts: UnsafeBufferPointer<Int32>
  let nodes: UnsafeBufferPointer<Int32>
  /// 1 for right.
  let sides: UnsafeBufferPointer<Int32>
  /// The row of each decision.
  let rows: UnsafeBufferPointer<Int32>

  package init(
    starts: UnsafeBufferPointer<Int32>, nodes: UnsafeBufferPointer<Int32>,
    sides: UnsafeBufferPointer<Int32>, rows: UnsafeBufferPointer<Int32>
  ) {
    self.starts = starts
    self.nodes = nodes
    self.sides = sides
    self.rows = rows
  }

  func decisions(ofRow row: Int) -> Range<Int> { Int(starts[row])..<Int(starts[row + 1]) }
}

/// Log-probabilities of all classes from the outputs of all nodes, to draw and to search with: it has no
/// gradient.
///
/// - outputs `[rows, nodes]`, Y `[rows, classes]`
struct TreeLogProbabilities<S: MatrixElement>: TapeOperation {
  let outputs: Consumer<S>
  let features: HashedFeatures<S>?
  let y: Variable<S>
  let tree: HuffmanTree

  var isTokenwise: Bool { true }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ lane: Lane<S>) {
    let nodes = tree.nodeCount
    let weights = features.map { UnsafePointer($0.table.value) }
    // 0 at the root for good.
    var reached = [Double](repeating: 0, count: nodes)
    for range in y.ranges(of: lane) {
      for row in range {
        let (s, target) = (outputs.value.row(row), y.value.row(row))
        for node in tree.downward {
          var output = Double(s[Int(node)])
          if let features, let weights {
            output += Double(features.sum(of: weights, row: row, output: Int(node)))
          }
          let least = Scalar.log(1 + Scalar.exp(-abs(output)))
          let here = reached[Int(node)] - least
          func reach(_ child: Int32, _ value: Double) {
            if Int(child) < nodes {
              reached[Int(child)] = value
            } else {
              target[Int(child) - nodes] = S(value)
            }
          }
          // ln σ of ∓ the output.
          reach(tree.children[Int(node)].left, here - max(output, 0))
          reach(tree.children[Int(node)].right, here - max(-output, 0))
        }
        for column in y.value.columns..<y.value.paddedColumns { target[column] = 0 }
      }
    }
  }

  func backward(_ lane: Lane<S>) {}
}

extension Tape {
  /// Records output layer and loss of a tree of decisions.
  ///
  /// - Parameters:
  ///   - ways: to the targets; none for rows that do not count.
  ///   - index: filled for the tables' gradients.
  ///   - features: of nodes; their index is filled too.
  package func treeLoss(
    _ x: Variable<S>, _ ways: TreeWays, table: Parameter<S>, bias: Parameter<S>,
    index: TokenIndex, features: HashedFeatures<S>? = nil, scale: Double
  ) -> Loss<S> {
    precondition(ways.starts.count == x.value.rows + 1, "ways of \(ways.starts.count - 1) rows")
    precondition(features.map { $0.places.rows == x.value.rows } ?? true, "contexts of other rows")
    let loss = Loss(
      terms: arena.matrix(rows: x.value.rows, columns: 1), scale: scale, plan: x.plan)
    let gradients = arena.matrix(rows: 1, columns: ways.nodes.count).base
    if isTraining {
      index.fill(ways.nodes)
      func owe(to parameter: Parameter<S>, by index: TokenIndex, x: Matrix<S>? = nil) {
        self.owe(
          .listed(scales: UnsafePointer(gradients), x: x, rows: ways.rows, places: index),
          to: parameter)
      }
      owe(to: table, by: index, x: x.value)
      owe(to: bias, by: index)
      if let features {
        features.index.fill(ways.nodes, rows: ways.rows, features.places)
        owe(to: features.table, by: features.index.outputs)
      }
    }
    record(
      TreeLoss(
        x: x.consumed(), losses: loss.terms, table: table, bias: bias, features: features,
        ways: ways, gradients: gradients, scale: scale))
    add(loss)
    return loss
  }

  /// Records the log-probabilities `[rows, classes]` of a tree of decisions, for reading.
  package func treeLogProbabilities(
    _ x: Variable<S>, _ tree: HuffmanTree, table: Parameter<S>, bias: Parameter<S>,
    features: HashedFeatures<S>? = nil
  ) -> Variable<S> {
    let outputs = tableOutputs(x, table: table, bias: bias)
    let y = variable(columns: tree.classes, plan: x.plan, extent: x.extent, needsGradient: false)
    record(
      TreeLogProbabilities(outputs: outputs.consumed(), features: features, y: y, tree: tree))
    return y
  }
}
