import Compute
import Parallel

/// DropConnect: a weight matrix of which some elements are taken out for one update.
///
///     Ŵ = W ⊙ mask / (1 - p)        dW = dŴ ⊙ mask / (1 - p)
///
/// The mask is a function of (seed, parameter, update, row, column) and never stored: it is drawn
/// when the update begins, and again when the gradient is formed. Evaluation multiplies with W.
///
/// - Cost: a copy of W, and packing it, once an update.
///
/// Sources: Wan et al., "Regularization of Neural Networks using DropConnect" (2013), on recurrent
/// weights by Merity et al., "Regularizing and Optimizing LSTM Language Models" (2018).
package final class DroppedParameter<S: MatrixElement>: Sendable {
  package let parameter: Parameter<S>
  package let probability: Double
  /// One for each of the blocks asked for: Ŵ packed for both directions.
  package let forms: [PackedParameter<S>]
  /// `[rows, columns]`: Ŵ.
  private let values: AlignedBuffer<S>

  /// - Parameter blocks: gates of each packed form.
  package init(
    _ parameter: Parameter<S>, blocks: [Range<Int>], probability: Double, precision: Precision,
    in store: ParameterStore<S>
  ) {
    self.parameter = parameter
    self.probability = probability
    forms = blocks.map { PackedParameter(parameter, blocks: $0, precision: precision) }
    values = AlignedBuffer(count: parameter.count)
    store.count(bytes: values.byteCount + forms.reduce(0) { $0 + $1.byteCount })
  }

  fileprivate func prepare(groups: Range<Int>, _ stream: RandomStream) {
    for block in 0..<parameter.layout.blocks {
      let run = parameter.run(ofGroups: groups, block: block)
      values.base.advanced(by: run.lowerBound)
        .update(from: parameter.value + run.lowerBound, count: run.count)
      dropRows(
        of: values.base, run, columns: parameter.columns, stream, probability: probability)
    }
    for form in forms { form.pack(groups: groups, of: values.base) }
  }
}

/// Something that all workers make together before an update's operations run.
protocol Preparation: Sendable {
  /// Parts that can be made independently.
  var partCount: Int { get }
  func prepare(parts: Range<Int>)
}

private struct Dropping<S: MatrixElement>: Preparation {
  let weights: DroppedParameter<S>
  let stream: RandomStream

  var partCount: Int { weights.parameter.layout.groupCount }
  func prepare(parts: Range<Int>) { weights.prepare(groups: parts, stream) }
}

/// The mask of a parameter's gradient.
struct GradientMask: Sendable {
  let stream: RandomStream
  let probability: Double

  func apply<S: MatrixElement>(
    to slice: ParameterSlice<S>, _ gradient: UnsafeMutablePointer<S>
  ) {
    for block in slice.blocks {
      let run = slice.parameter.run(ofGroups: slice.groups, block: block)
      dropRows(
        of: gradient, run, columns: slice.parameter.columns, stream, probability: probability)
    }
  }
}

/// Drops elements of the whole rows in `run`, in place.
private func dropRows<S: MatrixElement>(
  of matrix: UnsafeMutablePointer<S>, _ run: Range<Int>, columns: Int, _ stream: RandomStream,
  probability: Double
) {
  for start in stride(from: run.lowerBound, to: run.upperBound, by: columns) {
    Rows.dropout(
      matrix + start, into: matrix + start, count: columns, stream: stream, row: start / columns,
      probability: probability)
  }
}

extension Tape {
  /// Drops elements of `weights` for this minibatch: its forms are ready when the first operation
  /// runs. In training only.
  package func drop(_ weights: DroppedParameter<S>) {
    precondition(hasNoise, "evaluation multiplies with the whole weight")
    let stream = RandomStream(
      seed: seed, purpose: .weightDrop(parameter: weights.parameter.index), update: update)
    prepare(Dropping(weights: weights, stream: stream))
    ledger.mask(
      weights.parameter, GradientMask(stream: stream, probability: weights.probability))
  }
}
