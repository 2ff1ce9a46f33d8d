import ArgumentParser
import Foundation
import Runs

/// How a transcriber's or translator's outputs become text.
struct DecodingArguments: ParsableArguments {
  @Option(
    parsing: .unconditional, help: "Hypotheses that a search keeps; 0: the best path, greedily.")
  var beam: Int?
  @Option(help: "A run of 'unroll train lm' that guides the search.") var lm: String?
  @Option(
    parsing: .unconditional,
    help: "Weight of the language model's log-probabilities. (default: 0.3)")
  var lmWeight: Double?
  @Option(
    parsing: .unconditional, help: "Added to a text's score for each of its labels. (default: 0)")
  var insertionBonus: Double?
  @Flag(help: "Show the path through the frames, without repeats, and without blanks.")
  var showPath = false
  @Option(
    parsing: .unconditional,
    help:
      "For translators: hypotheses are compared by ln p / length^PENALTY. (default: 1)")
  var lengthPenalty: Double?
  @Option(
    name: .customLong("n-best"),
    parsing: .unconditional,
    help: "For translators and taggers: show this many translations, or sequences of tags.")
  var nBest: Int?
  @Flag(help: "For taggers: show how probable each tag is.") var confidence = false
  @Option(
    help: ArgumentHelp(
      "For translators: put the word that was looked at most in the place of an unknown one, or what a file of lines 'source<TAB>target' says of it.",
      valueName: "attention|file"))
  var replaceUnknown: String?
  @Flag(help: "For translators: show what each token looked at.") var alignment = false
  @Option(help: "For translators: draw that, of the last line, as an SVG file.")
  var alignmentPlot: String?

  func validate() throws {
    if let beam, beam < 0 || beam > 65536 {
      throw ValidationError("--beam must be 0...65536, found \(beam).")
    }
    for (name, value) in [("lm-weight", lmWeight), ("insertion-bonus", insertionBonus)] {
      if let value, !value.isFinite {
        throw ValidationError("--\(name) must be finite, found \(value).")
      }
    }
    if let lengthPenalty, !(0...10).contains(lengthPenalty) {
      throw ValidationError("--length-penalty must be 0...10, found \(lengthPenalty).")
    }
    if let nBest, nBest < 1 || nBest > 65536 {
      throw ValidationError("--n-best must be 1...65536, found \(nBest).")
    }
    if lm == nil, lmWeight != nil { throw ValidationError("--lm-weight needs --lm.") }
  }

  /// Refuses what shows answers one by one, which a measure has nowhere to show.
  func refuseShowing() throws {
    let showing = [
      ("--show-path", showPath), ("--confidence", confidence), ("--alignment", alignment),
      ("--alignment-plot", alignmentPlot != nil), ("--n-best", nBest != nil),
    ]
    guard let (option, _) = showing.first(where: { $0.1 }) else { return }
    throw ValidationError("\(option) shows single answers: use it with predict.")
  }

  /// Tells the run's task, if anything was asked for.
  func apply(to run: OpenedRun) throws {
    let asked: [(String, Bool)] = [
      ("--beam", beam != nil), ("--lm", lm != nil), ("--lm-weight", lmWeight != nil),
      ("--insertion-bonus", insertionBonus != nil), ("--show-path", showPath),
      ("--length-penalty", lengthPenalty != nil), ("--n-best", nBest != nil),
      ("--confidence", confidence), ("--replace-unknown", replaceUnknown != nil),
      ("--alignment", alignment), ("--alignment-plot", alignmentPlot != nil),
    ]
    try OutputFiles.check([("--alignment-plot", alignmentPlot)])
    var options = try read()
    options.asked = asked.filter(\.1).map(\.0)
    guard !options.asked.isEmpty else { return }
    try run.ability(
      Abilities.decoding, for: options.asked.joined(separator: ", ")
    ).decode(options)
  }

  private func read() throws -> DecodingOptions {
    var options = DecodingOptions()
    options.beam = beam ?? (lm == nil ? 0 : 16)
    options.languageModel = try lm.map { try URL(typed: $0) }
    options.weight = lmWeight ?? options.weight
    options.bonus = insertionBonus ?? options.bonus
    options.showsPath = showPath
    options.lengthPenalty = lengthPenalty
    options.count = nBest
    options.showsConfidence = confidence
    options.replacement = try replaceUnknown.map {
      try $0 == "attention" ? .attention : .lexicon(URL(typed: $0))
    }
    options.showsAlignment = alignment
    options.plot = try alignmentPlot.map { try URL(typed: $0) }
    return options
  }
}
