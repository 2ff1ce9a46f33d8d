import Autodiff
import Compute
import Dispatch
import Networks

/// Text drawn from a model of one shape, one stream, one thread, token after token.
package struct SamplingBenchmark: Sendable {
  package let shape: ThroughputShape
  package let precision: Precision
  /// Median over ten parts of the stream.
  package let tokensPerSecond: Double

  /// - Parameter tokens: drawn, after a tenth as many to warm up; at least 10.
  package init(_ shape: ThroughputShape, precision: Precision, tokens: Int = 5000) {
    self.shape = shape
    self.precision = precision
    let generator = LanguageModelGenerator(
      LanguageModel<Float>(shape.model, precision: precision).allocated(seed: 1), seed: 1)
    let rule = SamplingRule()
    let part = max(1, tokens / 10)
    var rates: [Double] = []
    generator.feed(0)
    for round in 0...10 {
      let start = DispatchTime.now().uptimeNanoseconds
      for _ in 0..<part { generator.feed(generator.draw(rule)) }
      let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
      if round > 0 { rates.append(Double(part) / seconds) }
    }
    tokensPerSecond = rates.median
  }
}
