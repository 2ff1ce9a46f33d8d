import Compute
import Corpora
import Foundation
import TestSupport
import Testing

struct MarkovSourceTests {
  private func text(_ source: MarkovSource, bytes: Int) throws -> [UInt8] {
    let folder = try TemporaryFolder()
    let file = folder.url.appendingPathComponent("text")
    try source.write(bytes: bytes, to: file)
    return Array(try Data(contentsOf: file))
  }

  @Test(arguments: [(1, 27), (2, 12), (3, 8), (5, 3)])
  func theTextHasTheEntropyRate(order: Int, symbols: Int) throws {
    let source = try MarkovSource(order: order, alphabetSize: symbols, seed: 5)
    let text = try text(source, bytes: 1_000_001)
    #expect(text.count == 1_000_001)
    #expect(Set(text).isSubset(of: Set(source.alphabet)))
    // A million losses with a spread of about 1 nat: 0.001 nats a standard error.
    #expect(abs(try source.crossEntropy(of: text) - source.entropyRate) < 0.005)
    #expect(source.entropyRate < log(Double(symbols)) - 0.1)
    #expect(abs(source.bitsPerCharacter - source.entropyRate / log(2)) < 1e-12)
  }

  /// The entropy that is counted from the text alone, knowing only the order.
  @Test func countsOfTheTextGiveTheSameEntropy() throws {
    let source = try MarkovSource(order: 2, alphabetSize: 6, seed: 11)
    let text = try text(source, bytes: 1_000_000)
    func counts(_ length: Int) -> [ArraySlice<UInt8>: Int] {
      (length...text.count).reduce(into: [:]) { $0[text[$1 - length..<$1], default: 0] += 1 }
    }
    func entropy(_ length: Int) -> Double {
      let all = counts(length)
      let total = Double(all.values.reduce(0, +))
      return all.values.reduce(0) { $0 - Double($1) / total * log(Double($1) / total) }
    }
    #expect(abs(entropy(3) - entropy(2) - source.entropyRate) < 0.005)
    // A third symbol of context adds nothing; leaving one out loses something.
    #expect(abs(entropy(4) - entropy(3) - source.entropyRate) < 0.006)
    #expect(entropy(2) - entropy(1) > source.entropyRate + 0.1)
  }

  @Test func theSeedIsEverything() throws {
    let a = try text(MarkovSource(order: 3, alphabetSize: 9, seed: 1), bytes: 70_000)
    #expect(try text(MarkovSource(order: 3, alphabetSize: 9, seed: 1), bytes: 70_000) == a)
    // A shorter text is the start of a longer one.
    #expect(
      try text(MarkovSource(order: 3, alphabetSize: 9, seed: 1), bytes: 1_003) == Array(a[..<1_003])
    )
    #expect(try text(MarkovSource(order: 3, alphabetSize: 9, seed: 2), bytes: 70_000) != a)
    #expect(
      try text(MarkovSource(order: 1, alphabet: "xyz", seed: 1), bytes: 100)
        .allSatisfy { (0x78...0x7A).contains($0) })
  }

  @Test func defaultAlphabetsFitTheOrder() throws {
    for (order, size) in [(1, 27), (2, 27), (3, 27), (4, 16), (5, 10)] {
      #expect(try MarkovSource(order: order, seed: 0).alphabet.count == size)
    }
  }

  @Test func impossibleSourcesAreRefused() {
    expectUserError(saying: "order 6", "1 to 5") { _ = try MarkovSource(order: 6, seed: 0) }
    expectUserError(saying: "27 symbols are too many", "up to 10") {
      _ = try MarkovSource(order: 5, alphabetSize: 27, seed: 0)
    }
    expectUserError(saying: "1 symbols") {
      _ = try MarkovSource(order: 1, alphabetSize: 1, seed: 0)
    }
    expectUserError(saying: "'aa'", "distinct") {
      _ = try MarkovSource(order: 1, alphabet: "aa", seed: 0)
    }
    expectUserError(saying: "'é'") { _ = try MarkovSource(order: 1, alphabet: "é", seed: 0) }
  }
}

struct PhraseGrammarTests {
  @Test func pearAndPairKeepToTheirContexts() {
    let grammar = PhraseGrammar(seed: 1)
    let sentences = (0..<2000).map(grammar.sentence)
    func count(_ phrase: String) -> Int {
      sentences.count { (" " + $0 + " ").contains(" \(phrase) ") }
    }
    #expect(count("the pear salad") > 80)
    #expect(count("pair salad") == 0)
    #expect(count("pear of") == 0)
    #expect(count("pair of") > 100)
    #expect(abs(Double(count("pear")) / Double(count("pair")) - 1) < 0.15)
    #expect(sentences.allSatisfy { $0 == $0.lowercased() })
    func isMade(seed: UInt64) -> Bool {
      sentences == (0..<2000).map(PhraseGrammar(seed: seed).sentence)
    }
    #expect(isMade(seed: 1))
    #expect(!isMade(seed: 2))
  }
}

/// The samples in data/ are what data/README.md says they are.
struct SampleTests {
  private var folder: URL { SharedData.packageRoot.appendingPathComponent("data") }

  @Test func theMarkovSampleIsMadeByItsSource() throws {
    let source = try MarkovSource(order: 2, alphabetSize: 12, seed: 1)
    let temporary = try TemporaryFolder()
    let made = temporary.url.appendingPathComponent("made")
    let sample = try Data(contentsOf: folder.appendingPathComponent("markov-sample.txt"))
    try source.write(bytes: 200_000, to: made)
    #expect(try Data(contentsOf: made) == sample)
    let page = try String(contentsOf: folder.appendingPathComponent("README.md"), encoding: .utf8)
    #expect(page.contains(String(format: "%.4f nats", source.entropyRate)))
    #expect(page.contains(String(format: "%.4f bits", source.bitsPerCharacter)))
  }

  @Test func thePhrasesAreMadeByTheirGrammar() throws {
    let temporary = try TemporaryFolder()
    let made = temporary.url.appendingPathComponent("made")
    try PhraseGrammar(seed: 1).write(lines: 1500, to: made)
    let sample = try Data(contentsOf: folder.appendingPathComponent("pears.txt"))
    #expect(try Data(contentsOf: made) == sample)
  }

  @Test func theManifestIsTheStandardOne() throws {
    let manifest = folder.appendingPathComponent("manifest.json")
    #expect(try String(contentsOf: manifest, encoding: .utf8) == DatasetManifest.standard.json())
    #expect(try DatasetManifest(contentsOf: manifest) == .standard)
  }
}
