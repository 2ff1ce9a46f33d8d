import Compute
import Networks
import Testing

@Suite struct SamplingRuleTests {
  /// Of the probabilities 0.1, 0.2, 0.2, 0.4 and 0.1.
  private static let logits = [1.0, 2, 2, 4, 1].map { Scalar.log($0) }

  /// What is drawn as `u` goes from 0 to 1 in so many steps.
  private func drawn(_ rule: SamplingRule, steps: Int = 100) -> [Int] {
    Self.logits.withUnsafeBufferPointer { logits in
      (0..<steps).map { rule.draw(logits, u: (Double($0) + 0.5) / Double(steps)) }
    }
  }

  private func counts(_ rule: SamplingRule) -> [Int] {
    drawn(rule).reduce(into: [Int](repeating: 0, count: 5)) { $0[$1] += 1 }
  }

  @Test func tokensAreDrawnAsOftenAsTheyAreProbable() {
    #expect(counts(SamplingRule()) == [10, 20, 20, 40, 10])
    #expect(counts(SamplingRule(temperature: 0.5)) == [4, 15, 16, 61, 4])
    #expect(counts(SamplingRule(temperature: 0)) == [0, 0, 0, 100, 0])
  }

  /// Of equals the lower ids; shares stay in proportion.
  @Test func onlyTheMostProbable() {
    #expect(counts(SamplingRule(topK: 1)) == [0, 0, 0, 100, 0])
    #expect(counts(SamplingRule(topK: 2)) == [0, 33, 0, 67, 0])
    #expect(counts(SamplingRule(topK: 3)) == [0, 25, 25, 50, 0])
    #expect(counts(SamplingRule(topK: 4)) == [11, 23, 22, 44, 0])
    #expect(counts(SamplingRule(topP: 0.39)) == [0, 0, 0, 100, 0])
    #expect(counts(SamplingRule(topP: 0.5)) == [0, 33, 0, 67, 0])
    #expect(counts(SamplingRule(topP: 0.79)) == [0, 25, 25, 50, 0])
    #expect(counts(SamplingRule(topK: 3, topP: 0.7)) == [0, 33, 0, 67, 0])
    #expect(drawn(SamplingRule(topK: 2), steps: 3) == [3, 3, 1])
  }
}
