import Foundation
import TaskCommands
import Unroll

/// One line to be scored.
struct Reading {
  let text: String
  let place: String
  /// Where lines say which sentence they are a reading of.
  let hypothesis: HypothesisLine?

  /// Throws a `UserError` that names the place of a line without an id.
  init(_ line: String, _ form: HypothesisForm?, at place: String) throws {
    hypothesis = try form.map { try HypothesisLine(line, $0, at: place) }
    text = hypothesis?.text ?? line
    self.place = place
  }
}

/// Writes the scores of sentences; of readings with one id perhaps the best alone.
struct ScoreOutput {
  private let json: Bool
  private let choosesBest: Bool
  private var best: (reading: Reading, score: SentenceScore?)?

  init(json: Bool, best: Bool) {
    self.json = json
    choosesBest = best
  }

  mutating func show(_ readings: [Reading], _ scores: [SentenceScore?]) {
    for (reading, score) in zip(readings, scores) {
      guard choosesBest else {
        write(reading, score)
        continue
      }
      if best?.reading.hypothesis?.id != reading.hypothesis?.id { finish() }
      // Of equals the first, and what has a score before what has none.
      if best == nil
        || score.map({ $0.logProbability > best?.score?.logProbability ?? -.infinity }) == true
      {
        best = (reading, score)
      }
    }
  }

  /// Writes what is still to be written.
  mutating func finish() {
    if let best { write(best.reading, best.score) }
    best = nil
  }

  /// Scores that are missing are `nan`, in JSON `null`.
  private func write(_ reading: Reading, _ score: SentenceScore?) {
    let text = score.map { String(format: "%.4f", $0.logProbability) } ?? "nan"
    let line =
      switch (json, reading.hypothesis) {
      case (true, _): "\(object(reading, score))"
      case (false, let hypothesis?):
        choosesBest ? hypothesis.chosen : hypothesis.scored(text)
      case (false, nil): text + "\t" + reading.text
      }
    Output.standardOutput.write(line + "\n")
  }

  private func object(_ reading: Reading, _ score: SentenceScore?) -> JSONValue {
    func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
    let id: [JSONValue.Member] = reading.hypothesis.map { [.init("id", .string($0.id))] } ?? []
    return .object(
      id + [
        .init("log_probability", number(score?.logProbability)),
        .init("nats_per_token", number(score.map { -$0.logProbability / Double($0.tokens) })),
        .init("sentence", .string(reading.text)),
        .init("tokens", score.map { .integer($0.tokens) } ?? .null),
      ])
  }
}
