import Foundation
import TestSupport
import Testing
import Unroll

/// An external memory through ragged sequences: what steers the heads is a leaf, one row a token.
@Suite struct MemoryTests {
  private static let layout = SequenceLayout(lengths: [4, 3, 3, 1])

  /// Central differences through four steps, by what steers the heads and by what they begin with;
  /// several workers. Sizes all differ; several heads; shifts further than the ring is long.
  @Test(arguments: [
    (MemoryShape(slotCount: 5, width: 3), 0.3),
    (MemoryShape(slotCount: 5, width: 3), 1e-6),
    (MemoryShape(slotCount: 7, width: 2, readHeadCount: 2, writeHeadCount: 3), 0.3),
    (MemoryShape(slotCount: 3, width: 4, writeHeadCount: 2, shiftRange: 2), 0.3),
    (MemoryShape(slotCount: 6, width: 5, readHeadCount: 3, shiftRange: 0), 0.3),
    (MemoryShape(slotCount: 1, width: 1), 0.3),
  ])
  func gradient(shape: MemoryShape, constant: Double) throws {
    let check = OperationCheck<Double>(Self.layout)
    let problem = MemoryProblem(shape, constant: constant, in: check)
    check[problem.controls] = check[problem.controls].map { 2 * $0 }
    try check.run(tolerance: 4e-9) {
      let (first, reads) = problem.record($0)
      $0.probe(reads)
      $0.probe(first)
    }
  }

  /// What steers the heads far from zero: saturated gates, single slots, underflow. All is finite.
  @Test(arguments: [Float(50), 1e4])
  func extremesAreFinite(scale: Float) throws {
    let check = OperationCheck<Float>(Self.layout)
    let problem = MemoryProblem(
      MemoryShape(slotCount: 20, width: 3, readHeadCount: 2), constant: 1e-6, in: check)
    check[problem.controls] = check[problem.controls].map { scale * $0 }
    let result = check.evaluate { $0.probe(problem.record($0).reads) }
    #expect(result.loss.isFinite && result.gradient.allSatisfy(\.isFinite))
  }

  @Test func weightsAreDistributions() throws {
    let shape = MemoryShape(slotCount: 9, width: 4, readHeadCount: 2, shiftRange: 2)
    let check = OperationCheck<Double>(Self.layout)
    let problem = MemoryProblem(shape, constant: 1e-6, in: check)
    var weights: [Double] = []
    _ = check.evaluate {
      let memory = problem.recordMemory($0).memory
      $0.tape.record(Snapshot { weights = memory.weights.values })
    }
    #expect(weights.count == (4 + 11) * 3 * 9)
    for start in stride(from: 0, to: weights.count, by: 9) {
      let slots = weights[start..<start + 9]
      #expect(abs(slots.reduce(0, +) - 1) <= 1e-15)
      #expect(slots.allSatisfy { $0 >= 0 })
    }
  }

  /// Heads that are told to go one slot on at each step do so round the ring, whatever the memory
  /// holds: the reading head finds, a round later, what the writing head left.
  @Test func headsGoRoundTheRing() throws {
    let shape = MemoryShape(slotCount: 3, width: 2)
    let check = OperationCheck<Double>(SequenceLayout(lengths: [6]))
    let problem = MemoryProblem(shape, constant: 0.5, in: check)
    func written(_ step: Int, _ column: Int) -> Double { 0.1 * Double(2 * step + column) - 0.5 }
    let columns = shape.parameterColumns
    var controls = [Double](repeating: 0, count: 6 * columns)
    for step in 0..<6 {
      for head in [shape.head(0), shape.head(1)] {
        controls[step * columns + head.gate] = -1e3
        controls[step * columns + head.shifts + 2] = 1e3
      }
      for column in 0..<2 {
        controls[step * columns + shape.head(1).erase + column] = 1e3
        controls[step * columns + shape.head(1).add + column] = atanh(written(step, column))
      }
    }
    check[problem.controls] = controls
    // Both begin at the last slot, so the first step is at slot 0.
    check.values = controls + [0, 0, 1e3, 0, 0, 1e3] + [0, 0]
    let reads = check.evaluate(training: false) { $0.probe(problem.record($0).reads) }.probed[0]
    for step in 0..<6 {
      for column in 0..<2 {
        let expected = step < 3 ? 0.5 : written(step - 3, column)
        #expect(abs(reads[2 * step + column] - expected) <= 1e-15, "step \(step)")
      }
    }
  }
}

/// A memory whose heads are steered by a leaf.
struct MemoryProblem<S: MatrixElement> {
  let shape: MemoryShape
  let constant: Double
  let controls: OperationCheck<S>.Leaf
  let initialWeights: Parameter<S>
  let initialReads: Parameter<S>

  init(_ shape: MemoryShape, constant: Double, in check: OperationCheck<S>) {
    self.shape = shape
    self.constant = constant
    controls = check.leaf(columns: shape.parameterColumns)
    initialWeights = check.parameter("weights", shape.headCount * shape.slotCount)
    initialReads = check.parameter("reads", shape.readColumns)
  }

  /// - Returns: what stands for reads before the first step, and the reads of all tokens.
  func record(
    _ recording: OperationCheck<S>.Recording
  ) -> (first: Variable<S>, reads: Variable<S>) {
    let (_, first, reads) = recordMemory(recording)
    return (first, reads)
  }

  func recordMemory(
    _ recording: OperationCheck<S>.Recording
  ) -> (memory: ExternalMemory<S>, first: Variable<S>, reads: Variable<S>) {
    let (tape, plan) = (recording.tape, recording.plans[0])
    let (memory, first) = tape.memory(
      shape, plan: plan, initialWeights: initialWeights, initialReads: initialReads,
      constant: constant)
    let reads = tape.steps(of: recording[controls]).enumerated().map { step, controls in
      tape.memoryStep(controls, on: memory, step: step)
    }
    return (memory, first, tape.joined(reads, plan: plan))
  }
}

/// Looks at what workers have written, after a region's other operations; on the first worker.
private struct Snapshot: TapeOperation {
  typealias S = Double
  let look: () -> Void
  init(_ look: @escaping () -> Void) { self.look = look }
  func forward(_ lane: Lane<Double>) {
    lane.worker.barrier()
    if lane.worker.index == 0 { look() }
  }
  func backward(_ lane: Lane<Double>) {}
}
extension Snapshot: @unchecked Sendable {}
