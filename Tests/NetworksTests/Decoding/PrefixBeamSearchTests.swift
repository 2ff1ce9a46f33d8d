import Foundation
import TestSupport
import Testing
import Unroll

@Suite struct PrefixBeamSearchTests {
  /// Log-probabilities of frames of `classes` classes, all different.
  private func frames(_ count: Int, classes: Int) -> CTCFrames {
    CTCFrames(
      logits: (0..<count).map { frame in
        (0..<classes).map { 2 * sin(1.7 * Double(frame * classes + $0) + 0.4) }
      })
  }

  /// The summed probability of all paths of each label sequence.
  private func likelihoods(_ frames: CTCFrames, blank: Int) -> [[Int]: Double] {
    var sums: [[Int]: Double] = [:]
    var paths = [([Int](), 0.0)]
    for frame in 0..<frames.count {
      paths = paths.flatMap { path, sum in
        frames[frame].enumerated().map { (path + [$0.offset], sum + $0.element) }
      }
    }
    for (path, value) in paths {
      let merged = path.indices.filter { $0 == 0 || path[$0] != path[$0 - 1] }.map { path[$0] }
      sums[merged.filter { $0 != blank }, default: 0] += exp(value)
    }
    return sums
  }

  @Test(arguments: [0, 2])
  func aWideBeamIsExact(blank: Int) {
    let frames = frames(6, classes: 3)
    let expected = likelihoods(frames, blank: blank)
    let found = PrefixBeamSearch(width: 1000, blank: blank).decode(frames)
    #expect(found.count == expected.count)
    #expect(zip(found, found.dropFirst()).allSatisfy { $0.score >= $1.score })
    for hypothesis in found {
      let likelihood = log(expected[hypothesis.labels] ?? 0)
      #expect(abs(hypothesis.logProbability - likelihood) < 1e-12, "\(hypothesis.labels)")
    }
    let best = expected.max { $0.value < $1.value }
    #expect(found[0].labels == best?.key)
  }

  /// A prefix that leaves the beam and comes back, while what has grown from it stays, is the same prefix.
  @Test func aNarrowBeamHoldsNoLabelsTwice() {
    let probabilities = [
      [0.0934, 0.3517, 0.1174, 0.4375], [0.1635, 0.003, 0.5088, 0.3247],
      [0.3522, 0.0201, 0.0044, 0.6234], [0.0436, 0.0019, 0.4639, 0.4906],
      [0.1018, 0.0628, 0.0287, 0.8067],
    ]
    let frames = CTCFrames(logits: probabilities.map { $0.map(log) })
    let found = PrefixBeamSearch(width: 2).decode(frames)
    #expect(found.count == 2 && found[0].labels != found[1].labels, "\(found)")
    let expected = likelihoods(frames, blank: 0)
    for hypothesis in found {
      let likelihood = log(expected[hypothesis.labels] ?? 0)
      #expect(hypothesis.logProbability <= likelihood + 1e-12)
    }
  }

  /// A bigram over two labels.
  private final class Bigram: LabelScorer {
    var last: [Int] = []
    func value(_ previous: Int, _ next: Int) -> Double {
      log(0.1 + 0.3 * Double((previous + 2 * next) % 3))
    }
    func begin() -> Int {
      last = [0]
      return 0
    }
    func extend(_ steps: [(prefix: Int, label: Int)]) -> [Int] {
      steps.map {
        last.append($0.label)
        return last.count - 1
      }
    }
    func logProbabilities(after prefix: Int) -> [Double] { (0..<3).map { value(last[prefix], $0) } }
    func endLogProbability(after prefix: Int) -> Double { value(last[prefix], 0) }
  }

  @Test func aLanguageModelIsFusedWithWeightAndBonus() {
    let frames = frames(6, classes: 3)
    let scorer = Bigram()
    let (weight, bonus) = (0.7, 0.35)
    let expected = likelihoods(frames, blank: 0).map { labels, likelihood in
      let path = [0] + labels + [0]
      let language = zip(path, path.dropFirst()).reduce(0) { $0 + scorer.value($1.0, $1.1) }
      return (labels, log(likelihood) + weight * language + bonus * Double(labels.count))
    }.sorted { $0.1 > $1.1 }
    let search = PrefixBeamSearch(width: 1000, scorer: scorer, weight: weight, bonus: bonus)
    let found = search.decode(frames)
    #expect(found.count == expected.count)
    for (hypothesis, (labels, score)) in zip(found, expected) {
      #expect(hypothesis.labels == labels)
      #expect(abs(hypothesis.score - score) < 1e-12)
    }
    #expect(found[0].labels != PrefixBeamSearch(width: 1000).decode(frames)[0].labels)
  }

