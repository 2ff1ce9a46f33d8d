import Autodiff
import Compute

extension ParameterStore {
  /// Pieces in which processes send each other what belongs to parameters that are no tables.
  package var rankChunkCount: Int { RankSlices(self, rank: 0, of: 1).chunks.count }
}

/// Who of several processes sums up, steps and sends which part of the parameters that are no tables.
///
/// They are halved once a round, in the order of the leaves' tree, in which a process meets the one whose number
/// differs in bit k:
///
///     round 0   rank 0, 2                    │ rank 1, 3
///     round 1   rank 0       │ rank 2        │ rank 1       │ rank 3
///
/// Cut is between cells only, so that Σ g² of a cell is formed by one process.
struct RankSlices<S: MatrixElement>: Sendable {
  /// What a group of 16 units has in one gate: its rows, side by side in the store.
  struct Cell: Sendable {
    let parameter: Parameter<S>
    /// Number of the group among all groups of the store.
    let group: Int
    /// In the store's flat buffers.
    let range: Range<Int>
  }

  /// What is left of a chunk after a round, and what the partner has, in the store's flat buffers.
  struct Round: Sendable {
    let own: Range<Int>
    let others: Range<Int>
  }

  /// Those of all parameters that are no tables, in the store's order.
  let cells: [Cell]
  /// Cells that are halved together: about as many elements each, without a table between them, and of a
  /// parameter with gates all or none.
  let chunks: [Range<Int>]
  let rank: Int
  let count: Int

  /// Chunks at the most, but for what tables and the borders of parameters divide: while one of them is computed,
  /// another is sent.
  private static var mostChunks: Int { 8 }
  /// Elements of a chunk that is worth messages of its own: 256 KiB.
  private static var leastElements: Int { 1 << 16 }

  /// - Parameters:
  ///   - rank: of the process that asks.
  ///   - count: of processes, a power of two.
  init(_ store: ParameterStore<S>, rank: Int, of count: Int) {
    (self.rank, self.count) = (rank, count)
    var (cells, chunks, groups) = ([Cell](), [Range<Int>](), 0)
    let total = store.parameters.reduce(0) { $0 + ($1.role.isSparse ? 0 : $1.count) }
    let least = max(Self.leastElements, (total - 1) / Self.mostChunks + 1)
    var isFull = true
    for parameter in store.parameters {
      defer { groups += parameter.layout.groupCount }
      guard !parameter.role.isSparse else {
        isFull = true
        continue
      }
      let isDivisible = parameter.layout.blocks == 1
      for block in 0..<parameter.layout.blocks {
        for group in 0..<parameter.layout.groupCount {
          if isFull, isDivisible || block + group == 0 {
            chunks.append(cells.count..<cells.count)
          }
          let run = parameter.run(ofGroups: group..<group + 1, block: block)
          cells.append(
            Cell(
              parameter: parameter, group: groups + group,
              range: parameter.offset + run.lowerBound..<parameter.offset + run.upperBound))
          let start = chunks[chunks.count - 1].lowerBound
          chunks[chunks.count - 1] = start..<cells.count
          isFull = cells[cells.count - 1].range.upperBound - cells[start].range.lowerBound >= least
        }
      }
    }
    (self.cells, self.chunks) = (cells, chunks)
  }

  /// Rounds until each process has a slice.
  var levels: Range<Int> { 0..<count.trailingZeroBitCount }

  /// What workers form of the gradients, and pack of the weights, one after the other: the chunks, then the tables.
  func parts(_ store: ParameterStore<S>) -> [[ParameterSlices<S>.Piece]] {
    let dense = chunks.map { chunk in
      cells[chunk].reduce(into: [ParameterSlices<S>.Piece]()) { pieces, cell in
        let parameter = cell.parameter
        let lane = PanelLayout.lane * parameter.columns
        let group = (cell.range.lowerBound - parameter.offset) / lane
        if let last = pieces.last, last.parameter === parameter {
          guard parameter.layout.blocks == 1 else { return }
          pieces[pieces.count - 1].groups = last.groups.lowerBound..<group + 1
        } else {
          let isWhole = parameter.layout.blocks > 1
          pieces.append(
            (parameter, isWhole ? 0..<parameter.layout.groupCount : group..<group + 1))
        }
      }
    }
    let tables = store.parameters.filter { $0.role.isSparse }
      .map { (parameter: $0, groups: 0..<$0.layout.groupCount) }
    return dense + [tables]
  }

  /// The rounds of a chunk, as this process goes through them.
  func rounds(of chunk: Int) -> [Round] {
    var left = chunks[chunk]
    return levels.map { level in
      let halves = halves(of: left)
      let side = rank >> level & 1
      left = halves[side]
      return Round(own: elements(of: left), others: elements(of: halves[1 - side]))
    }
  }

  /// The cells of a process: a run of each chunk.
  func slices(ofRank rank: Int) -> [Range<Int>] {
    chunks.map { levels.reduce($0) { left, level in halves(of: left)[rank >> level & 1] } }
  }

  /// Where cells that follow each other are in the store's flat buffers.
  func elements(of cells: Range<Int>) -> Range<Int> {
    guard let last = cells.last else {
      let place =
        cells.lowerBound < self.cells.count
        ? self.cells[cells.lowerBound].range.lowerBound : self.cells.last?.range.upperBound ?? 0
      return place..<place
    }
    return self.cells[cells.lowerBound].range.lowerBound..<self.cells[last].range.upperBound
  }

  /// Two parts of about as many elements.
  private func halves(of cells: Range<Int>) -> [Range<Int>] {
    let elements = elements(of: cells)
    let middle = elements.lowerBound + elements.count / 2
    var (low, high) = (cells.lowerBound, cells.upperBound)
    while low < high {
      let place = (low + high) / 2
      if self.cells[place].range.lowerBound < middle { low = place + 1 } else { high = place }
    }
    return [cells.lowerBound..<low, low..<cells.upperBound]
  }
}
