import Corpora
import Runs

/// Sequences as files hold them.
public enum AutoencodingSource: ExampleSource {
  case text(TextSequences)
  case recordings(Recordings)

  public func divided(_ heldOut: HeldOut) throws -> (training: Self, validation: Self?) {
    switch self {
    case .text(let text):
      let (training, validation) = try text.divided(heldOut)
      return (.text(training), validation.map { .text($0.named(.validation)) })
    case .recordings(let recordings):
      let (training, validation) = try recordings.divided(heldOut)
      return (.recordings(training), validation.map(Self.recordings))
    }
  }

  public var warnings: [String] { if case .text(let text) = self { text.warnings } else { [] } }

  /// Of runs on text, which read nothing else.
  var text: TextSequences {
    guard case .text(let sequences) = self else { preconditionFailure("recordings as text") }
    return sequences
  }

  /// Of runs on recordings, which read nothing else.
  var recordings: Recordings {
    guard case .recordings(let recordings) = self else { preconditionFailure("text as sound") }
    return recordings
  }
}

/// Sequences of one kind as a model reads them.
protocol NamedSequences: SequenceExamples where Lengths == SequenceLengths {
  /// What each is called, in one line.
  var names: [String] { get }
}

extension NamedSequences {
  public var count: Int { names.count }
}

/// Sequences as a model reads them.
public enum AutoencodingExamples: NamedSequences {
  case text(TextExamples)
  case recordings(Recordings)

  private var sequences: any NamedSequences {
    switch self {
    case .text(let examples): examples
    case .recordings(let recordings): recordings
    }
  }

  public var lengths: SequenceLengths { sequences.lengths }
  public func expect(_ rows: [Int]) { sequences.expect(rows) }
  var names: [String] { sequences.names }
  public var sizeText: String { sequences.sizeText }
  public var warnings: [String] { sequences.warnings }

  /// Of runs on text, which make no others.
  var text: TextExamples {
    guard case .text(let examples) = self else { preconditionFailure("recordings as text") }
    return examples
  }

  /// Of runs on recordings, which make no others.
  var recordings: Recordings {
    guard case .recordings(let recordings) = self else { preconditionFailure("text as sound") }
    return recordings
  }
}
