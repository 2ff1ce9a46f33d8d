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
  /// Which of them are here; nil: all.
  private var chosen: LongList<Int>?

  /// Reads files, one behind the other.
  init(_ files: [URL], _ unit: Unit, _ part: Part? = nil) throws {
    self.unit = unit
    self.part = part
    text = try TextLines(files)
  }

  public var count: Int { chosen?.count ?? all }

  private var all: Int { unit == .sentence ? text.count : text.documentStarts.count - 1 }

  /// The lines of one.
  func lines(_ index: Int) -> Range<Int> {
    let place = chosen?[index] ?? index
    return unit == .sentence
      ? place..<place + 1 : text.documentStarts[place]..<text.documentStarts[place + 1]
  }

  public func divided(
    _ heldOut: HeldOut
  ) throws -> (training: TextSequences, validation: TextSequences?) {
    try heldOut.parts(of: count, choosing)
  }

  public func subset(_ indices: [Int]) throws -> TextSequences { try choosing(LongList(indices)) }

  private func choosing(_ indices: LongList<Int>) throws -> TextSequences {
    var result = self
    result.chosen = try indices.places(of: chosen)
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
