import Autodiff
import Compute
import Parallel

/// What a checkpoint holds beside the counters: weights, moments, averaged weights, carried states; those
/// of a training, or a copy of them.
package struct TrainingState: Sendable {
  /// Names, shapes and places; the weights themselves are in `buffers`.
  let parameters: ParameterStore<Float>
  /// Numbers for all parameters, in the store's order, by what stands before a parameter's name: nothing
  /// for the weights, `optimizer.<moment>.`, `average.`.
  private let buffers: [(prefix: String, values: AlignedBuffer<Float>)]
  /// Of the moment in which rows of tables may have one number each.
  private let lastMoment: (prefix: String, layout: MomentLayout<Float>)?
  let carried: [(name: String, matrix: Matrix<Float>)]
  /// Whether weights have been averaged: there may be the memory for it alone.
  private let hasMean: Bool
  /// Holds the matrices of a copy.
  private let memory: [AlignedBuffer<Float>]

  private static let averagePrefix = "average."
  private static let momentPrefix = "optimizer."

  package init(
    _ parameters: ParameterStore<Float>, _ optimizer: Optimizer<Float>, _ average: WeightAverage?,
    carried: [(name: String, matrix: Matrix<Float>)] = []
  ) {
    self.parameters = parameters
    lastMoment = optimizer.configuration.momentNames.last.map {
      ("\(Self.momentPrefix)\($0).", optimizer.lastLayout)
    }
    let moments = zip(optimizer.configuration.momentNames, optimizer.moments)
      .map { (prefix: "\(Self.momentPrefix)\($0).", values: $1) }
    buffers =
      [(prefix: "", values: parameters.values)] + moments
      + (average.map { [(prefix: Self.averagePrefix, values: $0.values)] } ?? [])
    self.carried = carried
    hasMean = average?.isEmpty == false
    memory = []
  }

  /// A copy at the speed of memory.
  ///
  /// - Parameter earlier: a copy that is no longer needed, whose memory is taken.
  init(copyOf state: TrainingState, into earlier: TrainingState?, _ team: WorkerTeam) {
    parameters = state.parameters
    lastMoment = state.lastMoment
    hasMean = state.hasMean
    buffers = state.buffers.map { prefix, values in
      let copy =
        earlier?.buffers.first { $0.prefix == prefix && $0.values.count == values.count }?.values
        ?? AlignedBuffer(count: values.count)
      copy.fill(from: values, team)
      return (prefix, copy)
    }
    let copies = state.carried.map { name, matrix in
      let values = AlignedBuffer<Float>(count: matrix.rows * matrix.paddedColumns)
      let copy = Matrix(
        base: values.base, rows: matrix.rows, columns: matrix.columns, stride: matrix.paddedColumns)
      copy.copy(from: matrix)
      return (name: name, matrix: copy, memory: values)
    }
    carried = copies.map { ($0.name, $0.matrix) }
    memory = copies.map(\.memory)
  }

  /// Of the optimizer, as it has them.
  var moments: [AlignedBuffer<Float>] {
    buffers.filter { $0.prefix.hasPrefix(Self.momentPrefix) }.map(\.values)
  }

  /// Whether all numbers are finite.
  package func isFinite(_ team: WorkerTeam) -> Bool {
    buffers.allSatisfy { $0.values.isFinite(team) }
      && carried.allSatisfy { $0.matrix.values.allSatisfy(\.isFinite) }
  }

  /// Each parameter in each buffer, by the name and the shape that its numbers have in a checkpoint.
  ///
  /// - Parameter besideWeights: passes over the weights themselves.
  package func forEachTensor(
    besideWeights: Bool = false,
    _ body: (String, _ shape: [Int], UnsafeMutablePointer<Float>) throws -> Void
  ) rethrows {
    for (prefix, values) in buffers.dropFirst(besideWeights ? 1 : 0) {
      let layout = prefix == lastMoment?.prefix ? lastMoment?.layout : nil
      for parameter in parameters.parameters {
        try body(
          prefix + parameter.name, layout?.shape(of: parameter) ?? parameter.shape,
          values.base + (layout?.offset(of: parameter) ?? parameter.offset))
      }
    }
  }

  /// The weights alone.
  ///
  /// - Parameter averaged: their mean, once there is one.
  func forEachWeight(
    averaged: Bool, _ body: (Parameter<Float>, UnsafeMutablePointer<Float>) throws -> Void
  ) rethrows {
    let mean = averaged && hasMean ? buffers.first { $0.prefix == Self.averagePrefix } : nil
    let values = (mean ?? buffers[0]).values
    for parameter in parameters.parameters {
      try body(parameter, values.base + parameter.offset)
    }
  }

  /// A digest of the weights alone, as `WeightsFile.digest` forms it.
  func digest(averaged: Bool) -> String {
    var digest = ContentDigest()
    forEachWeight(averaged: averaged) { parameter, start in
      digest.update(UnsafeRawBufferPointer(start: start, count: 4 * parameter.count))
    }
    return digest.hexadecimal
  }
}

extension AlignedBuffer<Float> {
  /// Copies as many elements of another buffer.
  fileprivate func fill(from other: AlignedBuffer<Float>, _ team: WorkerTeam) {
    precondition(count == other.count, "\(count) elements from \(other.count)")
    // Workers write disjoint ranges, and nobody writes the other buffer meanwhile.
    nonisolated(unsafe) let target = base
    nonisolated(unsafe) let source = UnsafePointer(other.base)
    let total = count
    team.run { worker in
      let share = worker.share(of: total)
      (target + share.lowerBound).update(from: source + share.lowerBound, count: share.count)
    }
  }
}
