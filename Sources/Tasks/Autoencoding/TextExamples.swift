import Corpora
import Runs

/// Sentences or documents as ids.
public struct TextExamples: NamedSequences {
  let unit: TextSequences.Unit
  /// All sentences, one example's after the other's, each without its end.
  private(set) var sentences = IDSequences()
  /// The sentence that each example begins with, and the end.
  private(set) var starts = [0]
  /// The first line of each.
  private(set) var names: [String] = []
  /// Lines of the file that hold nothing.
  var blankCount = 0
  public internal(set) var warnings: [String] = []

  init(_ unit: TextSequences.Unit) { self.unit = unit }

  mutating func append(_ sentences: [some Collection<Int32>], name: String) {
    for sentence in sentences { self.sentences.append(sentence) }
    starts.append(self.sentences.count)
    names.append(name)
  }

  mutating func append(_ others: TextExamples) {
    for index in 0..<others.count {
      append(others[index], name: others.names[index])
    }
  }

  /// The sentences of an example as ids.
  subscript(example: Int) -> [ArraySlice<Int32>] {
    sentences(of: example).map { sentences[$0] }
  }

  /// The sentences of an example.
  func sentences(of example: Int) -> Range<Int> { starts[example]..<starts[example + 1] }

  /// Tokens of sentences, sentences of documents.
  public var lengths: [Int] {
    switch unit {
    case .sentence: sentences.lengths
    case .document: zip(starts.dropFirst(), starts).map { $0 - $1 }
    }
  }

  public var sizeText: String {
    func mean(_ a: Int, _ b: Int) -> Double { (10 * Double(a) / Double(max(1, b))).rounded() / 10 }
    let tokens = "\(mean(sentences.ids.count, sentences.count)) tokens"
    switch unit {
    case .sentence: return "\(count) sentences of \(tokens)"
    case .document:
      return "\(count) documents of \(mean(sentences.count, count)) sentences of \(tokens)"
    }
  }
}
