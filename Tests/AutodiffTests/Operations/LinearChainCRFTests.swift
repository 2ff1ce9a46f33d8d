import Foundation
import TestSupport
import Testing
import Unroll

/// The CRF against the sum over all paths, written down as it is defined.
@Suite struct LinearChainCRFTests {
  /// Every path through one row's scores, in Double.
  private struct Paths {
    let scores: [(tags: [Int32], score: Double)]

    init<S: MatrixElement>(
      emissions: [[S]], start: [S], end: [S], transitions: [S],
      where isAllowed: ([Int32]) -> Bool = { _ in true }
    ) {
      let tags = start.count
      var paths: [[Int32]] = [[]]
      for _ in emissions { paths = paths.flatMap { p in (0..<tags).map { p + [Int32($0)] } } }
      scores = paths.filter(isAllowed).map { path in
        var score = Double(start[Int(path[0])]) + Double(end[Int(path[path.count - 1])])
        for (step, tag) in path.enumerated() {
          score += Double(emissions[step][Int(tag)])
          if step > 0 { score += Double(transitions[Int(path[step - 1]) * tags + Int(tag)]) }
        }
        return (path, score)
      }
    }

    var normalizer: Double {
      let largest = scores.map(\.score).max()!
      return largest + log(scores.reduce(0) { $0 + exp($1.score - largest) })
    }

    func score(of path: [Int32]) -> Double { scores.first { $0.tags == path }!.score }

    func marginal(_ step: Int, _ tag: Int) -> Double {
      let normalizer = normalizer
      return scores.reduce(0) {
        $0 + (Int($1.tags[step]) == tag ? exp($1.score - normalizer) : 0)
      }
    }

    /// The expected number of transitions.
    func count(_ from: Int, _ to: Int) -> Double {
      let normalizer = normalizer
      return scores.reduce(0) { sum, path in
        let times = path.tags.indices.dropFirst().count {
          Int(path.tags[$0 - 1]) == from && Int(path.tags[$0]) == to
        }
        return sum + Double(times) * exp(path.score - normalizer)
      }
    }
  }

  private final class Problem<S: MatrixElement> {
    let layout: SequenceLayout
    let check: OperationCheck<S>
    let x: OperationCheck<S>.Leaf
    let scores: TransitionScores<S>
    let labels: [Int32]
    let ids: UnsafeBufferPointer<Int32>
    let scale = 0.3

    init(_ layout: SequenceLayout, tags: Int) {
      self.layout = layout
      check = OperationCheck(layout)
      x = check.leaf(columns: tags)
      scores = TransitionScores("crf", tagCount: tags, in: check.parameters)
      labels = (0..<layout.tokenCount).map { Int32(($0 * 7 + $0 / 3) % tags) }
      ids = check.integers(labels)
      let count = check.values.count
      check.values = (0..<count).map { S(2 * sin(Double($0) * 1.3)) }
    }

    func record(_ recording: OperationCheck<S>.Recording) -> Loss<S> {
      recording.tape.linearChainCRF(recording[x], labels: ids, scores: scores, scale: scale)
    }

    func tokens(_ row: Int) -> [Int] {
      (0..<layout.lengths[row]).map { layout.offsets[$0] + row }
    }

    func paths(_ row: Int, where isAllowed: ([Int32]) -> Bool = { _ in true }) -> Paths {
      let tags = scores.tagCount
      return Paths(
        emissions: tokens(row).map { Array(check[x][$0 * tags..<($0 + 1) * tags]) },
        start: scores.start.values, end: scores.end.values,
        transitions: scores.transitions.values, where: isAllowed)
    }

    /// The emissions as a matrix for the decoder.
    func withEmissions(_ body: (Matrix<S>) throws -> Void) rethrows {
      let tags = scores.tagCount
      let stride = Matrix<S>.stride(forColumns: tags)
      let buffer = AlignedBuffer<S>(count: layout.tokenCount * stride)
      let matrix = Matrix(
        base: buffer.base, rows: layout.tokenCount, columns: tags, stride: stride)
      matrix.assign(check[x])
      try withExtendedLifetime(buffer) { try body(matrix) }
    }
  }

