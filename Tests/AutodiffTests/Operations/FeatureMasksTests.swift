import TestSupport
import Testing
import Unroll

@Suite struct FeatureMasksTests {
  private func masking(
    _ channels: Int, times: Int = 0, steps: Int = 0, bands: Int = 0, width: Int = 0
  ) -> FeatureMasking {
    var masking = FeatureMasking(channels: channels)
    (masking.timeMasks, masking.timeMaskSteps) = (times, steps)
    (masking.frequencyMasks, masking.frequencyMaskWidth) = (bands, width)
    return masking
  }

  @Test func gradientPassesWhereNothingIsBlottedOut() throws {
    let check = OperationCheck<Double>(SequenceLayout(lengths: [13, 11, 6, 1]))
    let x = check.leaf(columns: 10)
    let masking = masking(5, times: 2, steps: 2, bands: 1, width: 3)
    try check.run { $0.probe($0.tape.masked($0[x], masking)) }
    // Read twice, gradients add up.
    try check.run { recording in
      recording.probe(recording.tape.masked(recording[x], masking))
      recording.probe(recording[x])
    }
  }

  /// Of every sequence: the steps that are zero in all columns, and the channels that are zero at all steps.
  private func gaps(
    _ masking: FeatureMasking, lengths: [Int], copies: Int
  ) -> [(steps: [Int], channels: [[Int]])] {
    let layout = SequenceLayout(lengths: lengths)
    let check = OperationCheck<Float>(layout)
    let x = check.leaf(columns: copies * masking.channels)
    let result = check.evaluate { $0.probe($0.tape.masked($0[x], masking)) }
    let (values, columns) = (result.probed[0], copies * masking.channels)
    for (value, source) in zip(values, check[x]) { #expect(value == 0 || value == source) }
    return lengths.indices.map { row in
      func value(_ step: Int, _ column: Int) -> Float {
        values[(layout.offsets[step] + row) * columns + column]
      }
      let steps = 0..<lengths[row]
      return (
        steps.filter { step in (0..<columns).allSatisfy { value(step, $0) == 0 } },
        (0..<copies).map { copy in
          (0..<masking.channels).filter { channel in
            steps.allSatisfy { value($0, copy * masking.channels + channel) == 0 }
          }
        }
      )
    }
  }

  @Test func stretchesAreAtMostAFifthAndOfAllLengths() {
    let lengths = [Int](repeating: 40, count: 300) + [Int](repeating: 4, count: 20)
    let found = gaps(masking(3, times: 1, steps: 20), lengths: lengths, copies: 2).map(\.steps)
    for steps in found {
      #expect(steps.isEmpty || steps.last! - steps.first! == steps.count - 1, "one stretch")
    }
    #expect(Set(found.prefix(300).map(\.count)) == Set(0...8))
    #expect(Set(found.prefix(300).joined()) == Set(0..<40), "anywhere")
    #expect(found.suffix(20).joined().isEmpty, "a fifth of four steps is none")
  }

  @Test func allCopiesLoseTheSameBand() {
    let found = gaps(
      masking(7, bands: 1, width: 3), lengths: [Int](repeating: 2, count: 200), copies: 3
    ).map(\.channels)
    for copies in found {
      let band = copies[0]
      #expect(copies == [band, band, band])
      #expect(band.isEmpty || band.last! - band.first! == band.count - 1)
    }
    let bands = found.map { $0[0] }
    #expect(Set(bands.map(\.count)) == Set(0...3) && Set(bands.joined()) == Set(0..<7))
    // A band that may be wider than all channels is each width up to all of them.
    let wide = gaps(
      masking(2, bands: 1, width: 9), lengths: [Int](repeating: 3, count: 60), copies: 1)
    #expect(Set(wide.map(\.channels[0].count)) == Set(0...2))
  }

  @Test func gapsAreOfTrainingAlone() {
    let check = OperationCheck<Float>(SequenceLayout(lengths: [40, 30]))
    let x = check.leaf(columns: 6)
    let masking = masking(6, times: 2, steps: 9, bands: 2, width: 3)
    let result = check.evaluate(training: false) { $0.probe($0.tape.masked($0[x], masking)) }
    #expect(result.probed[0] == check[x])
    let trained = check.evaluate { $0.probe($0.tape.masked($0[x], masking)) }
    #expect(trained.probed[0] != check[x])
  }
}
