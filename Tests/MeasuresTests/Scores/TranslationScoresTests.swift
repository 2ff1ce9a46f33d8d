import Foundation
import Interchange
import Measures
import Testing

@Suite struct TranslationScoresTests {
  /// Segments and what sacreBLEU prints for them; see make_translation_goldens.py.
  private struct Case: Decodable {
    let name: String
    let pairs: [[String]]
    let bleu: Double
    let bleuOfWords: Double
    let chrf: Double
    let chrfWithWords: Double
    let lines: [String?]

    enum CodingKeys: String, CodingKey {
      case name, pairs, bleu, chrf
      case bleuOfWords = "bleu none"
      case bleuOfWordsLine = "bleu none line"
      case chrfWithWords = "chrf++"
      case bleuLine = "bleu line"
      case chrfLine = "chrf line"
      case chrfWithWordsLine = "chrf++ line"
    }

    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: CodingKeys.self)
      name = try values.decode(String.self, forKey: .name)
      pairs = try values.decode([[String]].self, forKey: .pairs)
      bleu = try values.decode(Double.self, forKey: .bleu)
      bleuOfWords = try values.decode(Double.self, forKey: .bleuOfWords)
      chrf = try values.decode(Double.self, forKey: .chrf)
      chrfWithWords = try values.decode(Double.self, forKey: .chrfWithWords)
      lines = try [.bleuLine, .bleuOfWordsLine, .chrfLine, .chrfWithWordsLine].map {
        try values.decodeIfPresent(String.self, forKey: $0)
      }
    }
  }

  private func cases() throws -> [Case] {
    let url = try #require(
      Bundle.module.url(
        forResource: "translation-scores", withExtension: "json", subdirectory: "values"))
    return try JSONDecoder().decode([String: [Case]].self, from: Data(contentsOf: url))["cases"]
      ?? []
  }

  @Test func scoresAndLinesAreSacreBLEUs() throws {
    let cases = try cases()
    #expect(cases.count == 28)
    for golden in cases {
      var (bleu, apart) = (BLEUScore(), BLEUScore(.none))
      var (chrf, words) = (ChrFScore(), ChrFScore(withWords: true))
      for pair in golden.pairs {
        bleu.add(reference: pair[1], hypothesis: pair[0])
        apart.add(reference: pair[1], hypothesis: pair[0])
        chrf.add(reference: pair[1], hypothesis: pair[0])
        words.add(reference: pair[1], hypothesis: pair[0])
      }
      let name = Comment(rawValue: golden.name)
      #expect(abs(bleu.score - golden.bleu) < 1e-11, name)
      #expect(abs(apart.score - golden.bleuOfWords) < 1e-11, name)
      #expect(abs(chrf.score - golden.chrf) < 1e-11, name)
      #expect(abs(words.score - golden.chrfWithWords) < 1e-11, name)
      guard !golden.pairs.isEmpty else { continue }
      #expect([bleu.report, apart.report, chrf.report, words.report] == golden.lines, name)
      #expect(bleu.json["bleu"]?.number == bleu.score && bleu.segmentCount == golden.pairs.count)
    }
  }

  /// By hand: matches 5/5, 3/4, 2/3, 1/2; brevity penalty exp(1 - 6/5).
  @Test func anExampleByHand() {
    var bleu = BLEUScore()
    bleu.add(reference: "the cat sat on the mat", hypothesis: "the cat sat on mat")
    #expect(bleu.counts.map(\.shared) == [5, 3, 2, 1])
    #expect(bleu.counts.map(\.hypothesis) == [5, 4, 3, 2])
    #expect(abs(bleu.brevityPenalty - exp(-0.2)) < 1e-15)
    #expect(abs(bleu.score - 57.8930) < 5e-5)
  }
}
