import Compute
import Networks

/// The options of autoencoders.
package enum AutoencodingSchema {
  package static let standard = ConfigurationSchema([
    CommonSchema.run(.autoencoding), data, TranscriptionSchema.features, model,
    CommonSchema.training(
      batch: 64,
      [
        .number(
          "word_dropout", 0, in: .fraction,
          "Share of the tokens fed to the decoder that are replaced by the unknown one")
      ]), CommonSchema.optimizer, CommonSchema.schedule,
  ])

  private static let data = ConfigurationSchema.Table(
    "data", "The sequences",
    [
      .string("text", "", "File with a sentence on each line"),
      .string("audio", "", "Folder of WAV files, a segment each"),
      .string("valid", "", "File or folder to validate on; empty: a part of the training data"),
      .number("valid_fraction", 0.1, in: .fraction, "Share to validate on without data of its own"),
      .integer(
        "split_seed", 1, in: CommonSchema.count, "Seed of the division into training and validation"
      ),
      .choice("tokens", "word", of: ["word", "char", "byte"], "What a token of text is"),
      .integer(
        "vocabulary_size", 0, in: CommonSchema.count, "Keep this many most frequent tokens; 0: all"),
      .integer(
        "min_count", 1, in: CommonSchema.positiveCount, "Drop tokens seen less often than this"),
      .string(
        "partners", "",
        "A run on the same recordings whose vectors find each one's neighbours, which are then to be "
          + "written in its place"),
      .integer("partner_count", 10, in: 1...65536, "Neighbours of a recording, for partners"),
      .boolean("lowercase", false, "Read text in lower case"),
      .integer(
        "longest", 0, in: CommonSchema.count,
        "Leave sentences of more tokens out of training and validation; 0: none"),
    ])

  private static let model = ConfigurationSchema.Table(
    "model", "The network",
    StackSchema.options(hidden: 256) + [
      .boolean(
        "hierarchical", false,
        "Make whole documents vectors, by way of their sentences; blank lines end documents"),
      .integer("code", 128, in: 1...65536, "Numbers of the vector that a sequence becomes"),
      .integer("embedding", 128, in: 1...65536, "Units of the embedding of tokens"),
      .boolean("tie", false, "One table of tokens for encoder, decoder and output layer"),
      .boolean("feed_code", true, "Let the decoder read the vector at every step"),
      .choice(
        "decoder_input", "previous", of: ["previous", "none"],
        "What the decoder reads beside the vector, for audio: the frame before, or nothing"),
      .boolean("reversed", false, "Write sequences from their ends to their beginnings"),
      .number(
        "input_dropout", 0, in: .fraction, "Share of what both networks read that is dropped"),
      .number(
        "input_noise", 0, in: .notNegative, "Deviation of noise on the frames the encoder reads"),
    ])

  /// Checks what no option can check alone. Throws `UserError.usage`.
  static func check(_ configuration: ResolvedConfiguration) throws {
    try StackSchema.check(configuration)
    _ = try LearningRateSchedule(configuration)
    let (text, audio) = (configuration.string("data.text"), configuration.string("data.audio"))
    guard text.isEmpty != audio.isEmpty else {
      throw UserError.usage(
        text.isEmpty
          ? "no sequences to train on" : "data.text and data.audio name two kinds of sequences",
        hint: "use either --text FILE or --audio DIR")
    }
    guard audio.isEmpty || !configuration.boolean("model.hierarchical") else {
      throw UserError.usage(
        "model.hierarchical is for documents, but data.audio names recordings",
        hint: "drop --hierarchical, or use --text FILE")
    }
    guard !configuration.boolean("model.reversed") || !configuration.boolean("model.hierarchical")
    else {
      throw UserError.usage(
        "model.reversed is for single sequences, model.hierarchical for documents",
        hint: "drop one of them")
    }
    guard audio.isEmpty || !configuration.boolean("model.tie") else {
      throw UserError.usage(
        "model.tie is for tokens, but data.audio names recordings", hint: "drop --tie")
    }
    guard text.isEmpty || configuration.string("data.partners").isEmpty else {
      throw UserError.usage(
        "data.partners is for recordings, but data.text names sentences", hint: "drop --partners")
    }
    guard
      audio.isEmpty || configuration.boolean("model.feed_code")
        || configuration.string("model.decoder_input") != "none"
    else {
      throw UserError.usage(
        "the decoder would read nothing: model.decoder_input is 'none' and model.feed_code false",
        hint: "drop --no-feed-code, or use --decoder-input previous")
    }
  }
}

extension AutoencoderConfiguration {
  /// Reads the table `model`.
  init(_ configuration: ResolvedConfiguration) throws {
    self.init(
      stack: try StackConfiguration(configuration, inputSize: 1),
      codeSize: configuration.integer("model.code"),
      feedsCode: configuration.boolean("model.feed_code"),
      inputDropout: configuration.number("model.input_dropout"),
      isTied: configuration.boolean("model.tie"))
  }

  /// Adds what tables of `count` tokens and an output layer take.
  func add(to memory: inout WeightMemory, tokens count: Int, embedding: Int) {
    guard isTied else {
      for _ in 0..<2 { memory.add(table: count, embedding) }
      return memory.add(matrix: count, stack.stateSize)
    }
    memory.add(matrix: count, embedding)
    memory.add(matrix: embedding, stack.stateSize)
  }

  /// Adds what an encoder and a decoder take.
  func add(to memory: inout WeightMemory, encoder: Int, decoder: Int, codeSize: Int? = nil) {
    let code = codeSize ?? self.codeSize
    let stack = self.encoder(inputSize: encoder)
    memory.add(stack)
    memory.add(matrix: self.codeSize, stack.layerCount * stack.outputSize)
    memory.add(self.decoder(inputSize: decoder, codeSize: code))
    memory.add(matrix: 2 * stack.layerCount * stack.hiddenSize, code)
  }
}
