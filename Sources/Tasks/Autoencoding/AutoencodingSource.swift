import Compute
import Corpora
import Foundation
import Runs

/// Sequences as files hold them.
public struct AutoencodingSource: ExampleSource {
  enum Content {
    case text(TextSequences)
    case recordings(Recordings)
  }

  /// What they are for, in words.
  enum Part: String {
    case training = "the training data"
    case validation = "the validation data"
  }

  let content: Content
  /// Nil: a trained model is measured on them.
  let part: Part?

  init(_ content: Content, _ part: Part? = nil) {
    self.content = content
    self.part = part
  }

  public func divided(_ heldOut: HeldOut) throws -> (training: Self, validation: Self?) {
    let split = try heldOut.split(of: content.count)
    return (
      Self(content.subset(split.training), .training),
      split.heldOut.isEmpty ? nil : Self(content.subset(split.heldOut), .validation)
    )
  }

  public var warnings: [String] {
    guard case .text(let sequences) = content, sequences.unit == .sentence,
      sequences.text.blankLineCount > 0
    else { return [] }
    return [
      "\(sequences.text.blankLineCount) blank lines in '\(sequences.url.relativePath)' are passed over"
    ]
  }

  /// Of runs on text, which read nothing else.
  var text: TextSequences {
    guard case .text(let sequences) = content else { preconditionFailure("recordings as text") }
    return sequences
  }

  /// Of runs on recordings, which read nothing else.
  var recordings: Recordings {
    guard case .recordings(let recordings) = content else { preconditionFailure("text as sound") }
    return recordings
  }
}

extension AutoencodingSource.Content {
  fileprivate var count: Int {
    switch self {
    case .text(let sequences): sequences.lines.count
    case .recordings(let recordings): recordings.utterances.count
    }
  }

  fileprivate func subset(_ indices: [Int]) -> Self {
    switch self {
    case .text(let sequences): .text(sequences.subset(indices))
    case .recordings(let recordings): .recordings(recordings.subset(indices))
    }
  }
}

/// Sentences or documents of a text file.
struct TextSequences {
  enum Unit { case sentence, document }

  let url: URL
  let text: TextLines
  let unit: Unit
  /// The lines of each.
  private(set) var lines: [Range<Int>]

  init(contentsOf url: URL, _ unit: Unit) throws {
    self.url = url
    self.unit = unit
    text = try TextLines(contentsOf: url)
    lines =
      switch unit {
      case .sentence: text.lines.indices.map { $0..<$0 + 1 }
      case .document: zip(text.documentStarts, text.documentStarts.dropFirst()).map { $0..<$1 }
      }
  }

  func subset(_ indices: [Int]) -> TextSequences {
    var result = self
    result.lines = indices.map { lines[$0] }
    return result
  }
}

/// Sequences as a model reads them.
public enum AutoencodingExamples: ExampleSet {
  case text(TextExamples)
  case recordings(Recordings)

  public var count: Int { names.count }

  /// What minibatches are sorted by.
  var lengths: [Int] {
    switch self {
    case .text(let examples): examples.lengths
    case .recordings(let recordings): recordings.utterances.sequences.lengths
    }
  }

  /// What each is called, in one line.
  var names: [String] {
    switch self {
    case .text(let examples): examples.names
    case .recordings(let recordings): recordings.utterances.files
    }
  }

  public var sizeText: String {
    switch self {
    case .text(let examples): examples.sizeText
    case .recordings(let recordings): recordings.sizeText
    }
  }

  public var warnings: [String] {
    if case .text(let examples) = self { examples.warnings } else { [] }
  }

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
