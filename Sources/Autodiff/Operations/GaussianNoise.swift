import Compute
import Foundation
import Parallel

/// `Y = X + σ · n`, n normal numbers that are drawn anew in every update.
///
/// Drawn at (seed, layer, update, token, column), two at a time (Box & Muller 1958). Cost: about 20 ns
/// an element. As a regulariser of inputs: Graves et al. (2006), with σ = 0.6 on normalised features.
struct GaussianNoise<S: MatrixElement>: TapeOperation {
  let x: Consumer<S>
  let y: Variable<S>
  let deviation: Double
  let random: RowStreams

  var isTokenwise: Bool { true }

  @specialized(where S == Float)
  @specialized(where S == Double)
  func forward(_ lane: Lane<S>) {
    let (columns, padded) = (y.columns, y.value.paddedColumns)
    for range in y.ranges(of: lane) {
      for token in range {
        let (source, target) = (x.value.row(token), y.value.row(token))
        let (random, number) = random(token)
        for column in stride(from: 0, to: columns, by: 4) {
          let words = random.words(
            row: UInt32(truncatingIfNeeded: number), block: UInt32(truncatingIfNeeded: column >> 2))
          for pair in 0..<2 where column + 2 * pair < columns {
            // (0, 1] for the logarithm.
            let radius =
              deviation
              * (-2 * log((Double(words[2 * pair]) + 1) * 0x1p-32)).squareRoot()
            let angle = 2 * Double.pi * Double(words[2 * pair + 1]) * 0x1p-32
            let place = column + 2 * pair
            target[place] = source[place] + S(radius * cos(angle))
            if place + 1 < columns {
              target[place + 1] = source[place + 1] + S(radius * sin(angle))
            }
          }
        }
        for column in columns..<padded { target[column] = 0 }
      }
    }
  }

  func backward(_ lane: Lane<S>) { x.handOn(y, lane) }
}

extension Tape {
  /// Records additive noise in training; the identity otherwise.
  ///
  /// - Parameter layer: tells the places of one model apart, so that they draw different numbers.
  package func gaussianNoise(_ x: Variable<S>, deviation: Double, layer: Int = 0) -> Variable<S> {
    guard hasNoise, deviation > 0 else { return x }
    let y = variable(
      columns: x.columns, plan: x.plan, extent: x.extent, needsGradient: x.gradient != nil)
    record(
      GaussianNoise(
        x: x.consumed(), y: y, deviation: deviation,
        random: streams(.noise(layer: layer), x.plan, x.extent)))
    return y
  }
}
