import Compute
import Corpora
import Foundation
import Networks
import Runs

extension LanguageModelTask: Scoring {
  /// A sentence is scored as a line of the training text: after a line's end, and with the line's end
  /// at its own end.
  public func score(_ sentences: [(text: String, place: String)]) throws -> [SentenceScore] {
    let sequences = try sentences.map { text, place in
      do {
        return [lineEnd] + (try encodeLine(text))
      } catch let error as UserError {
        throw UserError("\(place): \(error.message)", hint: error.hint)
      }
    }
    let scores =
      company.isEmpty
      ? TextLikelihoods(model, team: team, maximumRows: 64).logProbabilities(sequences)
      : company.logProbabilities(
        sequences, of: sentences.map { settings.data.division.divided($0.text) }, by: model,
        team: team)
    return zip(scores, sequences).map {
      SentenceScore(logProbability: $0, tokens: $1.count - 1)
    }
  }

  /// The ids of a line with its end.
  private func encodeLine(_ text: String) throws -> [Int32] {
    let line = settings.data.division.divided(text)
    // What blanks at the end of a line become depends on the line feed.
    if vocabulary.kind == .subword { return try vocabulary.encode(line + "\n") }
    return try vocabulary.encode(line) + [lineEnd]
  }

  /// What stands between two lines of the training text; the first token where no newline was seen.
  var lineEnd: Int32 { vocabulary.endOfLineID ?? 0 }
}

extension LanguageModelTask: Ensembling {
  package func join(_ others: [LanguageModelTask]) { company.models = others.map(\.model) }
}

extension LanguageModelTask: Interpolating {
  package func interpolate(with ngrams: NGramModel, weight: Double) throws {
    guard vocabulary.kind == .word else {
      throw UserError.usage(
        "the run predicts \(vocabulary.kind.rawValue)s, and the n-grams are of words",
        hint: "use a run with --tokens word, or drop --arpa")
    }
    (company.ngrams, company.weight) = (ngrams, weight)
  }
}

extension LanguageModelTask: Sampling {
  /// The prompt and its continuation, as they are drawn.
  public func sample(_ request: SamplingRequest, write: (String) throws -> Void) throws {
    guard request.condition == nil else {
      throw UserError.usage(
        "the run was trained on running text, which has no --condition",
        hint: "train with \(ProgramName.current) train lm --condition, or use --prompt")
    }
    let prompt = try vocabulary.encode(settings.data.division.divided(request.prompt))
    let start = prompt.isEmpty ? [lineEnd] : prompt
    let generator = LanguageModelGenerator(model, seed: request.seed)
    for id in start { generator.feed(id) }
    try write(request.prompt)
    var decoder = TextDecoder(vocabulary)
    // Words are joined by spaces; the first one needs its space after the prompt, not before it.
    if vocabulary.kind == .word, !request.prompt.isEmpty {
      _ = decoder.append(start[start.count - 1])
    }
    for _ in 0..<request.length {
      let id = generator.draw(request.rule)
      try write(decoder.append(id))
      generator.feed(id)
    }
    try write(decoder.finish() + "\n")
  }
}
