import Corpora
import Foundation
import TestSupport
import Testing

/// Words whose entropy is known.
@Suite struct ZipfSourceTests {
  @Test(arguments: [2, 63, 64, 65, 5000])
  func chancesSumToOne(types: Int) throws {
    let source = try ZipfSource(types: types, seed: 4)
    for word in [nil, 0, 1, types / 2, types - 1] {
      let sum = (0..<types).reduce(source.chance(of: nil, after: word)) {
        $0 + source.chance(of: $1, after: word)
      }
      #expect(abs(sum - 1) < 1e-12)
    }
  }

  /// The source's own loss on its text is the entropy rate, and the text is what the chances say.
  @Test(arguments: [50, 9000])
  func textHasTheEntropyThatIsTold(types: Int) throws {
    let folder = try TemporaryFolder()
    let url = folder.url.appendingPathComponent("text")
    let source = try ZipfSource(types: types, seed: 11)
    let count = try source.write(bytes: 1_300_000, to: url, threads: 2)
    let words = Dictionary(uniqueKeysWithValues: (0..<types).map { (ZipfSource.spelling($0), $0) })
    #expect(words.count == types)
    let text = try String(contentsOf: url, encoding: .utf8)
    #expect((1_300_000..<1_301_000).contains(text.utf8.count) && text.hasSuffix("\n"))
    var (nats, squares, tokens) = (0.0, 0.0, 0)
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
      var last: Int?
      func count(_ next: Int?) {
        let value = -log(source.chance(of: next, after: last))
        nats += value
        squares += value * value
        tokens += 1
        last = next
      }
      for word in line.split(separator: " ") {
        let next: Int = try #require(words[String(word)])
        count(next)
      }
      count(nil)
    }
    #expect(tokens == count)
    let mean = nats / Double(tokens)
    let error = (squares / Double(tokens) - mean * mean).squareRoot() / Double(tokens).squareRoot()
    #expect(abs(mean - source.entropyRate) < 5 * error)
    #expect(error < 0.01)
  }

  @Test func threadsChangeNothing() throws {
    let folder = try TemporaryFolder()
    let source = try ZipfSource(types: 300, seed: 2)
    let texts = try [1, 2, 5].map { threads in
      let url = folder.url.appendingPathComponent("\(threads)")
      _ = try source.write(bytes: 700_000, to: url, threads: threads)
      return try Data(contentsOf: url)
    }
    #expect(Set(texts).count == 1)
    let other = folder.url.appendingPathComponent("other")
    _ = try ZipfSource(types: 300, seed: 3).write(bytes: 700_000, to: other, threads: 1)
    #expect(try Data(contentsOf: other) != texts[0])
  }

  @Test func tooManyWordsAreRefused() {
    for types in [-1, 0, 1, ZipfSource.mostTypes + 1] {
      expectUserError(saying: "--types \(types)", "expected 2 to") {
        _ = try ZipfSource(types: types, seed: 1)
      }
    }
  }
}
