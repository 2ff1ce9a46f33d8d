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
}

extension TrainableModel {
  public var precision: Precision { .f32 }
}