  private static let layout = SequenceLayout(lengths: [5, 4, 4, 2, 1])

  @Test(arguments: [
    (layout, 3), (SequenceLayout(lengths: [4, 2]), 18), (SequenceLayout(rows: 2, steps: 1), 2),
    (layout, 1),
  ])
  func gradient(_ layout: SequenceLayout, tags: Int) throws {
    let problem = Problem<Double>(layout, tags: tags)
    try problem.check.run { _ = problem.record($0) }
  }

  @Test func valueAndGradientAreThoseOfAllPaths() throws {
    let problem = Problem<Double>(Self.layout, tags: 3)
    try compare(problem, values: 1e-15, gradients: 5e-16)
  }

  /// Scores so far apart that e^score is not a `Float`, and transitions that are as good as
  /// forbidden where the tokens ask for them. From a spread of 80 between transitions on, the
  /// lowest have no gradient of their own.
  @Test(arguments: [1.0, 20, 60])
  func floatWithScoresFarApart(spread: Double) throws {
    let problem = Problem<Float>(Self.layout, tags: 4)
    problem.check.values = problem.check.values.enumerated().map { index, value in
      Float(spread) * value
    }
    problem.scores.transitions.value[5] = -10_000
    problem.scores.transitions.value[2] = -300
    problem.check.parameters.pack()
    try compare(
      problem, values: 1e-7, gradients: spread < 40 ? 1e-6 : 1e-5, transitionsToo: spread < 40)
  }

  private func compare<S: MatrixElement>(
    _ problem: Problem<S>, values: Double, gradients: Double, transitionsToo: Bool = true
  ) throws {
    var terms: Matrix<S>?
    let tags = problem.scores.tagCount
    let gradient = problem.check.evaluate { terms = problem.record($0).terms }.gradient.map {
      Double($0)
    }
    var expected = [Double](repeating: 0, count: gradient.count)
    let start = problem.layout.tokenCount * tags
    for row in 0..<problem.layout.rowCount {
      let paths = problem.paths(row)
      let tokens = problem.tokens(row)
      let labels = tokens.map { problem.labels[$0] }
      let loss = paths.normalizer - paths.score(of: labels)
      let scale = max(1, abs(paths.normalizer), loss)
      #expect(abs(Double(try #require(terms)[row, 0]) - loss) <= values * scale)
      for (step, token) in tokens.enumerated() {
        for tag in 0..<tags {
          let difference = paths.marginal(step, tag) - (Int(labels[step]) == tag ? 1 : 0)
          expected[token * tags + tag] += difference
          if step == 0 { expected[start + tag] += difference }
          if step == tokens.count - 1 { expected[start + tags + tag] += difference }
        }
      }
      for place in 0..<tags * tags {
        let (from, to) = (place / tags, place % tags)
        let times = labels.indices.dropFirst().count {
          labels[$0 - 1] == from && labels[$0] == to
        }
        expected[start + 2 * tags + place] += paths.count(from, to) - Double(times)
      }
    }
    let count = start + 2 * tags + (transitionsToo ? tags * tags : 0)
    let worst = zip(gradient, expected).prefix(count).map { abs($0 - problem.scale * $1) }.max {
      !($0 >= $1)
    }
    #expect(try #require(worst) <= gradients)
  }

