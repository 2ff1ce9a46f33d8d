import Compute

/// Sequences of real vectors of any lengths from 1, stored one after the other.
package struct VectorSequences: Sendable, Equatable {
  /// The numbers of one step.
  package let width: Int
  /// All steps, sequence after sequence: [steps, width].
  package private(set) var values = LongList<Float>()
  /// The step at which each sequence begins, and the end.
  package private(set) var starts: LongList<Int> = [0]

  package init(width: Int) {
    precondition(width > 0, "vectors of width \(width)")
    self.width = width
  }

  /// A few sequences of whole steps, [steps, width] each; none may be empty.
  package init(width: Int, _ sequences: some Collection<some Collection<Float>>) {
    self.init(width: width)
    for sequence in sequences { check(sequence) }
    values = LongList(Array(sequences.joined()))
    starts = LongList(
      sequences.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.count / width) })
  }

  /// Adds a sequence of whole steps, [steps, width]; it must not be empty. Throws a `UserError` where the
  /// disk has no room.
  package mutating func append(_ steps: some Collection<Float>) throws {
    check(steps)
    try values.append(contentsOf: steps)
    try starts.append(values.count / width)
  }

  private func check(_ steps: some Collection<Float>) {
    precondition(
      !steps.isEmpty && steps.count.isMultiple(of: width),
      "\(steps.count) numbers are no steps of \(width)")
  }

  /// With every number changed by `change`, which gets its column.
  package func mapped(_ change: (_ column: Int, Float) -> Float) throws -> VectorSequences {
    var mapped = VectorSequences(width: width)
    mapped.starts = starts
    for index in values.indices { try mapped.values.append(change(index % width, values[index])) }
    return mapped
  }

  package var count: Int { starts.count - 1 }
  package var lengths: SequenceLengths { SequenceLengths(starts: starts) }

  /// Sequences that will be read soon.
  package func expect(_ rows: [Int]) {
    for row in rows { starts.expect(row..<row + 2) }
    for row in rows { values.expect(width * starts[row]..<width * starts[row + 1]) }
  }

  /// The steps of one sequence, [length, width].
  package subscript(index: Int) -> Slice<LongList<Float>> {
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
