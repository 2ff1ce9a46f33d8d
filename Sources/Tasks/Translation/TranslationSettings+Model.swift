import Compute
import Networks
import Runs

extension TranslationSettings {
  /// The model that these settings describe. Throws `UserError.usage` for what does not fit together.
  ///
  /// - Parameter counts: of each output, the stop symbol's and the start symbol's last, where they are known.
  package func configuration(
    sourceCount: Int, targetCount: Int, counts: [Int]? = nil
  ) throws -> TranslatorConfiguration {
    let encoder = try model.stack.configuration(inputSize: model.embedding)
    var decoder = encoder
    decoder.isBidirectional = false
    if model.decoderHidden > 0 { decoder.hiddenSize = model.decoderHidden }
    var configuration = TranslatorConfiguration(
      sourceCount: sourceCount, targetCount: targetCount, encoder: encoder, decoder: decoder,
      attention: AttentionScore(rawValue: model.attention),
      attentionSize: model.attentionHidden > 0 ? model.attentionHidden : nil,
      feedsInput: model.inputFeeding, tying: model.tie, coverage: model.coverage)
    configuration.output = try model.outputs.form(
      classes: configuration.outputCount, inputSize: configuration.featureSize, counts: counts)
    try checkAttention(configuration)
    try checkSteps(configuration)
    return configuration
  }

  /// Whether the output is made of how often targets have each token, whenever a model is opened.
  var isMadeOfCounts: Bool { ["adaptive", "hierarchical"].contains(model.outputs.output) }

  func checkOutput() throws {
    let output = model.outputs.output
    try model.outputs.checkClusters()
    guard output == "full" || learning.scheduledSampling == 0 else {
      throw UserError.usage(
        "scheduled sampling reads the most probable token, which --output \(output) does not tell in "
          + "training", hint: "drop one of them")
    }
    guard output == "full" || learning.labelSmoothing == 0 else {
      throw UserError.usage(
        "--label-smoothing gives all tokens a share, of which --output \(output) learns from few",
        hint: "drop one of them")
    }
    guard !isMadeOfCounts || model.tie == .none else {
      throw UserError.usage(
        "--tie shares one matrix with the embedding, and --output \(output) has none with a row for "
          + "each token", hint: "drop one of them")
    }
    guard !model.outputs.drawsWords || model.tie != .all else {
      throw UserError.usage(
        "--tie all shares a table that --output \(output) steps by the rows of targets alone",
        hint: "use --tie decoder")
    }
  }

  private func checkAttention(_ configuration: TranslatorConfiguration) throws {
    let (encoder, decoder) = (configuration.encoder, configuration.decoder)
    let isDot = configuration.attention == .dot || configuration.attention == .scaledDot
    guard !isDot || encoder.outputSize == decoder.outputSize else {
      throw UserError.usage(
        "the score '\(model.attention)' multiplies \(decoder.outputSize) units of the decoder with "
          + "\(encoder.outputSize) of the encoder, expected as many",
        hint: "use --decoder-hidden \(encoder.outputSize), or --attention general")
    }
    guard configuration.attention != nil || !model.inputFeeding && model.coverage == 0 else {
      throw UserError.usage(
        "model.\(model.inputFeeding ? "input_feeding" : "coverage") needs attention",
        hint: "choose one with --attention general")
    }
  }

  private func checkSteps(_ configuration: TranslatorConfiguration) throws {
    let (encoder, decoder) = (configuration.encoder, configuration.decoder)
    let isStepwise = model.inputFeeding || learning.scheduledSampling > 0
    guard !isStepwise || model.coverage == 0 else {
      throw UserError.usage(
        "model.coverage looks at all steps at once, but input feeding and scheduled sampling make "
          + "one after the other", hint: "leave out one of them")
    }
    let noise = encoder.regularization
    guard !isStepwise || noise.zoneout == 0 && noise.weightDrop == 0 else {
      throw UserError.usage(
        "model.\(noise.zoneout > 0 ? "zoneout" : "weight_drop") acts on whole sequences, but input "
          + "feeding and scheduled sampling make one step after the other",
        hint: "use --dropout and --recurrent-dropout")
    }
    guard
      !(encoder.cell is ClockworkCell)
        || !encoder.isBidirectional && encoder.stateSizes == decoder.stateSizes
    else {
      throw UserError.usage(
        "the cell 'clockwork' counts steps in its state, which a decoder of another size cannot "
          + "start from",
        hint: "leave out --bidirectional and --decoder-hidden, or use another cell")
    }
  }
}
