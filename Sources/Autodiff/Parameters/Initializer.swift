import Compute
import Foundation

/// How a parameter gets its first values. Every value depends on (seed, parameter, index) only.
public indirect enum Initializer: Sendable, Equatable {
  case zeros
  case constant(Double)
  /// Uniform in ±bound.
  case uniform(Double)
  /// Normal with mean 0.
  case normal(Double)
  /// Uniform in ±√(6 / (fanIn + fanOut)), per block of rows. Glorot & Bengio 2010.
  case xavier
  /// Normal with deviation √(2 / fanIn). He et al. 2015.
  case he
  /// Rows (or columns, whichever are fewer) orthonormal, per block. Saxe et al. 2014.
  case orthogonal
  /// The identity in every block. Le et al. 2015.
  case identity
  /// One initialiser for each block of rows, top to bottom.
  case blocks([Initializer])

  /// Writes the first values of `[blocks * units, columns]`.
  ///
  /// - Parameter drawing: counts them.
  package func fill<S: MatrixElement>(
    _ parameter: Parameter<S>, seed: UInt64, _ drawing: Activity? = nil
  ) {
    let random = RandomStream(seed: seed, purpose: .initialization(parameter: parameter.index))
    let units = parameter.layout.units
    for block in 0..<parameter.layout.blocks {
      let initializer = if case .blocks(let list) = self { list[block] } else { self }
      initializer.fill(
        parameter.value + block * units * parameter.columns, rows: units,
        columns: parameter.columns, random: random, row: block, drawing)
    }
  }

  private func fill<S: MatrixElement>(
    _ values: UnsafeMutablePointer<S>, rows: Int, columns: Int, random: RandomStream, row: Int,
    _ drawing: Activity?
  ) {
    let count = rows * columns
    func fillUniform(_ bound: Double) {
      drawUniform(values, count, bound: S(bound), random: random, row: UInt32(row))
    }
    func fillNormal(_ deviation: Double) {
      for index in 0..<count {
        values[index] = S(deviation * random.normal(row: row, index: index))
      }
    }
    switch self {
    case .zeros: for index in 0..<count { values[index] = 0 }
    case .constant(let value): for index in 0..<count { values[index] = S(value) }
    case .uniform(let bound): fillUniform(bound)
    case .normal(let deviation): fillNormal(deviation)
    case .xavier: fillUniform((6 / Double(rows + columns)).squareRoot())
    case .he: fillNormal((2 / Double(columns)).squareRoot())
    case .identity:
      for index in 0..<count { values[index] = index / columns == index % columns ? 1 : 0 }
    case .orthogonal:
      fillNormal(1)
      // Takes by far the longest, and counts by itself.
      return orthonormalize(values, rows: rows, columns: columns, drawing)
    case .blocks: preconditionFailure("blocks inside a block")
    }
    drawing?.advance(by: count)
  }
}

/// Uniform in ±bound, 24 bits, four numbers from each block of random words.
@specialized(where S == Float)
@specialized(where S == Double)
private func drawUniform<S: MatrixElement>(
  _ values: UnsafeMutablePointer<S>, _ count: Int, bound: S, random: RandomStream, row: UInt32
) {
  var index = 0
  while index < count {
    let words = random.words(row: row, block: UInt32(truncatingIfNeeded: index >> 2))
    for lane in 0..<min(4, count - index) {
      values[index + lane] = bound * (S(words[lane] >> 8) * 0x1p-23 - 1)
    }
    index += 4
  }
}

/// Gram-Schmidt, twice over for accuracy, along the shorter side.
private func orthonormalize<S: MatrixElement>(
  _ values: UnsafeMutablePointer<S>, rows: Int, columns: Int, _ drawing: Activity?
) {
  let (vectors, length) = (min(rows, columns), max(rows, columns))
  let (vectorStride, stride) = rows <= columns ? (columns, 1) : (1, columns)
  withUnsafeTemporaryAllocation(of: Double.self, capacity: vectors * length) { memory in
    guard let matrix = memory.baseAddress else { return }
    for vector in 0..<vectors {
      for index in 0..<length {
        matrix[vector * length + index] = Double(values[vector * vectorStride + index * stride])
      }
    }
    for vector in 0..<vectors {
      let own = matrix + vector * length
      for _ in 0..<2 {
        for earlier in 0..<vector {
          let other = matrix + earlier * length
          var dot = 0.0
          for index in 0..<length { dot += own[index] * other[index] }
          for index in 0..<length { own[index] -= dot * other[index] }
        }
      }
      var square = 0.0
      for index in 0..<length { square += own[index] * own[index] }
      let norm = square.squareRoot()
      for index in 0..<length {
        own[index] /= norm
        values[vector * vectorStride + index * stride] = S(own[index])
      }
      // The more vectors there are, the longer the next one takes: weights are counted by the work.
      func done(_ count: Int) -> Int { length * count * count / vectors }
      drawing?.advance(by: done(vector + 1) - done(vector))
    }
  }
}

extension RandomStream {
  /// Standard normal by Box and Muller (1958), from words 2 · index and 2 · index + 1.
  package func normal(row: Int, index: Int) -> Double {
    // (0, 1], so that the logarithm is finite.
    let first = (Double(word(row: row, index: 2 * index)) + 1) * 0x1p-32
    let second = Double(word(row: row, index: 2 * index + 1)) * 0x1p-32
    return (-2 * log(first)).squareRoot() * cos(2 * .pi * second)
  }
}
