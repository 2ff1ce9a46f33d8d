import Compute
import Corpora
import Foundation
import Interchange
import TestSupport
import Testing

@Suite struct SpeechFeaturesTests {
  /// The sound of `make_audio_goldens.py`.
  private func sound(_ rate: Int, _ samples: Int) -> [Float] {
    (0..<samples).map {
      let t = Double($0)
      let tone = 0.4 * sin(2 * Double.pi * 440 * t / Double(rate))
      return Float(tone + 0.3 * cos(1e-5 * t * t) + 0.05 * sin(1.7 * t))
    }
  }

  @Test func valuesOfAnIndependentImplementation() throws {
    let url = try #require(
      Bundle.module.url(forResource: "audio", withExtension: "json"))
    let document = try JSONValue(parsing: String(contentsOf: url, encoding: .utf8))
    let cases = try #require(document["cases"]?.array)
    #expect(cases.count == 5)
    for item in cases {
      func integer(_ name: String) throws -> Int { try #require(item[name]?.integer) }
      let kind = try #require(SpeechFeatureConfiguration.Kind(rawValue: item["kind"]?.string ?? ""))
      let configuration = SpeechFeatureConfiguration(
        kind: kind, filterCount: try integer("filters"),
        coefficientCount: try integer("coefficients"), deltaOrder: try integer("deltas"),
        isNormalized: item["normalised"] == .boolean(true), stackedFrames: try integer("stacked"))
      let (rate, samples, stride) = try (
        integer("rate"), integer("samples"), integer("stride")
      )
      let features = try SpeechFeatures(configuration, sampleRate: rate)
      let found = features.extract(sound(rate, samples))
      #expect(configuration.width == (try integer("width")))
      #expect(features.stepCount(samples: samples) == (try integer("frames")))
      #expect(found.count == (try integer("width")) * (try integer("frames")))
      let expected = try #require(item["features"]?.array).compactMap(\.number)
      try #require(expected.count == (found.count - 1) / stride + 1)
      for (index, value) in expected.enumerated() {
        let error = abs(Double(found[index * stride]) - value)
        #expect(error <= 2e-7 * max(1, abs(value)), "\(item["name"] ?? .null) at \(index)")
      }
    }
  }

  @Test func framesLieInsideTheSound() throws {
    let features = try SpeechFeatures(SpeechFeatureConfiguration(), sampleRate: 8000)
    #expect(features.windowLength == 200 && features.shift == 80)
    let counts = [0, 199, 200, 279, 280, 360].map { features.frameCount(samples: $0) }
    #expect(counts == [0, 0, 1, 1, 2, 3])
    #expect(features.extract([Float](repeating: 0.5, count: 199)).isEmpty)
  }

  /// Silence varies in nothing, and its logarithm is that of the floor.
  @Test func silenceIsFinite() throws {
    var configuration = SpeechFeatureConfiguration(kind: .logMel)
    let silence = [Float](repeating: 0, count: 1000)
    let normalized = try SpeechFeatures(configuration, sampleRate: 8000).extract(silence)
    #expect(normalized.allSatisfy { $0 == 0 })
    configuration.isNormalized = false
    let plain = try SpeechFeatures(configuration, sampleRate: 8000).extract(silence)
    #expect(abs(plain[0] - Float(log(1e-10))) < 1e-5)
  }

  @Test func refusesWhatDoesNotFit() {
    func expect(_ expected: String, _ configuration: SpeechFeatureConfiguration, _ rate: Int) {
      let error = #expect(throws: UserError.self) {
        try SpeechFeatures(configuration, sampleRate: rate)
      }
      #expect(error?.message == expected)
    }
    expect(
      "100 mel filters are too many: filter 2 lies between two of the 129 frequencies of the spectrum",
      SpeechFeatureConfiguration(filterCount: 100), 8000)
    expect(
      "features.coefficients is 13, expected at most 10, the mel filters",
      SpeechFeatureConfiguration(filterCount: 10), 8000)
    expect(
      "a frame of 1 samples every 0 samples at 30 samples a second, expected 2 to 1048576 every 1 or more",
      SpeechFeatureConfiguration(), 30)
    expect(
      "40 samples a second hold no sound above 20 Hz, expected at least 1000",
      SpeechFeatureConfiguration(windowSeconds: 1, shiftSeconds: 1), 40)
  }
}
