import Compute
import Corpora
import Foundation
import Runs

/// Sentences or documents of text files.
public struct TextSequences: CountedSource {
  enum Unit: String {
    case sentence, document

    /// The file that holds some, in words.
    var file: String {
      switch self {
      case .sentence: "a file with a sentence on each line"
      case .document: "a file of documents, a sentence a line, blank lines between them"
      }
    }
  }

  /// What they are for, in words.
  enum Part: String {
    case training = "the training data"
    case validation = "the validation data"
  }

  let text: TextLines
  let unit: Unit
  /// Nil: a trained model is measured on them.
  private(set) var part: Part?
  /// The lines of each.
  private(set) var lines: [Range<Int>]

  /// Reads files, one behind the other.
  init(_ files: [URL], _ unit: Unit, _ part: Part? = nil) throws {
    self.unit = unit
    self.part = part
    text = try .joined(files.map { try TextLines(contentsOf: $0) })
    lines =
      switch unit {
      case .sentence: text.lines.indices.map { $0..<$0 + 1 }
      case .document: zip(text.documentStarts, text.documentStarts.dropFirst()).map { $0..<$1 }
      }
  }

  public var count: Int { lines.count }

  public func subset(_ indices: [Int]) -> TextSequences {
    var result = self
    result.lines = indices.map { lines[$0] }
    return result
  }

  func named(_ part: Part) -> TextSequences {
    var result = self
    result.part = part
    return result
  }

  public var warnings: [String] {
    guard unit == .sentence, text.blankLineCount > 0 else { return [] }
    return ["\(text.blankLineCount) blank lines in \(text.name) are passed over"]
  }
}
