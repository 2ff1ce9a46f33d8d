import Compute

/// Sequences of real vectors of any lengths from 1, stored one after the other.
package struct VectorSequences: Sendable, Equatable {
  /// The numbers of one step.
  package let width: Int
  /// All steps, sequence after sequence: [steps, width].
  package private(set) var values: [Float] = []
  /// The step at which each sequence begins, and the end.
  package private(set) var starts = [0]

  package init(width: Int) {
    precondition(width > 0, "vectors of width \(width)")
    self.width = width
  }

  /// Adds a sequence of whole steps, [steps, width]; it must not be empty.
  package mutating func append(_ steps: some Collection<Float>) {
    precondition(
      !steps.isEmpty && steps.count.isMultiple(of: width),
      "\(steps.count) numbers are no steps of \(width)")
    values.append(contentsOf: steps)
    starts.append(values.count / width)
  }

  /// With every number changed by `change`, which gets its column.
  package func mapped(_ change: (_ column: Int, Float) -> Float) -> VectorSequences {
    var mapped = self
    for index in values.indices { mapped.values[index] = change(index % width, values[index]) }
    return mapped
  }

  package var count: Int { starts.count - 1 }
  package var lengths: [Int] { zip(starts.dropFirst(), starts).map { $0 - $1 } }

  /// The steps of one sequence, [length, width].
  package subscript(index: Int) -> ArraySlice<Float> {
    values[width * starts[index]..<width * starts[index + 1]]
  }

  /// Writes the sequences `rows`, which are ordered longest first, in a minibatch's token order:
  /// step after step, each with the rows that are still active.
  ///
  /// - `output` [tokens, stride] row-major; columns from `width` on become 0.
  @specialized(where S == Float)
  @specialized(where S == Double)
  package func pack<S: MatrixElement>(
    _ rows: [Int], into output: UnsafeMutablePointer<S>, stride: Int
  ) {
    precondition(stride >= width, "stride \(stride) for vectors of width \(width)")
    var token = output
    values.withUnsafeBufferPointer { values in
      forEachToken(rows.map { starts[$0]..<starts[$0 + 1] }) { step in
        for column in 0..<width { token[column] = S(values[step * width + column]) }
        for column in width..<stride { token[column] = 0 }
        token += stride
      }
    }
  }
}
