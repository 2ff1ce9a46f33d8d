import Compute
import Foundation
import Parallel

/// For each sequence others that are alike, found without labels: its nearest neighbours among the
/// vectors of an autoencoder that was trained before. To write a partner, a network has to drop what
/// tells the two apart, such as speed and noise.
///
/// Source: Kamper, "Truly unsupervised acoustic word embeddings using weak top-down constraints in
/// encoder-decoder models" (2019), where pairs come from term discovery.
struct Partners {
  /// For each sequence its neighbours, nearest first.
  private let neighbours: [[Int32]]
  private let seed: UInt64

  /// Finds the `count` nearest of each vector, without itself. Cost: a cosine for every pair, shared
  /// by the team.
  init(_ vectors: CodeVectors, count: Int, seed: UInt64, team: WorkerTeam) {
    self.seed = seed
    let total = vectors.count
    let kept = min(count, total - 1)
    let found = AlignedBuffer<Int32>(count: total * kept)
    team.run { worker in
      for index in stride(from: worker.index, to: total, by: worker.count) {
        let similarities = (0..<total).map { cosine(vectors[index], vectors[$0]) }
        let order = (0..<total).filter { $0 != index }.sorted {
          (similarities[$1], $0) < (similarities[$0], $1)
        }
        for rank in 0..<kept { found.base[index * kept + rank] = Int32(order[rank]) }
      }
    }
    neighbours = (0..<total).map { index in
      (0..<kept).map { found.base[index * kept + $0] }
    }
  }

  /// A partner for each of `sequences`, drawn anew in every update; itself where there is no other.
  func chosen(for sequences: [Int], update: Int) -> [Int] {
    let random = RandomStream(seed: seed, purpose: .generator, update: update)
    return sequences.map { sequence in
      let list = neighbours[sequence]
      guard !list.isEmpty else { return sequence }
      return Int(list[Int(random.word(row: sequence, index: 0) % UInt32(list.count))])
    }
  }
}