  @Test func scorerReadsWhatTheModelSays() {
    let model = LanguageModel<Float>(
      LanguageModelConfiguration(
        vocabularySize: 7, embeddingSize: 5, hiddenSize: 6, layerCount: 2)
    ).allocated(seed: 3)
    let tokens: [Int32] = [0, 4, 2, 5]
    let scorer = LanguageModelScorer(model, tokens: tokens, boundary: 6, rows: 2)
    let texts = [[1, 1, 3], [2, 3, 3], [1, 2, 1]]
    let reader = TextLikelihoods(model, team: WorkerTeam(count: 1), maximumRows: 3)
    let whole = reader.logProbabilities(texts.map { [6] + $0.map { tokens[$0] } + [6] })
    let start = scorer.begin()
    var prefixes = texts.map { _ in start }
    var sums = texts.map { _ in 0.0 }
    for step in 0..<3 {
      for text in texts.indices {
        sums[text] += scorer.logProbabilities(after: prefixes[text])[texts[text][step]]
      }
      prefixes = scorer.extend(zip(prefixes, texts).map { ($0, $1[step]) })
    }
    for text in texts.indices {
      let sum = sums[text] + scorer.endLogProbability(after: prefixes[text])
      #expect(abs(sum - whole[text]) < 1e-5)
    }
  }

  @Test func greedyTakesTheFirstOfEqualClassesAndMergesRepeats() {
    let path = CTCPath(
      greedy: CTCFrames(logProbabilities: [
        [-1, -1, -2], [-1, -2, -3], [-3, -1, -1], [-2, -1, -1],
      ]))
    #expect(path.classes == [0, 0, 1, 1])
    #expect(path.labels == [1])
    #expect(path.logProbability == -4)
    let again = CTCPath(
      greedy: CTCFrames(logProbabilities: [[-2, -1], [-1, -2], [-2, -1], [-2, -1]]))
    #expect(again.labels == [1, 1])
    #expect(CTCPath(greedy: CTCFrames(logProbabilities: [])).labels.isEmpty)
  }

  @Test(.enabled(if: SharedData.url("ctc-vectors/ctc-decode.json") != nil))
  func publishedValues() throws {
    let url = try #require(SharedData.url("ctc-vectors/ctc-decode.json"))
    let document = try JSONValue(parsing: String(contentsOf: url, encoding: .utf8))
    func table(_ value: JSONValue?) throws -> [[Double]] {
      try #require(value?.array).map { ($0.array ?? []).compactMap(\.number) }
    }
    func integers(_ value: JSONValue?) -> [Int] { (value?.array ?? []).compactMap(\.integer) }
    let cases = try #require(document["greedy"]?.array)
    #expect(cases.count == 2)
    for item in cases {
      let path = CTCPath(
        greedy: CTCFrames(logProbabilities: try table(item["probs"]).map { $0.map { log($0) } }),
        blank: try #require(item["blank"]?.integer))
      #expect(path.labels == integers(item["decoded"]))
      let expected = try #require(item["neg_sum_log_prob"]?.number)
      #expect(abs(-path.logProbability - expected) < 1e-12)
    }
    let beam = try #require(document["beam"])
    let offset = try #require(beam["offset"]?.number)
    let frames = CTCFrames(
      logits: try table(beam["logits_before_offset"]).map { $0.map { $0 + offset } })
    let found = PrefixBeamSearch(
      width: try #require(beam["beam_width"]?.integer), blank: try #require(beam["blank"]?.integer)
    ).decode(frames)
    let expected = try #require(beam["decoded"]?.array).map(integers)
    #expect(found.map(\.labels) == expected)
    for (hypothesis, value) in zip(found, (beam["log_prob"]?.array ?? []).compactMap(\.number)) {
      #expect(abs(hypothesis.logProbability - value) < 1e-6)
    }
  }
}
