import Autodiff
import Compute

/// What a `Trainer` trains: parameters, and how a batch is put on a tape.
public protocol TrainableModel<Element>: SendableMetatype {
  associatedtype Element: MatrixElement
  /// What one update learns from.
  associatedtype Batch
  /// What recording gives back, such as the loss.
  associatedtype Recorded = Loss<Element>

  var parameters: ParameterStore<Element> { get }
  /// Type of the products' operands.
  var precision: Precision { get }

  /// Records the forward pass of `batch`, up to its losses, on a tape that has begun.
  ///
  /// Memory that the recording refers to must stay until the update is done.
  func record(_ batch: Batch, on tape: Tape<Element>) -> Recorded

  /// Records the examples of `batch` that fall to one of several leaves; nil if none does. May be called
  /// more than once for the same leaf. Unless a model says otherwise, all fall to the first one.
  ///
  /// What a loss is the mean over is `Tape.total(of:)` of what the leaf has.
  func record(_ batch: Batch, leaf: Int, of leaves: Int, on tape: Tape<Element>) -> Recorded?

  /// Records several leaves together, on a tape that it divides among them (`Tape.divide`), with the examples
  /// in the minibatch's order; nil if none has any. A model that does not divide the tape, which is so unless
  /// it says otherwise, and one that records something that does not tell leaves apart, is asked for one leaf
  /// after the other.
  func record(
    _ batch: Batch, leaves: Range<Int>, of count: Int, on tape: Tape<Element>
  ) -> Recorded?
}

extension TrainableModel {
  public var precision: Precision { .f32 }

  public func record(
    _ batch: Batch, leaf: Int, of leaves: Int, on tape: Tape<Element>
  ) -> Recorded? {
    leaf == 0 ? record(batch, on: tape) : nil
  }

  public func record(
    _ batch: Batch, leaves: Range<Int>, of count: Int, on tape: Tape<Element>
  ) -> Recorded? { nil }
}
