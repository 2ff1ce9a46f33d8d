import Compute
import Corpora
import Interchange

/// Moves pieces up or down while a model learns from them, anew each time, so that it learns what holds in
/// all keys.
///
/// Hadjeres, Pachet & Nielsen, "DeepBach: a Steerable Model for Bach Chorales Generation" (2017), learn from
/// all transpositions that stay within the voices.
package struct Transposition {
  /// Semitones up or down at most.
  let reach: Int
  let seed: UInt64

  package init(reach: Int, seed: UInt64) {
    self.reach = reach
    self.seed = seed
  }

  /// The pieces `rows` alone, in this order, each moved as far as is its turn in `update`: what is read and
  /// what is to be predicted. What stands behind the keys of an input, the label, stays.
  package func moved(_ music: SequenceDataset, _ rows: [Int], update: Int) -> SequenceDataset {
    guard case .vectors(let inputs) = music.inputs, case .stepVectors(let targets) = music.targets
    else { preconditionFailure("no music") }
    let distances = rows.map { semitones(piece: $0, targets[$0], update: update) }
    func moved(_ pieces: VectorSequences) -> VectorSequences {
      VectorSequences(
        width: pieces.width,
        zip(rows, distances).map { row, distance in
          Self.moved(Array(pieces[row]), width: pieces.width, by: distance)
        })
    }
    return SequenceDataset(.vectors(moved(inputs)), .stepVectors(moved(targets)))
  }

  /// How far a piece is moved: every distance at which all its notes stay on the keyboard is as probable.
  private func semitones(piece: Int, _ steps: some Sequence<Float>, update: Int) -> Int {
    var (lowest, highest) = (PianoRoll.keyCount, -1)
    for (place, value) in steps.enumerated() where value != 0 {
      let key = place % PianoRoll.keyCount
      (lowest, highest) = (min(lowest, key), max(highest, key))
    }
    guard highest >= 0 else { return 0 }
    let (down, up) = (min(reach, lowest), min(reach, PianoRoll.keyCount - 1 - highest))
    let random = RandomStream(seed: seed, purpose: .transposition, update: update)
    return Int(random.uniform(row: piece, index: 0) * Float(down + up + 1)) - down
  }

  /// - Parameter steps: of `width` numbers each, the first of them the keys.
  private static func moved(_ steps: [Float], width: Int, by distance: Int) -> [Float] {
    var moved = steps
    for first in stride(from: 0, to: steps.count, by: width) {
      for key in 0..<PianoRoll.keyCount {
        let origin = key - distance
        moved[first + key] = 0..<PianoRoll.keyCount ~= origin ? steps[first + origin] : 0
      }
    }
    return moved
  }
}
