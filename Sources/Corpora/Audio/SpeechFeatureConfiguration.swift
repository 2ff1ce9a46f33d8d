/// What becomes of sound before a network reads it.
package struct SpeechFeatureConfiguration: Sendable, Equatable {
  package enum Kind: String, Sendable, CaseIterable {
    /// Mel-frequency cepstral coefficients.
    case mfcc
    /// Logarithms of the mel filters' energies.
    case logMel = "log-mel"
  }

  package var kind: Kind
  /// Triangular filters on the mel scale.
  package var filterCount: Int
  /// Coefficients kept, for `mfcc`.
  package var coefficientCount: Int
  /// 1 adds the slopes of all numbers over time, 2 also the slopes of the slopes.
  package var deltaOrder: Int
  /// Length of a frame, and from one frame to the next.
  package var windowSeconds: Double
  package var shiftSeconds: Double
  /// Whether every number gets mean 0 and variance 1 over the frames of each utterance.
  package var isNormalized: Bool
  /// Frames that are put side by side and become one step, each in one step only.
  package var stackedFrames: Int

  package init(
    kind: Kind = .mfcc, filterCount: Int = 26, coefficientCount: Int = 13, deltaOrder: Int = 2,
    windowSeconds: Double = 0.025, shiftSeconds: Double = 0.010,
    isNormalized: Bool = true, stackedFrames: Int = 1
  ) {
    self.kind = kind
    self.filterCount = filterCount
    self.coefficientCount = coefficientCount
    self.deltaOrder = deltaOrder
    self.windowSeconds = windowSeconds
    self.shiftSeconds = shiftSeconds
    self.isNormalized = isNormalized
    self.stackedFrames = stackedFrames
  }

  /// Numbers a frame before slopes are added.
  package var staticWidth: Int { kind == .mfcc ? coefficientCount : filterCount }
  /// Numbers a frame.
  package var frameWidth: Int { (deltaOrder + 1) * staticWidth }
  /// Numbers a step.
  package var width: Int { stackedFrames * frameWidth }
}
