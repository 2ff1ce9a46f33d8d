import Compute

/// Music as the notes that sound at each of equal steps.
public struct PianoRoll: Sendable, Equatable {
  /// The keys of a piano as MIDI numbers: A0 to C8; 60 is middle C.
  public static let keys: ClosedRange<UInt8> = 21...108
  /// 88.
  public static let keyCount = keys.count

  /// The keys that sound at each step, ascending and distinct; a rest is empty.
  public private(set) var steps: [[UInt8]]

  public init() { steps = [] }

  /// Adds a step; `notes` are keys of the piano in any order, each counted once.
  public mutating func append(_ notes: some Sequence<UInt8>) {
    let notes = Set(notes).sorted()
    precondition(notes.allSatisfy(Self.keys.contains), "\(notes) are not all in \(Self.keys)")
    steps.append(notes)
  }

  public var stepCount: Int { steps.count }
  public var noteCount: Int { steps.reduce(0) { $0 + $1.count } }

  /// Writes 1 for the keys that sound at `step` and 0 for the others: `keyCount` numbers.
  public func write<S: Real>(step: Int, to output: UnsafeMutablePointer<S>) {
    for key in 0..<Self.keyCount { output[key] = 0 }
    for note in steps[step] { output[Int(note - Self.keys.lowerBound)] = 1 }
  }
}
