import Autodiff
import Compute

/// Single weights here and there in the flat buffers of a store, of one worker: gathered, stepped as if they stood
/// side by side, and put back, so that a kernel has more than one at a time.
///
/// `@unchecked Sendable`: used by its worker only.
final class ScatteredWeights<S: MatrixElement>: @unchecked Sendable {
  /// That are stepped at a time.
  private static var chunk: Int { 512 }

  private var places = AlignedBuffer<Int>(count: chunk)
  private var count = 0
  private let weights = AlignedBuffer<S>(count: chunk)
  private let gradients = AlignedBuffer<S>(count: chunk)
  private let moments: [AlignedBuffer<S>]

  init(momentCount: Int) {
    moments = (0..<momentCount).map { _ in AlignedBuffer(count: Self.chunk) }
  }

  func removeAll() { count = 0 }

  func append(_ place: Int) {
    if count == places.count {
      let larger = AlignedBuffer<Int>(count: 2 * count)
      larger.base.update(from: places.base, count: count)
      places = larger
    }
    places.base[count] = place
    count += 1
  }

  /// Adds g² of each to the sum of its group, and clamps g before.
  ///
  /// - Parameters:
  ///   - bound: of |g|; 0: none.
  ///   - first: of the weights that have sums, `size` to a group.
  func addSquares(
    of gradients: UnsafeMutablePointer<S>, bound: S, first: Int, size: Int,
    to sums: UnsafeMutablePointer<Double>
  ) {
    sumSquares(
      of: gradients, at: places.base, count, bound: bound, first: first, size: size, to: sums)
  }

  /// Steps them.
  ///
  /// - Parameter parameter: whose weights they are.
  func step(
    _ store: ParameterStore<S>, of parameter: Parameter<S>, _ optimizer: Optimizer<S>, factor: S
  ) {
    // The last moment may have fewer numbers of what stands before.
    let shifts = moments.indices.map { optimizer.shift(ofMoment: $0, parameter) }
    for start in stride(from: 0, to: count, by: Self.chunk) {
      let (places, count) = (places.base + start, min(Self.chunk, count - start))
      gather(store.values.base, at: places, count, into: weights.base)
      gather(store.gradients.base, at: places, count, into: gradients.base)
      for (index, moment) in moments.enumerated() {
        gather(
          optimizer.moments[index].base + shifts[index], at: places, count, into: moment.base)
      }
      optimizer.apply(
        toCopies: count, weights: weights.base, gradients: gradients.base, moments: moments,
        factor: factor)
      scatter(weights.base, count, to: store.values.base, at: places)
      for (index, moment) in moments.enumerated() {
        scatter(
          moment.base, count, to: optimizer.moments[index].base + shifts[index], at: places)
      }
    }
  }
}

@specialized(where S == Float)
@specialized(where S == Double)
private func gather<S: MatrixElement>(
  _ source: UnsafePointer<S>, at places: UnsafePointer<Int>, _ count: Int,
  into target: UnsafeMutablePointer<S>
) {
  for i in 0..<count { target[i] = source[places[i]] }
}

@specialized(where S == Float)
@specialized(where S == Double)
private func scatter<S: MatrixElement>(
  _ source: UnsafePointer<S>, _ count: Int, to target: UnsafeMutablePointer<S>,
  at places: UnsafePointer<Int>
) {
  for i in 0..<count { target[places[i]] = source[i] }
}

@specialized(where S == Float)
@specialized(where S == Double)
private func sumSquares<S: MatrixElement>(
  of gradients: UnsafeMutablePointer<S>, at places: UnsafePointer<Int>, _ count: Int, bound: S,
  first: Int, size: Int, to sums: UnsafeMutablePointer<Double>
) {
  for i in 0..<count {
    var gradient = gradients[places[i]]
    if bound > 0 {
      // Written so that NaN stays NaN and is found by the norm.
      if gradient > bound { gradient = bound } else if gradient < -bound { gradient = -bound }
      gradients[places[i]] = gradient
    }
    sums[(places[i] - first) / size] += Double(gradient) * Double(gradient)
  }
}
