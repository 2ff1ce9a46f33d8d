import Autodiff

/// Recordings with what is said in them.
package struct TranscribedUtterances: Sendable {
  package let utterances: Utterances
  package let texts: [String]
  /// The classes of each text.
  package let targets: [[Int32]]

  init(
    _ transcripts: Transcripts, _ utterances: Utterances, _ alphabet: TranscriptAlphabet
  ) throws {
    self.utterances = utterances
    texts = transcripts.entries.map(\.text)
    targets = try transcripts.entries.map {
      try alphabet.classes($0.text, place: transcripts.place($0))
    }
  }

  private init(_ whole: TranscribedUtterances, _ utterances: Utterances, _ indices: [Int]) {
    self.utterances = utterances
    texts = indices.map { whole.texts[$0] }
    targets = indices.map { whole.targets[$0] }
  }

  package var count: Int { texts.count }

  /// Those whose labels need more steps than they have.
  package var infeasible: [Int] {
    let lengths = utterances.sequences.lengths
    return texts.indices.filter { CTCTargets.framesNeeded(targets[$0]) > lengths[$0] }
  }

  /// Names and counts recordings that are too short for their labels; nil if there is none.
  func infeasibleWarning(_ part: String) -> String? {
    let found = infeasible
    guard !found.isEmpty else { return nil }
    let lengths = utterances.sequences.lengths
    let names = found.prefix(5).map {
      "'\(utterances.files[$0])' (\(CTCTargets.framesNeeded(targets[$0])) steps needed, "
        + "\(lengths[$0]) there)"
    }.joined(separator: ", ")
    return "\(found.count) of \(count) recordings in \(part) are too short for their labels and "
      + "count as nothing: \(names)\(found.count > 5 ? ", …" : "")"
  }

  func subset(_ indices: [Int]) -> TranscribedUtterances {
    TranscribedUtterances(self, utterances.subset(indices), indices)
  }
}
