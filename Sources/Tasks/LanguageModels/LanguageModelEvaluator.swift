import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Networks
import Parallel
import Runs

/// How well a model predicts a text.
package struct LanguageModelScore: Sendable, Equatable {
  /// Negative log-likelihood of all predicted tokens, in nats.
  package let nats: Double
  package let tokens: Int
  /// That the tokens spell, where tokens have lengths of their own.
  package var characters: Int?

  package init(nats: Double, tokens: Int) {
    self.nats = nats
    self.tokens = tokens
  }

  /// Nats a token.
  package var loss: Double { nats / Double(tokens) }
  package var perplexity: Double { Scalar.exp(loss) }
  /// Bits a token: bits per character where a token is a character.
  package var bits: Double { loss / Scalar.log(2.0) }
  package var bitsPerCharacter: Double? { characters.map { nats / Scalar.log(2.0) / Double($0) } }
}

/// Runs a model over a text without training: state carried from the beginning, dropout off, every
/// token but the first predicted once.
///
/// With `streams` 1 that is literally what happens. More streams read parts of the text side by
/// side; each but the first begins `warmup` tokens early to find its state, and those are not
/// counted. What a lost beginning costs is then far below what is printed, and workers share rows.
package struct LanguageModelEvaluator<S: MatrixElement> {
  private let reader: TextLikelihoods<S>
  private let warmup: Int
  private let team: WorkerTeam

  package init(_ model: LanguageModel<S>, team: WorkerTeam, streams: Int = 1, warmup: Int = 256) {
    precondition(warmup >= 0)
    self.team = team
    reader = TextLikelihoods(model, team: team, maximumRows: streams)
    self.warmup = warmup
  }

  /// - Parameter range: at least two tokens.
  package func score(_ tokens: any TokenSource, range: Range<Int>) -> LanguageModelScore {
    precondition(range.count > 1, "\(range.count) tokens: nothing to predict")
    let parts = parts(of: range)
    var nats = [Double](repeating: 0, count: parts.count)
    reader.read(
      lengths: parts.map(\.length),
      token: { row, position in tokens[parts[row].start + position] },
      visit: { row, position, value in
        if position >= parts[row].skipped { nats[row] += value }
      })
    return LanguageModelScore(nats: nats.reduce(0, +), tokens: range.count - 1)
  }

  /// Reads each stretch from a state of zeros, and predicts all of its tokens, the first one after `start`.
  package func score(
    _ stretches: any Sequence<StretchOrder.Stretch>, after start: Int32
  ) -> LanguageModelScore {
    var (nats, tokens) = (0.0, 0)
    var group: [StretchOrder.Stretch] = []
    func read() {
      // Ties keep their order.
      let sorted = group.enumerated().sorted {
        ($1.element.tokens.count, $0.offset) < ($0.element.tokens.count, $1.offset)
      }.map(\.element)
      for first in stride(from: 0, to: sorted.count, by: reader.maximumRows) {
        let rows = sorted[first..<min(first + reader.maximumRows, sorted.count)]
        var sums = [Double](repeating: 0, count: rows.count)
        reader.read(
          lengths: rows.map(\.tokens.count),
          token: { row, position in
            let stretch = rows[first + row]
            return position == 0
              ? start : stretch.store[stretch.tokens.lowerBound + position - 1]
          }, visit: { row, _, value in sums[row] += value })
        nats += sums.reduce(0, +)
        tokens += rows.reduce(0) { $0 + $1.tokens.count }
      }
      group.removeAll(keepingCapacity: true)
    }
    for stretch in stretches where !team.isCancelled {
      group.append(stretch)
      if group.count == 16 * reader.maximumRows { read() }
    }
    read()
    return LanguageModelScore(nats: nats, tokens: tokens)
  }

  /// Reads tokens `start ... start + length`; the first `skipped` predictions are not counted.
  private struct Part {
    let start: Int, length: Int, skipped: Int
  }

  /// Equal shares, longest first.
  private func parts(of range: Range<Int>) -> [Part] {
    let predictions = range.count - 1
    let count = min(reader.maximumRows, max(1, predictions / (2 * warmup + 1)))
    return (0..<count).map { index in
      let start = index * predictions / count
      let end = (index + 1) * predictions / count
      let skipped = index == 0 ? 0 : min(warmup, start)
      return Part(
        start: range.lowerBound + start - skipped, length: end - start + skipped,
        skipped: skipped)
    }.sorted { $0.length > $1.length }
  }
}

extension LanguageModelScore {
  /// Perplexity for words, bits for characters and bytes, and of subwords bits a character that they spell.
  func validation(_ kind: TokenKind) -> Score {
    let figure =
      kind == .word
      ? String(format: "perplexity %.2f", perplexity)
      : String(format: "%.4f bpc", bitsPerCharacter ?? bits)
    return Score(
      loss: loss,
      figures: [
        .init("ppl", perplexity, .number, .lowerIsBetter),
        .init("bits_per_token", bits, .bits, .lowerIsBetter),
      ] + characterFigures, count: tokens, text: String(format: "%.4f nats  ", loss) + figure)
  }

  /// All that is worth telling.
  func evaluation(_ kind: TokenKind) -> Evaluation {
    let unit = kind == .character ? "character" : "token"
    var text = String(
      format: "loss %.4f nats/%@   perplexity %.3f   %.4f bits/%@   %ld tokens", loss, unit,
      perplexity, bits, unit, tokens)
    if let characters, let bitsPerCharacter {
      text += String(
        format: "   %.4f bits/character   %ld characters", bitsPerCharacter, characters)
    }
    return Evaluation(
      score: Score(
        loss: loss,
        figures: [
          .init("perplexity", perplexity, .number, .lowerIsBetter),
          .init("bits_per_\(unit)", bits, .bits, .lowerIsBetter),
        ] + characterFigures, count: tokens, text: text),
      details: [.init("tokens", .integer(tokens))]
        + (characters.map { [.init("characters", .integer($0))] } ?? []))
  }

  private var characterFigures: [Figure] {
    bitsPerCharacter.map { [.init("bits_per_character", $0, .bits, .lowerIsBetter)] } ?? []
  }
}