  @Test(arguments: [false, true])
  func bestPathAndMarginals(isConstrained: Bool) throws {
    let problem = Problem<Double>(Self.layout, tags: 3)
    // Tag 2 neither begins a sequence nor follows tag 0; tag 1 does not end one.
    let constraints = TransitionConstraints(
      tagCount: 3, start: { $0 != 2 }, end: { $0 != 1 }, transition: { !($0 == 0 && $1 == 2) })
    let decoder = ChainDecoder(problem.scores, constraints: isConstrained ? constraints : nil)
    try problem.withEmissions { emissions in
      for row in 0..<problem.layout.rowCount {
        let paths = problem.paths(row) { path in
          !isConstrained
            || path.first != 2 && path.last != 1
              && !zip(path, path.dropFirst()).contains { $0 == 0 && $1 == 2 }
        }
        let best = try #require(paths.scores.max { $0.score < $1.score })
        let found = try #require(decoder.bestPath(emissions, problem.layout, row: row))
        #expect(found.tags == best.tags)
        #expect(abs(found.score - best.score) < 1e-13)
        let marginals = try #require(decoder.marginals(emissions, problem.layout, row: row))
        for step in marginals.indices {
          for tag in 0..<3 {
            #expect(abs(marginals[step][tag] - paths.marginal(step, tag)) < 1e-14)
          }
        }
        for path in paths.scores {
          let found = try #require(
            decoder.logProbability(of: path.tags, emissions, problem.layout, row: row))
          #expect(abs(found - (path.score - paths.normalizer)) < 1e-13)
        }
        if isConstrained {
          let forbidden = [Int32](repeating: 2, count: problem.layout.lengths[row])
          #expect(
            decoder.logProbability(of: forbidden, emissions, problem.layout, row: row) == -.infinity
          )
        }
      }
    }
  }

  /// As many as are asked for or allowed, in the order of all sequences, with their shares.
  @Test(arguments: [false, true], [1, 4, 1000])
  func bestPaths(isConstrained: Bool, count: Int) throws {
    let problem = Problem<Double>(Self.layout, tags: 3)
    let constraints = TransitionConstraints(
      tagCount: 3, start: { $0 != 1 }, transition: { !($0 == 2 && $1 == 2) })
    let decoder = ChainDecoder(problem.scores, constraints: isConstrained ? constraints : nil)
    try problem.withEmissions { emissions in
      for row in 0..<problem.layout.rowCount {
        let paths = problem.paths(row) { path in
          !isConstrained
            || path.first != 1 && !zip(path, path.dropFirst()).contains { $0 == 2 && $1 == 2 }
        }
        let all = paths.scores.sorted { $0.score > $1.score }
        let found = decoder.bestPaths(emissions, problem.layout, row: row, count: count)
        #expect(found.map(\.tags) == all.prefix(count).map(\.tags))
        for (path, expected) in zip(found, all) {
          #expect(abs(path.logProbability - (expected.score - paths.normalizer)) < 1e-13)
        }
        let best = try #require(decoder.bestPath(emissions, problem.layout, row: row))
        #expect(best.tags == found[0].tags)
      }
    }
  }

  /// Without transitions it is a softmax for each token.
  @Test func independentTagsAreSoftmaxes() throws {
    let problem = Problem<Double>(Self.layout, tags: 3)
    let decoder = ChainDecoder<Double>(independent: 3)
    try problem.withEmissions { emissions in
      for row in 0..<problem.layout.rowCount {
        let marginals = try #require(decoder.marginals(emissions, problem.layout, row: row))
        for (step, found) in marginals.enumerated() {
          let token = problem.layout.offsets[step] + row
          let powers = (0..<3).map { exp(emissions[token, $0]) }
          for tag in 0..<3 {
            #expect(abs(found[tag] - powers[tag] / powers.reduce(0, +)) < 1e-14)
          }
        }
        let path = try #require(
          decoder.bestPaths(emissions, problem.layout, row: row, count: 1).first)
        let sum = zip(marginals, path.tags).reduce(0) { $0 + log($1.0[Int($1.1)]) }
        #expect(abs(path.logProbability - sum) < 1e-13)
      }
    }
  }

  @Test func nothingAllowed() {
    let problem = Problem<Double>(SequenceLayout(rows: 1, steps: 2), tags: 3)
    let decoder = ChainDecoder(
      problem.scores,
      constraints: TransitionConstraints(
        tagCount: 3, start: { _ in true }, transition: { _, _ in false }))
    problem.withEmissions {
      #expect(decoder.bestPath($0, problem.layout, row: 0) == nil)
      #expect(decoder.marginals($0, problem.layout, row: 0) == nil)
      #expect(decoder.logProbability(of: [0, 1], $0, problem.layout, row: 0) == nil)
      #expect(decoder.bestPaths($0, problem.layout, row: 0, count: 2).isEmpty)
    }
  }
}
