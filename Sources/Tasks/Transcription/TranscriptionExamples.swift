import Autodiff
import Corpora
import Runs

/// Recordings with the classes of their labels.
public struct TranscriptionExamples: SequenceExamples {
  package let utterances: Utterances
  package let texts: [String]
  /// The classes of each text.
  package let targets: [[Int32]]

  /// Throws a `UserError` that names the line of a label that the alphabet lacks.
  init(
    _ transcripts: Transcripts, _ utterances: Utterances, _ alphabet: TranscriptAlphabet
  ) throws {
    self.utterances = utterances
    texts = transcripts.entries.map(\.text)
    targets = try transcripts.entries.map {
      try alphabet.classes($0.text, place: transcripts.place($0))
    }
  }

  /// Examples of several files, one behind the other.
  static func joined(_ parts: [TranscriptionExamples]) throws -> TranscriptionExamples {
    try TranscriptionExamples(parts)
  }

  private init(_ parts: [TranscriptionExamples]) throws {
    utterances = try .joined(parts.map(\.utterances))
    texts = parts.flatMap(\.texts)
    targets = parts.flatMap(\.targets)
  }

  private init(_ whole: TranscriptionExamples, _ indices: [Int]) throws {
    utterances = try whole.utterances.subset(indices)
    texts = indices.map { whole.texts[$0] }
    targets = indices.map { whole.targets[$0] }
  }

  func subset(_ indices: [Int]) throws -> TranscriptionExamples {
    try TranscriptionExamples(self, indices)
  }

  public var count: Int { texts.count }
  public var lengths: SequenceLengths { utterances.sequences.lengths }
  public func expect(_ rows: [Int]) { utterances.sequences.expect(rows) }

  public var sizeText: String {
    let minutes = (utterances.seconds / 6).rounded() / 10
    return "\(count) recordings of \(minutes) minutes, "
      + "\(utterances.sequences.lengths.total) steps"
  }

  /// Those whose labels need more steps than they have.
  var infeasible: [Int] {
    let lengths = lengths
    return texts.indices.filter { CTCTargets.framesNeeded(targets[$0]) > lengths[$0] }
  }

  /// Names and counts recordings that are too short for their labels.
  public var warnings: [String] {
    let found = infeasible
    guard !found.isEmpty else { return [] }
    let lengths = lengths
    let names = found.prefix(5).map {
      "'\(utterances.files[$0])' (\(CTCTargets.framesNeeded(targets[$0])) steps needed, "
        + "\(lengths[$0]) there)"
    }.joined(separator: ", ")
    return [
      "\(found.count) of \(count) recordings are too short for their labels and count as nothing: "
        + "\(names)\(found.count > 5 ? ", …" : "")"
    ]
  }
}
