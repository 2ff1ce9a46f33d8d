import Compute
import Corpora
import Foundation
import Interchange
import Runs

/// Pieces of music, and what each is where pieces have labels.
public struct LabelledMusic: ExampleSource {
  let pieces: [PianoRoll]
  /// One a piece; nil where pieces are not labelled.
  let labels: [String]?
  /// `train`, `valid`, `test` or `MIDI files`.
  let part: String
  public var faults: [String] = []

  /// A file says itself what to validate on.
  public func divided(_ heldOut: HeldOut) -> (training: LabelledMusic, validation: LabelledMusic?) {
    (self, nil)
  }
}

/// Pieces as a model of music reads them: the step before as input, the step itself as target.
public struct MusicExamples: SequenceExamples {
  let dataset: SequenceDataset
  let part: String

  public var count: Int { dataset.count }
  public var lengths: SequenceLengths { dataset.lengths }
  public var sizeText: String { dataset.sizeText }
}

extension PianoRoll {
  /// 1 for the keys that sound at `step`, 0 for the others.
  func vector(ofStep step: Int) -> [Float] {
    [Float](unsafeUninitializedCapacity: Self.keyCount) { values, count in
      if let base = values.baseAddress { write(step: step, to: base) }
      count = Self.keyCount
    }
  }

  /// All steps, one after the other.
  var vectors: [Float] { (0..<stepCount).flatMap(vector(ofStep:)) }

  /// Reads a piece from a line of JSON. Throws a `UserError` that names its place.
  init(line: String, at place: String) throws {
    let value: JSONValue
    do {
      value = try JSONValue(parsing: line)
    } catch {
      throw UserError(
        "\(place): no JSON: \(error)", hint: "a piece is a list of lists of notes: [[60,64],[62]]")
    }
    try self.init(value, at: place)
  }
}
