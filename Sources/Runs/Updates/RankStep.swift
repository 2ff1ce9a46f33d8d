import Autodiff
import Compute
import Dispatch
import Parallel

/// The slice of the weights that one of several processes steps: each has its share of the optimizer's state only
/// ("ZeRO-1": Rajbhandari, Rasley, Ruwase & He 2020), but for tables, of which few rows are stepped, by all.
///
/// A thread of its own meets the other processes, chunk by chunk, while workers form the gradients of the next
/// chunk, or pack the weights of the one before.
///
/// `@unchecked Sendable`: in a region each worker writes what belongs to its own cells; all else changes between
/// regions, or in a job that is waited for before it is read.
final class RankStep<S: MatrixElement>: @unchecked Sendable {
  /// Cells of one parameter that follow each other.
  private struct Piece {
    let parameter: Parameter<S>
    var cells: Range<Int>
  }

  let exchange: RankExchange<S>
  /// Of each worker and chunk: what it steps of this process's slice.
  private let pieces: [[[Piece]]]
  /// Σ g² of every cell.
  private let squares: AlignedBuffer<Double>
  private let courier = RankCourier()
  /// A stage a chunk: its gradients are formed; this process's slice of it is stepped; all of it is there.
  private let formed: Stages
  private let stepped: Stages
  private let arrived: Stages
  /// Nanoseconds that the courier's last job has spent with other processes.
  private var met: UInt64 = 0
  private var slices: RankSlices<S> { exchange.slices }
  var chunks: Range<Int> { slices.chunks.indices }

  /// - Parameter frozen: parameters that keep their weights.
  init(_ exchange: RankExchange<S>, frozen: Set<Int>, workers: Int) {
    self.exchange = exchange
    let slices = exchange.slices
    squares = AlignedBuffer(count: slices.cells.count)
    let count = slices.chunks.count
    formed = Stages(count: count, threads: workers)
    stepped = Stages(count: count, threads: workers)
    arrived = Stages(count: count, threads: 1)
    let chunks = slices.slices(ofRank: slices.rank).map { own in
      Self.pieces(
        of: own.filter { !frozen.contains(slices.cells[$0].parameter.index) }, slices.cells,
        workers: workers)
    }
    pieces = (0..<workers).map { worker in chunks.map { $0[worker] } }
  }

  /// Cells, in their order, in shares of about as many elements, one a worker.
  private static func pieces(
    of own: [Int], _ cells: [RankSlices<S>.Cell], workers: Int
  ) -> [[Piece]] {
    let total = own.reduce(0) { $0 + cells[$1].range.count }
    var pieces = [[Piece]](repeating: [], count: workers)
    var before = 0
    for cell in own {
      let (parameter, count) = (cells[cell].parameter, cells[cell].range.count)
      let worker = (before + count / 2) * workers / total
      before += count
      if let last = pieces[worker].last, last.parameter === parameter,
        last.cells.upperBound == cell
      {
        pieces[worker][pieces[worker].count - 1].cells = last.cells.lowerBound..<cell + 1
      } else {
        pieces[worker].append(Piece(parameter: parameter, cells: cell..<cell + 1))
      }
    }
    return pieces
  }

  // MARK: Gradients

  /// Has each chunk of the gradients added to those of the other processes, as soon as all workers have formed it.
  ///
  /// - Parameter hasLeaves: whether each rank has examples at all.
  func beginSums(hasLeaves: [Bool]) {
    formed.begin()
    start { [self] in
      for chunk in chunks {
        formed.wait(for: chunk)
        meet { exchange.sum(chunk: chunk, hasLeaves: hasLeaves) }
      }
    }
  }

  /// A worker has formed its gradients of a part of the store. In the last region of an update that forms any.
  func hasFormed(part: Int) {
    if chunks.contains(part) { formed.finish(part) }
  }

  /// Likewise the gradients of tables, once all others are there.
  func sumTables(_ sums: LeafSums<S>, isOwn: Bool) {
    // With the courier, whose sums round as those of a region.
    start { [self] in
      meet { sums.replace(exchange.sumTables(isOwn ? sums.tableRuns : [])) }
    }
  }

  /// Forms Σ g² of this worker's cells. In a region.
  ///
  /// - Parameter sumOfSquares: of a range of the gradients.
  func square(_ worker: Worker, _ sumOfSquares: (Range<Int>) -> Double) {
    for piece in pieces[worker.index].joined() {
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

  // MARK: Weights

  /// Has each chunk of the weights sent around, as soon as all workers have stepped this process's slice of it.
  func beginGathering(_ weights: AlignedBuffer<S>) {
    stepped.begin()
    arrived.begin()
    start { [self] in
      for chunk in chunks {
        stepped.wait(for: chunk)
        meet { exchange.gather(chunk: chunk, of: weights) }
        arrived.finish(chunk)
      }
    }
  }

  /// Steps this worker's cells. In the region that follows `beginGathering`.
  func step(_ optimizer: Optimizer<S>, factor: S, _ worker: Worker) {
    for chunk in chunks {
      for piece in pieces[worker.index][chunk] {
        optimizer.apply(slices.elements(of: piece.cells), of: piece.parameter, factor: factor)
      }
      stepped.finish(chunk)
    }
    // Where there is no courier's thread, whoever trains does its work.
    if worker.index == 0 { courier.help() }
  }

  /// Waits until all weights of a chunk are new. In the same region, after `step`.
  func awaitWeights(ofChunk chunk: Int) { arrived.wait(for: chunk) }

  // MARK: The courier

  private func start(_ job: @escaping @Sendable () -> Void) {
    met = 0
    courier.start(job)
  }

  private func meet(_ body: () -> Void) {
    let start = DispatchTime.now().uptimeNanoseconds
    body()
    met += DispatchTime.now().uptimeNanoseconds - start
  }

  /// Waits for the end of what was begun, and gives the nanoseconds that it has spent with other processes.
  func finish() -> UInt64 {
    courier.wait()
    return met
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
