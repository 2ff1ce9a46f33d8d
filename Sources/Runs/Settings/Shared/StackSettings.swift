import Compute
import Networks

/// The recurrent layers, in the table `model` of every task that has them.
public struct StackSettings: SettingsGroup {
  public static let about = "The network"

  @Setting(of: Cells.names, "Recurrent cell") public var cell = "lstm"
  @Setting(in: 1...256, "Recurrent layers") public var layers = 1
  @Setting(in: .width, "Units in a recurrent layer") public var hidden = 128
  @Setting("Read the sequence in both directions") public var bidirectional = false
  @Setting(
    in: 0...65536,
    "Units that an LSTM's output is projected to before anything reads it; 0: none")
  public var projection = 0
  @Setting(
    "Normalise what every recurrent layer gives at each step; last states that are read stay as they are"
  )
  public var layerNorm = false
  @Setting(
    "Add a layer's input to its output where they are as wide; to no last state that is read")
  public var residual = false
  @Setting(in: .fraction, "Share of activations dropped between layers")
  public var dropout = 0.0
  @Setting("Drop the same activations at all steps of a sequence")
  public var lockedDropout = false
  @Setting(
    in: .fraction,
    "Share of the last step's output dropped inside layers, the same at all steps")
  public var recurrentDropout = 0.0
  @Setting(in: .fraction, "Share of recurrent weights taken out for each update")
  public var weightDrop = 0.0
  @Setting(in: .fraction, "Share of a layer's units that keep their value in a step")
  public var zoneout = 0.0
  @Setting(key: "init", "How weights begin: \(InitializationScheme.allowed)")
  public var initialization = "default"
  @Setting(
    in: NumberRange(-100...100),
    "Where an LSTM's forget gate bias begins; 0: as the other biases")
  public var forgetBias = 0.0

  /// - Parameter readsBothWays: whether the task can read its sequences backward too.
  public init(layers: Int = 1, hidden: Int, readsBothWays: Bool = true) {
    $layers.default = layers
    $hidden.default = hidden
    $bidirectional.declaration.isOffered = readsBothWays
  }

  public func check() throws { _ = try configuration(inputSize: 1) }

  public func checkNewRun() throws { try Self.checkForgetBias(forgetBias, of: cell) }

  /// Throws a usage `UserError` for a bias of a gate that a cell lacks.
  package static func checkForgetBias(_ bias: Double, of cell: String) throws {
    guard bias == 0 || Cells.named(cell)?.forgetGate != nil else {
      throw UserError.usage(
        "model.forget_bias is \(bias), but '\(cell)' has no forget gate",
        hint: "drop --forget-bias, or use one of "
          + names(Cells.all.filter { $0.forgetGate != nil }))
    }
  }

  /// The layers that these settings describe. Throws `UserError.usage` for what the cell cannot do.
  public func configuration(inputSize: Int) throws -> StackConfiguration {
    guard let chosen = Cells.named(cell) else {
      throw UserError.usage(
        "model.cell is '\(cell)', expected one of \(Self.names(Cells.all))")
    }
    guard projection == 0 || chosen.allowsProjection else {
      throw UserError.usage(
        "model.projection is \(projection), but the state of '\(cell)' enters a step beside its "
          + "products too and cannot change its width",
        hint: "use one of \(Self.names(Cells.all.filter(\.allowsProjection)))")
    }
    guard zoneout == 0 || chosen.allowsZoneout else {
      throw UserError.usage(
        "model.zoneout is \(zoneout), but the units of '\(cell)' must all move at their own steps",
        hint: "drop --zoneout, or use another cell")
    }
    guard (recurrentDropout == 0 && weightDrop == 0) || chosen.recurrentGateCount > 0 else {
      throw UserError.usage(
        "model.recurrent_dropout is \(recurrentDropout) and model.weight_drop \(weightDrop), but "
          + "'\(cell)' has no recurrent weights",
        hint: "drop --recurrent-dropout and --weight-drop, or use another cell")
    }
    return StackConfiguration(
      cell: chosen, inputSize: inputSize, hiddenSize: hidden, layerCount: layers,
      projectionSize: projection, isBidirectional: bidirectional, hasLayerNorm: layerNorm,
      isResidual: residual, dropout: dropout, isDropoutLocked: lockedDropout,
      regularization: RecurrentRegularization(
        dropout: recurrentDropout, zoneout: zoneout, weightDrop: weightDrop),
      initialization: try InitializationScheme(parsing: initialization), forgetBias: forgetBias)
  }

  private static func names(_ cells: [any Cell]) -> String {
    cells.map(\.name).joined(separator: ", ")
  }
}
