import Autodiff
import Compute

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
  /// Cells without a table between them, which are halved together.
  let chunks: [Range<Int>]
  let rank: Int
  let count: Int

  /// - Parameters:
  ///   - rank: of the process that asks.
  ///   - count: of processes, a power of two.
  init(_ store: ParameterStore<S>, rank: Int, of count: Int) {
    (self.rank, self.count) = (rank, count)
    var (cells, chunks, groups) = ([Cell](), [Range<Int>](), 0)
    var hasTable = true
    for parameter in store.parameters {
      defer { groups += parameter.layout.groupCount }
      guard !parameter.role.isSparse else {
        hasTable = true
        continue
      }
      let first = cells.count
      for block in 0..<parameter.layout.blocks {
        for group in 0..<parameter.layout.groupCount {
          let run = parameter.run(ofGroups: group..<group + 1, block: block)
          cells.append(
            Cell(
              parameter: parameter, group: groups + group,
              range: parameter.offset + run.lowerBound..<parameter.offset + run.upperBound))
        }
      }
      if hasTable {
        chunks.append(first..<cells.count)
      } else {
        chunks[chunks.count - 1] = chunks[chunks.count - 1].lowerBound..<cells.count
      }
      hasTable = false
    }
    (self.cells, self.chunks) = (cells, chunks)
  }

  /// Rounds until each process has a slice.
  var levels: Range<Int> { 0..<count.trailingZeroBitCount }

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
