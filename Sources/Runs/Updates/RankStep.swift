import Autodiff
import Compute
import Parallel

/// The slice of the weights that one of several processes steps: each has its share of the optimizer's state only
/// ("ZeRO-1": Rajbhandari, Rasley, Ruwase & He 2020), but for tables, of which few rows are stepped, by all.
///
/// `@unchecked Sendable`: in a region each worker writes what belongs to its own cells.
final class RankStep<S: MatrixElement>: @unchecked Sendable {
  /// Cells of one parameter that follow each other.
  private struct Piece {
    let parameter: Parameter<S>
    var cells: Range<Int>
  }

  let exchange: RankExchange<S>
  private let frozen: Set<Int>
  /// Of each worker: what it steps of this process's slice.
  private let pieces: [[Piece]]
  /// Σ g² of every cell.
  private let squares: AlignedBuffer<Double>
  private var slices: RankSlices<S> { exchange.slices }

  /// - Parameter frozen: parameters that keep their weights.
  init(_ exchange: RankExchange<S>, frozen: Set<Int>, workers: Int) {
    self.exchange = exchange
    self.frozen = frozen
    let slices = exchange.slices
    squares = AlignedBuffer(count: slices.cells.count)
    let own = slices.slices(ofRank: slices.rank).joined()
      .filter { !frozen.contains(slices.cells[$0].parameter.index) }
    let total = own.reduce(0) { $0 + slices.cells[$1].range.count }
    var pieces = [[Piece]](repeating: [], count: workers)
    var before = 0
    for cell in own {
      let (parameter, count) = (slices.cells[cell].parameter, slices.cells[cell].range.count)
      let worker = (before + count / 2) * workers / max(total, 1)
      before += count
      if let last = pieces[worker].last, last.parameter === parameter,
        last.cells.upperBound == cell
      {
        pieces[worker][pieces[worker].count - 1].cells = last.cells.lowerBound..<cell + 1
      } else {
        pieces[worker].append(Piece(parameter: parameter, cells: cell..<cell + 1))
      }
    }
    self.pieces = pieces
  }

  /// Forms Σ g² of this worker's cells. In a region.
  ///
  /// - Parameter sumOfSquares: of a range of the gradients.
  func square(_ worker: Worker, _ sumOfSquares: (Range<Int>) -> Double) {
    for piece in pieces[worker.index] {
      for cell in piece.cells { squares.base[cell] = sumOfSquares(slices.cells[cell].range) }
    }
  }

  /// Has every process know Σ g² of all groups, added as one process adds it. Between regions.
  ///
  /// - Parameter groups: of all groups of the store, to be written where they are of no table.
  func gatherSquares(into groups: AlignedBuffer<Double>) {
    exchange.gather(cells: squares)
    for cell in slices.cells { groups.base[cell.group] = 0 }
    // The gates of a group come in their order.
    for (place, cell) in slices.cells.enumerated() {
      groups.base[cell.group] += squares.base[place]
    }
  }

  /// Steps this worker's cells. In a region.
  func step(_ optimizer: Optimizer<S>, factor: S, _ worker: Worker) {
    for piece in pieces[worker.index] {
      optimizer.apply(slices.elements(of: piece.cells), of: piece.parameter, factor: factor)
    }
  }

  // MARK: Moments

  /// Gives back the memory of moments that other processes have. Between regions.
  func forgetOthers(of optimizer: Optimizer<S>) {
    let all = slices.chunks.enumerated()
    for (index, moment) in optimizer.moments.enumerated() {
      let own = slices.slices(ofRank: slices.rank)
      for (chunk, cells) in all {
        let shift = optimizer.shift(ofMoment: index, slices.cells[cells.lowerBound].parameter)
        for others in [
          cells.lowerBound..<own[chunk].lowerBound, own[chunk].upperBound..<cells.upperBound,
        ] where !others.isEmpty {
          let range = slices.elements(of: others)
          moment.discard(range.lowerBound + shift..<range.upperBound + shift)
        }
      }
    }
  }

  /// Brings the first process the moments of all. All call it, between regions.
  ///
  /// - Parameter target: where the first one wants them, as the optimizer has them; its own are there.
  func collectMoments(of optimizer: Optimizer<S>, into target: [AlignedBuffer<S>]) {
    for (index, moment) in optimizer.moments.enumerated() {
      exchange.collect(moment, into: target[index]) {
        optimizer.shift(ofMoment: index, $0)
      }
    }
    if exchange.link.rank != 0 { forgetOthers(of: optimizer) }
  }
}
