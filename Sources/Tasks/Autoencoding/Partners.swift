import Compute
import Foundation
import Measures
import Parallel
import Runs

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
    let comparing = Activity("comparing", total: total, unit: .items("vectors"))
    defer { comparing.end() }
    team.run { worker in
      for index in stride(from: worker.index, to: total, by: worker.count) {
        let order = vectors.others(nearestTo: index)
        for rank in 0..<kept { found.base[index * kept + rank] = Int32(order[rank]) }
        comparing.advance()
      }
    }
    neighbours = (0..<total).map { index in
      (0..<kept).map { found.base[index * kept + $0] }
    }
  }

  /// Those that the settings ask for, if they do: found by the vectors of another run.
  ///
  /// Throws a usage `UserError` for a run that makes none of recordings.
  init?(of recordings: Recordings, _ settings: AutoencodingSettings, team: WorkerTeam) throws {
    guard let url = URL(named: settings.data.partners) else { return nil }
    let task = try RunFolder.open(at: url).openTask(team: team)
    guard let trained = task as? any SequenceEmbedding, trained.readsAudio else {
      throw UserError.usage(
        "data.partners names '\(url.relativePath)', a run of "
          + "'\(ProgramName.current) train \(type(of: task).call)' that makes no vectors of recordings",
        hint: "name a run on the same recordings")
    }
    // Of the whole folder, held-out recordings among them.
    let files = recordings.utterances.files
    guard let vectors = try trained.vectors(of: recordings.folder).subset(named: files) else {
      throw UserError(
        "the recordings in '\(recordings.folder.relativePath)' have changed meanwhile",
        hint: "begin again")
    }
    self.init(
      vectors, count: settings.data.partnerCount, seed: UInt64(settings.train.seed), team: team)
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
