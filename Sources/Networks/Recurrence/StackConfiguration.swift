/// Shape and regularisation of a stack of recurrent layers.
public struct StackConfiguration: Sendable, Equatable {
  @CellByName package var cell: any Cell
  /// Columns of what the first layer reads.
  package var inputSize: Int
  package var hiddenSize: Int
  package var layerCount: Int
  /// Where not 0, h is a linear map of the cell's output to this width: it is what the next step and
  /// the layer above read (Sak et al. 2014; `proj_size` in PyTorch). For cells that allow it (`Cell.allowsProjection`).
  package var projectionSize: Int
  /// Whether every layer reads its input a second time, backward in time, with weights of its own;
  /// the layer above reads both outputs side by side (Schuster & Paliwal 1997).
  package var isBidirectional: Bool
  /// Whether every layer's output is normalised over its units, with a gain and a bias a unit
  /// (Ba et al. 2016). The gates inside a step are not: the recurrence stays one fused operation.
  package var hasLayerNorm: Bool
  /// Whether a layer whose output is as wide as its input adds the two (He et al. 2016).
  package var isResidual: Bool
  /// Share of activations dropped between layers (Zaremba et al. 2014).
  package var dropout: Double
  /// Whether dropout between layers takes the same units at all steps of a sequence.
  package var isDropoutLocked: Bool
  /// Noise inside the layers.
  package var regularization: RecurrentRegularization
  package var initialization: InitializationScheme
  /// Where not 0: what forget gates start at. See `RecurrentInitialization`.
  package var forgetBias: Double

  package init(
    cell: any Cell = .lstm, inputSize: Int, hiddenSize: Int, layerCount: Int = 1,
    projectionSize: Int = 0, isBidirectional: Bool = false, hasLayerNorm: Bool = false,
    isResidual: Bool = false,
    dropout: Double = 0, isDropoutLocked: Bool = false,
    regularization: RecurrentRegularization = RecurrentRegularization(),
    initialization: InitializationScheme = .pytorch, forgetBias: Double = 0
  ) {
    self.cell = cell
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
    self.layerCount = layerCount
    self.projectionSize = projectionSize
    self.isBidirectional = isBidirectional
    self.hasLayerNorm = hasLayerNorm
    self.isResidual = isResidual
    self.dropout = dropout
    self.isDropoutLocked = isDropoutLocked
    self.regularization = regularization
    self.initialization = initialization
    self.forgetBias = forgetBias
  }

  /// 2 if bidirectional, otherwise 1.
  package var directionCount: Int { isBidirectional ? 2 : 1 }
  /// Columns of a layer's h in one direction.
  package var stateSize: Int { projectionSize > 0 ? projectionSize : hiddenSize }
  /// Columns of what every layer gives to the one above: all directions side by side.
  public var outputSize: Int { directionCount * stateSize }
  /// Columns of the states of a layer and direction: of h, and of c where the cell has one.
  package var stateSizes: [Int] { cell.hasCellState ? [stateSize, hiddenSize] : [stateSize] }
}
