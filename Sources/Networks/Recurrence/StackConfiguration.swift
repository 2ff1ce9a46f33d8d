/// Shape and regularisation of a stack of recurrent layers.
public struct StackConfiguration: Sendable, Equatable {
  public var cell: CellKind
  /// Columns of what the first layer reads.
  public var inputSize: Int
  public var hiddenSize: Int
  public var layerCount: Int
  /// Where not 0, h is a linear map of the cell's output to this width: it is what the next step and
  /// the layer above read (Sak et al. 2014; `proj_size` in PyTorch). For cells with a cell state.
  public var projectionSize: Int
  /// Whether every layer reads its input a second time, backward in time, with weights of its own;
  /// the layer above reads both outputs side by side (Schuster & Paliwal 1997).
  public var isBidirectional: Bool
  /// Whether every layer's output is normalised over its units, with a gain and a bias a unit
  /// (Ba et al. 2016). The gates inside a step are not: the recurrence stays one fused operation.
  public var hasLayerNorm: Bool
  /// Whether a layer whose output is as wide as its input adds the two (He et al. 2016).
  public var isResidual: Bool
  /// Share of activations dropped between layers (Zaremba et al. 2014).
  public var dropout: Double
  /// Whether dropout between layers takes the same units at all steps of a sequence.
  public var isDropoutLocked: Bool
  /// Noise inside the layers.
  public var regularization: RecurrentRegularization
  public var initialization: InitializationScheme
  /// Where not 0: what forget gates start at. See `RecurrentInitialization`.
  public var forgetBias: Double

  public init(
    cell: CellKind = .lstm, inputSize: Int, hiddenSize: Int, layerCount: Int = 1,
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
  public var directionCount: Int { isBidirectional ? 2 : 1 }
  /// Columns of a layer's h in one direction.
  public var stateSize: Int { projectionSize > 0 ? projectionSize : hiddenSize }
  /// Columns of what every layer gives to the one above: all directions side by side.
  public var outputSize: Int { directionCount * stateSize }
  /// Columns of the states of a layer and direction: of h, and of c where the cell has one.
  public var stateSizes: [Int] { cell.cell.hasCellState ? [stateSize, hiddenSize] : [stateSize] }
}
