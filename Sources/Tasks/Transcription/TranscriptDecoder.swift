import Compute
import Corpora
import Foundation
import Networks
import Parallel
import Runs

/// Finds the classes that some frames spell.
struct TranscriptDecoder {
  private let search: PrefixBeamSearch?

  /// Decodes along the best path.
  init() { search = nil }

  /// Throws a `UserError` where the options contradict each other, the run of the language model is
  /// not whole, or its vocabulary lacks a label.
  init(_ options: DecodingOptions, alphabet: TranscriptAlphabet, team: WorkerTeam) throws {
    try options.check(
      for: "transcribers",
      allowed: ["--beam", "--lm", "--lm-weight", "--insertion-bonus", "--show-path"])
    guard options.beam > 0 || !options.asked.contains("--insertion-bonus") else {
      throw UserError.usage(
        "--insertion-bonus weighs what a search finds, but the best path was asked for",
        hint: "add --beam 16")
    }
    guard let url = options.languageModel else {
      search =
        options.beam > 0 ? PrefixBeamSearch(width: options.beam, bonus: options.bonus) : nil
      return
    }
    guard options.beam > 0 else {
      throw UserError.usage(
        "a language model guides a search, but the best path was asked for",
        hint: "add --beam 16")
    }
    let languageModel = try Self.languageModel(url, team: team)
    let vocabulary = languageModel.vocabulary
    let kind =
      switch alphabet.unit {
      case .character: TokenKind.character
      case .word: TokenKind.word
      case .subword: TokenKind.subword
      }
    guard vocabulary.kind == kind else {
      throw UserError.usage(
        "'\(url.relativePath)' is a language model of \(vocabulary.kind.rawValue) tokens, but the "
          + "transcriber writes \(alphabet.unit.rawValue) labels",
        hint: "train one with --tokens \(kind.rawValue)")
    }
    guard vocabulary.subwords == alphabet.subwords else {
      throw UserError.usage(
        "the language model '\(url.relativePath)' has other subwords than the transcriber",
        hint: "train it with --tokenizer RUN/tokenizer-labels.json of the transcriber")
    }
    let tokens = try alphabet.labels.names.enumerated().map { place, name -> Int32 in
      if alphabet.subwords != nil { return Int32(place) }
      guard let id = vocabulary.id(of: name) else {
        throw UserError.usage(
          "the language model '\(url.relativePath)' lacks the label '\(name)'",
          hint: "train it on text like the transcripts")
      }
      return id
    }
    guard let boundary = vocabulary.endOfLineID else {
      throw UserError.usage(
        "the language model '\(url.relativePath)' has no end of line",
        hint: "train it on text with one transcript a line")
    }
    search = PrefixBeamSearch(
      width: options.beam,
      scorer: LanguageModelScorer(
        languageModel.model, tokens: [boundary] + tokens, boundary: boundary, rows: options.beam),
      weight: options.weight, bonus: options.bonus)
  }

  private static func languageModel(
    _ url: URL, team: WorkerTeam
  ) throws -> LanguageModelTask {
    let folder = try RunFolder.open(at: url)
    let task = try folder.task()
    guard task == LanguageModelTask.self else {
      throw UserError.usage(
        "'\(url.relativePath)' is a run of '\(ProgramName.current) train \(task.name)', expected a "
          + "language model", hint: "name a run of '\(ProgramName.current) train lm'")
    }
    return try LanguageModelTask.opened(in: folder, team: team)
  }

  /// The classes, none of them blank, and ln p of the path or of the kept paths.
  func decode(_ frames: CTCFrames) -> (classes: [Int], logProbability: Double) {
    if let best = search?.decode(frames).first { return (best.labels, best.logProbability) }
    let path = CTCPath(greedy: frames)
    return (path.labels, path.logProbability)
  }
}
