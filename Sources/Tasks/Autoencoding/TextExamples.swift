import Compute
import Corpora
import Runs

/// Sentences or documents as ids.
public struct TextExamples: NamedSequences {
  let unit: TextSequences.Unit
  /// All sentences, one example's after the other's, each without its end.
  private(set) var sentences = IDSequences()
  /// The sentence that each example begins with, and the end.
  private(set) var starts: LongList<Int> = [0]
  /// The first line of each.
  private var firstLines = TextList()
  /// Lines of the file that hold nothing.
  var blankCount = 0
  public internal(set) var warnings: [String] = []

  init(_ unit: TextSequences.Unit) { self.unit = unit }

  mutating func append(_ sentences: [some Collection<Int32>], name: String) throws {
    for sentence in sentences { try self.sentences.append(sentence) }
    try starts.append(self.sentences.count)
    try firstLines.append(utf8: name.utf8)
  }

  mutating func append(_ others: TextExamples) throws {
    for index in 0..<others.count {
      try append(others[index], name: others.firstLines[index])
    }
  }

  public var count: Int { firstLines.count }
  public func expect(_ rows: [Int]) {
    sentences.expect(rows.flatMap { starts[$0]..<starts[$0 + 1] })
  }
  var names: [String] { Array(firstLines) }

  /// The sentences of an example as ids.
  subscript(example: Int) -> [Slice<LongList<Int32>>] {
    sentences(of: example).map { sentences[$0] }
  }

  /// The sentences of an example.
  func sentences(of example: Int) -> Range<Int> { starts[example]..<starts[example + 1] }

  /// Tokens of sentences, sentences of documents.
  public var lengths: SequenceLengths {
    switch unit {
    case .sentence: sentences.lengths
    case .document: SequenceLengths(starts: starts)
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
