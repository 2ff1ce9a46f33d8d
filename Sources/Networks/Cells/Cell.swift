import Compute

/// Gate arithmetic of a recurrent cell.
///
/// A cell says how its weights are used (`stages`) and what happens, for a few units of a few rows,
/// between the products. Time, direction, lengths and every matrix product belong to `Recurrence`.
/// A new cell is one file like `LSTMCell.swift` and one line: in `Cells`, or, outside this package,
/// `Cells.register(MyCell())`.
public protocol Cell: Sendable {
  /// What settings and run folders call it: no other cell has the same.
  var name: String { get }
  /// The products of one step, in order.
  var stages: [CellStage] { get }
  /// The gate that a forget bias goes to, if the cell has one.
  var forgetGate: Int? { get }
  /// Whether a second state, c, is carried beside h.
  var hasCellState: Bool { get }
  /// Whether one value a unit and token is kept for the backward pass (`CellStep.kept`).
  var keepsValue: Bool { get }
  /// Gates that see the cell state through one weight a unit (`weight_peephole`); 0 if not told.
  var peepholeCount: Int { get }
  /// For each row of a `weight_hh` of one gate, how many columns are zero for good from the left;
  /// nil, if not told, where every unit reads every unit.
  func unreadColumns(hiddenSize: Int) -> [Int]?

  /// Whether h may be projected to another width before the next step reads it, which it must do
  /// through products only; false if not told.
  var allowsProjection: Bool { get }
  /// Whether a unit may keep its states for a step; true if not told.
  var allowsZoneout: Bool { get }

  /// Pre-activations of `stage` are complete: apply the gates.
  func forward<S: MatrixElement>(stage: Int, _ step: CellStep<S>)
  /// `step.dh` (last stage) or `step.dSource` (earlier ones) is complete: turn activations into
  /// gradients of the pre-activations, in place.
  func backward<S: MatrixElement>(stage: Int, _ step: CellStep<S>)
}

extension Cell {
  public var peepholeCount: Int { 0 }
  public var allowsProjection: Bool { false }
  public var allowsZoneout: Bool { true }
  public func unreadColumns(hiddenSize: Int) -> [Int]? { nil }

  /// Gates that stand below each other in `weight_ih`.
  package var inputGateCount: Int {
    stages.reduce(0) { $1.readsInput ? max($0, $1.blocks.upperBound) : $0 }
  }
  /// Gates that stand below each other in `weight_hh`; 0 where there is none.
  package var recurrentGateCount: Int {
    stages.reduce(0) { $1.isRecurrent ? max($0, $1.blocks.upperBound) : $0 }
  }
}

/// One product of a step: `gates = x · Wᵀ + source · Uᵀ + b` for some of the gates.
///
/// A stage with the gates of the stage before adds to what that has left in them, and reads no input.
public struct CellStage: Sendable, Equatable {
  /// Gates this stage completes. Those that read the input come first in a cell, and so do those
  /// that are recurrent: `weight_ih` and `weight_hh` hold no other.
  public let blocks: Range<Int>
  /// Whether `x · Wᵀ` is among the terms.
  public let readsInput: Bool
  /// Whether `source · Uᵀ` is among the terms.
  public let isRecurrent: Bool
  /// Whether `source · Uᵀ + b_hh` is kept apart from `x · Wᵀ + b_ih` (`CellStep.recurrent`).
  public let isSeparate: Bool

  /// The source of stage 0 is h(t-1); that of a later stage is `CellStep.kept`.
  public init(
    blocks: Range<Int>, readsInput: Bool = true, isRecurrent: Bool = true, isSeparate: Bool = false
  ) {
    self.blocks = blocks
    self.readsInput = readsInput
    self.isRecurrent = isRecurrent
    self.isSeparate = isSeparate
  }
}

/// A corner of a matrix: some rows, and columns from some group of 16 units on.
public struct Block<S: MatrixElement> {
  public let base: UnsafeMutablePointer<S>
  public let stride: Int

  @inlinable
  public init(_ base: UnsafeMutablePointer<S>, stride: Int) {
    self.base = base
    self.stride = stride
  }

  @inlinable
  public func row(_ index: Int) -> UnsafeMutablePointer<S> { base + index * stride }
}

/// The memory of one time step: `rows` rows and `groups` groups of 16 hidden units.
///
/// Gates lie in panel order: for each group, the 16 values of every gate of the stage side by side.
/// States and their gradients lie plainly, 16 values a group. Blocks that a cell did not ask for
/// point at memory that must not be touched.
public struct CellStep<S: MatrixElement> {
  public let rows: Int
  public let groups: Int
  /// The first unit of the first group.
  public let firstUnit: Int
  /// Units of the layer.
  public let hiddenSize: Int
  /// Gates of this stage. Forward: pre-activations in, activations out. Backward: activations in,
  /// gradients of the pre-activations out.
  public var gates: Block<S>
  /// Gates of stage 0, for a later stage.
  public var firstGates: Block<S>
  /// A separate stage's recurrent part, and in the backward pass its gradient.
  public var recurrent: Block<S>
  /// One value a unit and token, kept from forward to backward.
  public var kept: Block<S>
  /// Peephole weights in panel order, the same row for all rows; read.
  public var peepholes: Block<S>
  /// Peephole gradients of every token, in panel order; backward writes them.
  public var dPeepholes: Block<S>
  public var hPrevious: Block<S>
  public var h: Block<S>
  public var cPrevious: Block<S>
  public var c: Block<S>
  /// Gradient that reaches h(t); read.
  public var dh: Block<S>
  /// In: gradient that reaches c(t) from later steps. Out: gradient of c(t-1).
  public var dc: Block<S>
  /// Gradient of h(t-1): the paths that are no product are added here.
  public var dhPrevious: Block<S>
  /// Gradient of the source of the following stage; read.
  public var dSource: Block<S>
}

extension Block {
  /// For the SIMD kernels, which exist for `Float` only.
  var float: UnsafeMutablePointer<Float> {
    UnsafeMutableRawPointer(base).assumingMemoryBound(to: Float.self)
  }
}
