import Compute
import Networks

/// The options of the recurrent layers, in the table `model` of every job.
package enum StackSchema {
  /// After the layers.
  static let selfAttention = ConfigurationOption.choice(
    "self_attention", "none", of: ["none"] + AttentionScore.allCases.map(\.rawValue),
    "How every step looks at its whole sequence")

  /// - Parameter readsBothWays: whether the job can read its sequences backward too.
  package static func options(
    layers: Int = 1, hidden: Int, readsBothWays: Bool = true
  ) -> [ConfigurationOption] {
    [
      .choice("cell", "lstm", of: Cells.names, "Recurrent cell"),
      .integer("layers", layers, in: 1...256, "Recurrent layers"),
      .integer("hidden", hidden, in: 1...65536, "Units in a recurrent layer"),
    ]
      + (readsBothWays
        ? [.boolean("bidirectional", false, "Read the sequence in both directions")] : [])
      + [
        .integer(
          "projection", 0, in: 0...65536,
          "Units that an LSTM's output is projected to before anything reads it; 0: none"),
        .boolean("layer_norm", false, "Normalise the output of every recurrent layer"),
        .boolean("residual", false, "Add a layer's input to its output where they are as wide"),
        .number("dropout", 0, in: .fraction, "Share of activations dropped between layers"),
        .boolean("locked_dropout", false, "Drop the same activations at all steps of a sequence"),
        .number(
          "recurrent_dropout", 0, in: .fraction,
          "Share of the last step's output dropped inside layers, the same at all steps"),
        .number(
          "weight_drop", 0, in: .fraction, "Share of recurrent weights taken out for each update"),
        .number(
          "zoneout", 0, in: .fraction, "Share of a layer's units that keep their value in a step"),
        .string("init", "default", "How weights begin: \(InitializationScheme.allowed)"),
        .number(
          "forget_bias", 0, in: NumberRange(lower: -100, upper: 100),
          "Where an LSTM's forget gate bias begins; 0: as the other biases"),
      ]
  }

  /// Checks what no option can check alone. Throws `UserError.usage`.
  package static func check(_ configuration: ResolvedConfiguration) throws {
    _ = try StackConfiguration(configuration, inputSize: 1)
  }
}

extension StackConfiguration {
  /// Reads the recurrent layers' part of the `model` table.
  package init(_ configuration: ResolvedConfiguration, inputSize: Int) throws {
    let name = configuration.string("model.cell")
    guard let cell = Cells.named(name) else {
      throw UserError.usage("model.cell is '\(name)', expected one of \(Cells.all.names)")
    }
    let projection = configuration.integer("model.projection")
    guard projection == 0 || cell.allowsProjection else {
      throw UserError.usage(
        "model.projection is \(projection), but the state of '\(name)' enters a step beside its "
          + "products too and cannot change its width",
        hint: "use one of \(Cells.all.filter(\.allowsProjection).names)")
    }
    let zoneout = configuration.number("model.zoneout")
    guard zoneout == 0 || cell.allowsZoneout else {
      throw UserError.usage(
        "model.zoneout is \(zoneout), but the units of '\(name)' must all move at their own steps",
        hint: "drop --zoneout, or use another cell")
    }
    let recurrentDropout = configuration.number("model.recurrent_dropout")
    let weightDrop = configuration.number("model.weight_drop")
    guard (recurrentDropout == 0 && weightDrop == 0) || cell.recurrentGateCount > 0 else {
      throw UserError.usage(
        "model.recurrent_dropout is \(recurrentDropout) and model.weight_drop \(weightDrop), but "
          + "'\(name)' has no recurrent weights",
        hint: "drop --recurrent-dropout and --weight-drop, or use another cell")
    }
    self.init(
      cell: cell, inputSize: inputSize, hiddenSize: configuration.integer("model.hidden"),
      layerCount: configuration.integer("model.layers"), projectionSize: projection,
      isBidirectional: configuration.schema.option("model.bidirectional") != nil
        && configuration.boolean("model.bidirectional"),
      hasLayerNorm: configuration.boolean("model.layer_norm"),
      isResidual: configuration.boolean("model.residual"),
      dropout: configuration.number("model.dropout"),
      isDropoutLocked: configuration.boolean("model.locked_dropout"),
      regularization: RecurrentRegularization(
        dropout: recurrentDropout,
        zoneout: zoneout, weightDrop: weightDrop),
      initialization: try InitializationScheme(parsing: configuration.string("model.init")),
      forgetBias: configuration.number("model.forget_bias"))
  }
}
