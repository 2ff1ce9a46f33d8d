import Autodiff
import Compute
import Parallel

// A run that several processes train: all of them do the same, but for the leaves that they form, and what they
// decide follows from what all know. The first one alone writes to the folder.

extension TrainingRun {
  /// Whether this process writes what the run leaves behind.
  package var isWriter: Bool { link == nil || link?.rank == 0 }

  /// Whether any process says so: what only one of them can know, a signal or the time.
  func agreed(_ flag: Bool) -> Bool { agreed([flag])[0] }

  /// Likewise of several things at once.
  func agreed(_ flags: [Bool]) -> [Bool] {
    guard let link else { return flags }
    let all = link.gather(flags.map { $0 ? 1 : 0 })
    return flags.indices.map { place in all.contains { $0[place] == 1 } }
  }

  /// Runs `body` in the process that writes first, then in the others, which find what it has left.
  func inTurn(_ body: () throws -> Void) rethrows {
    guard let link else { return try body() }
    try link.inTurn(body)
  }

  /// Has every process know the carried states of all rows; each works on those of its own leaves.
  func gatherCarriedStates() {
    guard let link else { return }
    let leaves = trainer.leaves
    for (_, matrix) in task.carriedStates {
      func rows(ofRank rank: Int) -> [Int] {
        Leaves(count: leaves.count, rank: rank, of: link.count).own.flatMap {
          Leaves.deal(Array(0..<matrix.rows), to: $0, of: leaves.count)
        }
      }
      let words = rows(ofRank: link.rank).flatMap { row in
        (0..<matrix.columns).map { UInt64(matrix[row, $0].bitPattern) }
      }
      for (rank, words) in link.gather(words).enumerated() where rank != link.rank {
        for (place, row) in rows(ofRank: rank).enumerated() {
          for column in 0..<matrix.columns {
            matrix[row, column] = Float(
              bitPattern: UInt32(truncatingIfNeeded: words[place * matrix.columns + column]))
          }
        }
      }
    }
  }
}

extension Leaves {
  /// Throws a usage `UserError` if they cannot be shared equally.
  init(
    count: Int, dealtTo link: (any RankLink)?, sums: Precision, together: Int
  ) throws {
    guard let link else {
      self.init(count: count, sums: sums, together: together)
      return
    }
    guard count % link.count == 0 else {
      let fitting = (0...count.trailingZeroBitCount).map { String(1 << $0) }
      let isPower = link.count & (link.count - 1) == 0
      let below = 1 << (Int.bitWidth - 1 - link.count.leadingZeroBitCount)
      throw UserError.usage(
        "\(link.count) processes cannot share \(count) leaves equally, but "
          + fitting.joined(separator: ", ") + " can",
        hint: isPower
          ? "begin a run with --leaves \(link.count), or start \(count) at most"
          : "start \(min(below, count)), or begin a run with --leaves \(2 * below) and start as many"
      )
    }
    self.init(count: count, rank: link.rank, of: link.count, sums: sums, together: together)
  }
}
