import Compute
import Corpora
import Networks

/// The options of translation.
package enum TranslationSchema {
  package static let standard = ConfigurationSchema([
    CommonSchema.run(.translation), data, model, training, CommonSchema.optimizer,
    CommonSchema.schedule,
  ])

  private static func tokens(_ side: String) -> ConfigurationOption {
    let kinds = TranslationTokens.Kind.allCases.map(\.rawValue)
    return ConfigurationOption(
      "\(side)_tokens", .choice(kinds),
      default: .following(
        key: "data.tokens", ["char": .string("char"), "bpe": .string("bpe")],
        otherwise: .string("word")), help: "What one token of the \(side) is")
  }

  private static let data = ConfigurationSchema.Table(
    "data", "The pairs of texts",
    [
      .string("pairs", "", "File of 'source<TAB>target' lines"),
      .string("source", "", "File of sources, one a line, instead of 'pairs'"),
      .string("target", "", "File of their targets, one a line"),
      .string("valid", "", "Pairs to validate on; empty: a part of the training pairs"),
      .number(
        "valid_fraction", 0.02, in: .fraction,
        "Share of the different sources to validate on without pairs of its own"),
      .integer(
        "split_seed", 1, in: CommonSchema.count,
        "Seed of the division into training and validation"),
      .boolean("swap", false, "Translate from target to source"),
      .boolean("lowercase", true, "Read all texts in lower case"),
      .choice(
        "tokens", "word", of: TranslationTokens.Kind.allCases.map(\.rawValue),
        "What one token is: words and punctuation marks, characters or byte-pair subwords"),
      tokens("source"), tokens("target"),
      .boolean("share_vocabulary", false, "One vocabulary for source and target"),
      .string("tokenizer", "", "tokenizer.json of the subwords; empty: they are learnt"),
      .integer(
        "vocab_size", 0, in: CommonSchema.count,
        "Tokens of a vocabulary at most; 0: all, or 8000 subwords"),
      .integer(
        "min_count", 1, in: CommonSchema.positiveCount, "Drop tokens seen less often than this"),
      .integer(
        "max_length", 0, in: CommonSchema.count,
        "Leave out training pairs with more tokens on a side; 0: none"),
    ])

  private static let model = ConfigurationSchema.Table(
    "model", "The network",
    StackSchema.options(hidden: 256) + [
      .integer(
        "decoder_hidden", 0, in: 0...65536, "Units in a layer of the decoder; 0: as 'hidden'"),
      .integer("embedding", 256, in: 1...65536, "Units of the embeddings"),
      .choice(
        "attention", "general", of: ["none"] + AttentionScore.allCases.map(\.rawValue),
        "How the decoder looks at the source"),
      .integer(
        "attention_hidden", 0, in: 0...65536,
        "Units of the additive score; 0: as the decoder's"),
      .boolean(
        "input_feeding", false, "Feed what attention gave at the last step; step by step, slower"),
      .number(
        "coverage", 0, in: .notNegative,
        "Weight of the penalty for looking at a token of the source again"),
      .boolean("reverse_source", false, "Read the source backward"),
      .choice(
        "tie", "none", of: TranslatorConfiguration.Tying.allCases.map(\.rawValue),
        "Weights that are one: decoder: its embedding and the output layer; all: the encoder's "
          + "embedding too"),
    ])

  private static let training = CommonSchema.training(
    batch: 64, epochs: 10,
    [
      .integer(
        "batch_tokens", 0, in: CommonSchema.count,
        "Tokens of source and target in a minibatch, instead of 'batch'; 0: by 'batch'"),
      .number(
        "scheduled_sampling", 0, in: .fraction,
        "How often, at the end, the decoder reads its own last token; grows from 0 over all updates"
      ),
    ])

  /// Checks what no option can check alone. Throws `UserError.usage`.
  static func check(_ configuration: ResolvedConfiguration) throws {
    try StackSchema.check(configuration)
    _ = try LearningRateSchedule(configuration)
    _ = try TranslatorConfiguration(configuration, sourceCount: 1, targetCount: 1)
    let pairs = configuration.string("data.pairs")
    let (source, target) = (
      configuration.string("data.source"), configuration.string("data.target")
    )
    switch (pairs.isEmpty, source.isEmpty, target.isEmpty) {
    case (false, true, true), (true, false, false): break
    case (true, true, true):
      throw UserError.usage(
        "no pairs to train on", hint: "use --pairs FILE, or --source FILE and --target FILE")
    case (true, _, _):
      throw UserError.usage(
        "data.\(source.isEmpty ? "source" : "target") is empty",
        hint: "use both --source FILE and --target FILE")
    case (false, _, _):
      throw UserError.usage(
        "both data.pairs and data.\(source.isEmpty ? "target" : "source") name texts",
        hint: "use --pairs FILE, or --source FILE and --target FILE")
    }
    let kinds = ["data.source_tokens", "data.target_tokens"].map(configuration.string)
    let isShared = configuration.boolean("data.share_vocabulary")
    guard !isShared || kinds[0] == kinds[1] else {
      throw UserError.usage(
        "one vocabulary for \(kinds[0]) and \(kinds[1]) tokens",
        hint: "leave out --share-vocabulary, or choose the same tokens for both sides")
    }
    guard isShared || configuration.string("model.tie") != "all" else {
      throw UserError.usage(
        "model.tie is 'all', but source and target have vocabularies of their own",
        hint: "add --share-vocabulary, or use --tie decoder")
    }
    guard kinds.contains("bpe") || configuration.string("data.tokenizer").isEmpty else {
      throw UserError.usage(
        "data.tokenizer names a file, but no side is read in subwords", hint: "add --tokens bpe")
    }
  }
}

extension TranslatorConfiguration {
  /// Reads the table `model`. Throws `UserError.usage` for what does not fit together.
  init(_ configuration: ResolvedConfiguration, sourceCount: Int, targetCount: Int) throws {
    let embedding = configuration.integer("model.embedding")
    let encoder = try StackConfiguration(configuration, inputSize: embedding)
    var decoder = encoder
    decoder.isBidirectional = false
    let units = configuration.integer("model.decoder_hidden")
    if units > 0 { decoder.hiddenSize = units }
    let score = AttentionScore(rawValue: configuration.string("model.attention"))
    let isDot = score == .dot || score == .scaledDot
    guard !isDot || encoder.outputSize == decoder.outputSize else {
      throw UserError.usage(
        "the score '\(configuration.string("model.attention"))' multiplies \(decoder.outputSize) "
          + "units of the decoder with \(encoder.outputSize) of the encoder, expected as many",
        hint: "use --decoder-hidden \(encoder.outputSize), or --attention general")
    }
    let feedsInput = configuration.boolean("model.input_feeding")
    let coverage = configuration.number("model.coverage")
    let sampling = configuration.number("train.scheduled_sampling")
    guard score != nil || !feedsInput && coverage == 0 else {
      throw UserError.usage(
        "model.\(feedsInput ? "input_feeding" : "coverage") needs attention",
        hint: "choose one with --attention general")
    }
    let isStepwise = feedsInput || sampling > 0
    guard !isStepwise || coverage == 0 else {
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
    let attentionSize = configuration.integer("model.attention_hidden")
    self.init(
      sourceCount: sourceCount, targetCount: targetCount, encoder: encoder, decoder: decoder,
      attention: score, attentionSize: attentionSize > 0 ? attentionSize : nil,
      feedsInput: feedsInput,
      tying: Tying(rawValue: configuration.string("model.tie")) ?? .none, coverage: coverage)
  }
}
