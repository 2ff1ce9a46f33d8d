import Compute

/// Music as the notes that sound at each of equal steps.
public struct PianoRoll: Sendable, Equatable {
  /// The keys of a piano as MIDI numbers: A0 to C8; 60 is middle C.
  package static let keys: ClosedRange<UInt8> = 21...108
  /// 88.
  package static let keyCount = keys.count

  /// The keys that sound at each step, ascending and distinct; a rest is empty.
  package private(set) var steps: [[UInt8]]

  package init() { steps = [] }

  /// Adds a step; `notes` are keys of the piano in any order, each counted once.
  package mutating func append(_ notes: some Sequence<UInt8>) {
    let notes = Set(notes).sorted()
    precondition(notes.allSatisfy(Self.keys.contains), "\(notes) are not all in \(Self.keys)")
    steps.append(notes)
  }

  package var stepCount: Int { steps.count }
  package var noteCount: Int { steps.reduce(0) { $0 + $1.count } }

  /// Writes 1 for the keys that sound at `step` and 0 for the others: `keyCount` numbers.
  package func write<S: MatrixElement>(step: Int, to output: UnsafeMutablePointer<S>) {
    for key in 0..<Self.keyCount { output[key] = 0 }
    for note in steps[step] { output[Int(note - Self.keys.lowerBound)] = 1 }
  }
}
