import Corpora
import Compute
import Foundation
import Networks

/// How the outputs of a model become text, as far as the model has a choice.
package struct DecodingOptions: Sendable, Equatable {
  /// Prefixes or hypotheses kept; 0: the best path, greedily.
  package var beam = 0
  /// A run of `unroll train lm` that guides the search.
  package var languageModel: URL?
  package var weight = 0.3
  package var bonus = 0.0
  /// Whether predictions show which frame said what.
  package var showsPath = false
  /// For translators: see `BeamSearchOptions`.
  package var lengthPenalty: Double?
  /// Translations shown of each line.
  package var count: Int?
  /// Whether predictions show what each token looked at.
  package var showsAlignment = false
  /// Where to draw that, of the last line.
  package var plot: URL?

  /// Whether something is asked for that only translators have.
  var isForTranslators: Bool {
    lengthPenalty != nil || count != nil || showsAlignment || plot != nil
  }

  package init() {}
}

/// Finds the classes that some frames spell.
struct TranscriptDecoder {
  private let search: PrefixBeamSearch?

  /// Decodes along the best path.
  init() { search = nil }

  /// Throws a `UserError` where the options contradict each other, the run of the language model is
  /// not whole, or its vocabulary lacks a label.
  init(_ options: DecodingOptions, alphabet: TranscriptAlphabet) throws {
    guard !options.isForTranslators else {
      throw UserError.usage(
        "--length-penalty, --n-best, --alignment and --alignment-plot are for translators",
        hint: "drop them for this run")
    }
    guard let url = options.languageModel else {
      search = options.beam > 0 ? PrefixBeamSearch(width: options.beam) : nil
      return
    }
    guard options.beam > 0 else {
      throw UserError.usage(
        "a language model guides a search, but the best path was asked for",
        hint: "add --beam 16")
    }
    let archive = try LanguageModelArchive(at: url)
    let vocabulary = archive.vocabulary
    let kind = alphabet.unit == .word ? TokenKind.word : .character
    guard vocabulary.kind == kind else {
      throw UserError.usage(
        "'\(url.relativePath)' is a language model of \(vocabulary.kind.rawValue) tokens, but the "
          + "transcriber writes \(alphabet.unit.rawValue) labels",
        hint: "train one with --tokens \(kind.rawValue)")
    }
    let tokens = try alphabet.labels.names.map { name -> Int32 in
      guard let id = vocabulary.id(of: name) else {
        throw UserError.usage(
          "the language model '\(url.relativePath)' lacks the label '\(name)'",
          hint: "train it on text like the transcripts")
      }
      return id
    }
    guard
      let boundary = vocabulary.endOfSentenceID
        ?? vocabulary.id(of: "\n").flatMap({ $0 == vocabulary.unknownID ? nil : $0 })
    else {
      throw UserError.usage(
        "the language model '\(url.relativePath)' has no end of line",
        hint: "train it on text with one transcript a line")
    }
    search = PrefixBeamSearch(
      width: options.beam,
      scorer: LanguageModelScorer(
        archive.model, tokens: [boundary] + tokens, boundary: boundary, rows: options.beam),
      weight: options.weight, bonus: options.bonus)
  }

  /// The classes, none of them blank, and ln p of the path or of the kept paths.
  func decode(_ frames: CTCFrames) -> (classes: [Int], logProbability: Double) {
    if let best = search?.decode(frames).first { return (best.labels, best.logProbability) }
    let path = CTCPath(greedy: frames)
    return (path.labels, path.logProbability)
  }
}
