import Compute
import Corpora
import Foundation
import Measures

/// How text becomes ids for an autoencoder.
struct TextForm {
  let kind: TokenKind
  let isLowercased: Bool
  /// Sentences of more tokens are left out of training; 0: none.
  let longest: Int
  private let limits: VocabularyLimits

  init(_ configuration: ResolvedConfiguration) {
    kind = TokenKind(rawValue: configuration.string("data.tokens")) ?? .word
    isLowercased = configuration.boolean("data.lowercase")
    longest = configuration.integer("data.longest")
    let size = configuration.integer("data.vocabulary_size")
    limits = VocabularyLimits(
      size: size > 0 ? size : nil, minimumCount: configuration.integer("data.min_count"))
  }

  /// The text as the model knows it.
  func apply(_ text: String) -> String { isLowercased ? text.lowercased() : text }

  /// The vocabulary of some lines.
  func vocabulary(_ lines: some Sequence<String>) throws -> Vocabulary {
    try Vocabulary.of(lines.map(apply), kind: kind, limits: limits)
  }

  func isTooLong(_ length: Int) -> Bool { longest > 0 && length > longest }
}

/// Sentences as ids, each without its end.
struct SentenceExamples: AutoencoderExamples {
  private(set) var ids = IDSequences()
  private(set) var names: [String] = []
  /// Lines that hold nothing.
  var blankCount = 0

  init() {}

  /// All lines of a text. Throws a `UserError` that names the line for one that holds no token.
  init(_ text: TextLines, _ form: TextForm, _ vocabulary: Vocabulary) throws {
    ids = try IDSequences(text.lines.map(form.apply), vocabulary, place: text.place)
    names = text.lines
    blankCount = text.blankLineCount
  }

  /// One sentence that was typed at `place`.
  init(_ sentence: String, _ form: TextForm, _ vocabulary: Vocabulary, place: String) throws {
    let trimmed = sentence.trimmingCharacters(in: .whitespaces)
    ids = try IDSequences([form.apply(trimmed)], vocabulary) { _ in place }
    names = [trimmed]
  }

  var lengths: [Int] { ids.lengths }

  var sizeText: String {
    let mean = Double(ids.ids.count) / Double(max(1, count))
    return "\(count) sentences of \((10 * mean).rounded() / 10) tokens"
  }

  func subset(_ indices: [Int]) -> SentenceExamples {
    var result = SentenceExamples()
    for index in indices { result.append(ids[index], name: names[index]) }
    return result
  }

  mutating func append(_ sentence: some Collection<Int32>, name: String) {
    ids.append(sentence)
    names.append(name)
  }
}

/// Documents as sentences of ids.
struct DocumentExamples: AutoencoderExamples {
  /// All sentences, document after document, each without its end.
  private(set) var sentences = IDSequences()
  /// The sentence each document begins with, and the end.
  private(set) var starts = [0]
  /// The first line of each.
  private(set) var names: [String] = []

  init() {}

  init(_ text: TextLines, _ form: TextForm, _ vocabulary: Vocabulary) throws {
    let ids = try IDSequences(text.lines.map(form.apply), vocabulary, place: text.place)
    for (start, end) in zip(text.documentStarts, text.documentStarts.dropFirst()) {
      append((start..<end).map { ids[$0] }, name: text.lines[start])
    }
  }

  mutating func append(_ document: [some Collection<Int32>], name: String) {
    for sentence in document { sentences.append(sentence) }
    starts.append(sentences.count)
    names.append(name)
  }

  /// The sentences of a document.
  func sentences(of document: Int) -> Range<Int> { starts[document]..<starts[document + 1] }

  var lengths: [Int] { zip(starts.dropFirst(), starts).map { $0 - $1 } }

  var sizeText: String {
    func mean(_ a: Int, _ b: Int) -> Double { (10 * Double(a) / Double(max(1, b))).rounded() / 10 }
    return "\(count) documents of \(mean(sentences.count, count)) sentences of "
      + "\(mean(sentences.ids.count, sentences.count)) tokens"
  }

  func subset(_ indices: [Int]) -> DocumentExamples {
    var result = DocumentExamples()
    for index in indices {
      result.append(sentences(of: index).map { sentences[$0] }, name: names[index])
    }
    return result
  }
}

/// Replaces tokens that the decoder is fed by the unknown one, so that it has to rely on the code.
///
/// Source: Bowman et al., "Generating Sentences from a Continuous Space" (2016).
struct FedTokenDropout {
  let rate: Double
  let unknown: Int32?
  let seed: UInt64

  func token(_ id: Int32, sentence: Int, place: Int, update: Int) -> Int32 {
    guard rate > 0, let unknown else { return id }
    let random = RandomStream(seed: seed, purpose: .wordDropout, update: update)
    return Double(random.uniform(row: sentence, index: place)) < rate ? unknown : id
  }
}

/// How much of some texts came back.
struct ReconstructionCounts {
  private(set) var tokens = 0
  private(set) var right = 0
  private(set) var sequences = 0
  private(set) var exact = 0

  /// A token counts as right where the same one stands at the same place.
  mutating func add(_ truth: some Collection<Int32>, _ written: [Int32]) {
    addTokens(truth, written)
    addSequence(isExact: truth.elementsEqual(written))
  }

  mutating func addTokens(_ truth: some Collection<Int32>, _ written: [Int32]) {
    tokens += truth.count
    right += zip(truth, written).count { $0 == $1 }
  }

  mutating func addSequence(isExact: Bool) {
    sequences += 1
    if isExact { exact += 1 }
  }

  var rightShare: Double { Double(right) / Double(max(1, tokens)) }
  var exactShare: Double { Double(exact) / Double(max(1, sequences)) }

  /// With the nats of the teacher-forced network, which do not choose the best weights.
  func score(nats: Double, predictions: Int, of what: String) -> Score {
    let loss = nats / Double(max(1, predictions))
    let rightPercent = 100 * Double(right) / Double(max(1, tokens))
    let exactPercent = 100 * Double(exact) / Double(max(1, sequences))
    return Score(
      loss: loss,
      figures: [
        .init("tokens_reconstructed", rightShare, .share, .higherIsBetter),
        .init("exact", exactShare, .share, .higherIsBetter),
        .init("ppl", Scalar.exp(loss), .number, .lowerIsBetter),
      ],
      decidedBy: "tokens_reconstructed",
      // Of equals the smaller loss.
      standing: Standing(number: 1 - rightPercent / 100 + 1e-6 * loss), count: tokens,
      text: String(
        format: "%.4f nats  tokens reconstructed %.2f %%  whole %@ %.2f %%", loss, rightPercent,
        what, exactPercent))
  }
}
