import Compute
import Networks
import Runs

/// The settings of autoencoders.
public struct AutoencodingSettings: TaskSettings {
  public struct Data: SettingsGroup {
    public static let about = "The sequences"

    @Setting(path: true, "Files with a sentence on each line, read in this order")
    public var text: [String] = []
    @Setting(path: true, "Folders of recordings, a segment each") public var audio: [String] = []
    @Setting(path: true, "Files or folders to validate on; empty: a part of the training data")
    public var valid: [String] = []
    public var division = DivisionSettings()
    @Setting(of: ["word", "char", "byte"], "What a token of text is") public var tokens = "word"
    @Setting(
      in: .count, option: "vocab-size", "Keep this many most frequent tokens; 0: all")
    public var vocabularySize = 0
    @Setting(in: .positiveCount, "Drop tokens seen less often than this")
    public var minCount = 1
    @Setting(
      path: true,
      "A run on the same recordings whose vectors find each one's neighbours, which are then to be "
        + "written in its place")
    public var partners = ""
    @Setting(in: 1...65536, "Neighbours of a recording, for partners")
    public var partnerCount = 10
    @Setting("Read text in lower case") public var lowercase = false
    @Setting(
      in: .count, "Leave sentences of more tokens out of training and validation; 0: none")
    public var longest = 0

    public init() {}
  }

  public struct Model: SettingsGroup {
    public static let about = "The network"

    public var stack = StackSettings(hidden: 256)
    @Setting("Make whole documents vectors, by way of their sentences; blank lines end documents")
    public var hierarchical = false
    @Setting(in: .width, "Numbers of the vector that a sequence becomes") public var code = 128
    @Setting(in: .width, "Units of the embedding of tokens") public var embedding = 128
    @Setting("One table of tokens for encoder, decoder and output layer") public var tie = false
    @Setting("Let the decoder read the vector at every step") public var feedCode = true
    @Setting(
      of: ["previous", "none"],
      "What the decoder reads beside the vector, for audio: the frame before, or nothing")
    public var decoderInput = "previous"
    @Setting("Write sequences from their ends to their beginnings") public var reversed = false
    @Setting(in: .fraction, "Share of what both networks read that is dropped")
    public var inputDropout = 0.0
    public var noise = FeatureNoiseSettings()

    public init() {}

    /// Shape of both networks.
    func configuration() throws -> AutoencoderConfiguration {
      AutoencoderConfiguration(
        stack: try stack.configuration(inputSize: 1), codeSize: code, feedsCode: feedCode,
        inputDropout: inputDropout, isTied: tie)
    }
  }

  public struct FedTokens: SettingsGroup {
    public static let table: String? = "train"

    @Setting(
      in: .fraction,
      "Share of the tokens fed to the decoder that are replaced by the unknown one")
    public var wordDropout = 0.0

    public init() {}
  }

  public var data = Data()
  public var features = SpeechFeatureSettings()
  public var model = Model()
  public var train = TrainingSettings(batch: 64)
  public var fedTokens = FedTokens()
  public var optimizer = OptimizerSettings()
  public var schedule = ScheduleSettings()

  public init() {}

  public func check() throws {
    guard data.text.isEmpty != data.audio.isEmpty else {
      throw UserError.usage(
        data.text.isEmpty
          ? "no sequences to train on" : "data.text and data.audio name two kinds of sequences",
        hint: "use either --text FILE or --audio DIR")
    }
    guard !model.reversed || !model.hierarchical else {
      throw UserError.usage(
        "model.reversed is for single sequences, model.hierarchical for documents",
        hint: "drop one of them")
    }
    guard data.partners.isEmpty || data.audio.count < 2 else {
      throw UserError.usage(
        "data.partners finds neighbours in one folder, but --audio names \(data.audio.count)",
        hint: "put the recordings into one folder, or drop --partners")
    }
    try data.audio.isEmpty ? checkText() : checkAudio()
  }

  public func checkNewRun() throws {
    try model.noise.checkNewRun(train.reuse)
    guard data.audio.isEmpty else {
      guard fedTokens.wordDropout == 0, data.longest == 0, !data.lowercase else {
        throw UserError.usage(
          "--word-dropout, --longest and --lowercase are for text, but data.audio names recordings",
          hint: "drop them")
      }
      return
    }
    guard model.noise.inputNoise == 0, model.decoderInput == Model().decoderInput else {
      throw UserError.usage(
        "--input-noise and --decoder-input are for recordings, but data.text names sentences",
        hint: "drop them, or use --input-dropout or --word-dropout")
    }
    guard !model.hierarchical || data.longest == 0 else {
      throw UserError.usage(
        "data.longest leaves single sentences out, model.hierarchical reads whole documents",
        hint: "drop --longest")
    }
    guard data.tokens != "byte" || fedTokens.wordDropout == 0 else {
      throw UserError.usage(
        "train.word_dropout feeds the unknown token, and of bytes none is unknown",
        hint: "drop --word-dropout, or use --input-dropout")
    }
  }

  private func checkText() throws {
    guard data.partners.isEmpty else {
      throw UserError.usage(
        "data.partners is for recordings, but data.text names sentences", hint: "drop --partners")
    }
    guard model.noise.timeMasks == 0, model.noise.frequencyMasks == 0 else {
      throw UserError.usage(
        "masks are for the features of recordings, but data.text names sentences",
        hint: "drop --time-masks and --frequency-masks, or use --input-dropout")
    }
  }

  private func checkAudio() throws {
    try model.noise.check(on: features)
    guard !model.hierarchical else {
      throw UserError.usage(
        "model.hierarchical is for documents, but data.audio names recordings",
        hint: "drop --hierarchical, or use --text FILE")
    }
    guard !model.tie else {
      throw UserError.usage(
        "model.tie is for tokens, but data.audio names recordings", hint: "drop --tie")
    }
    guard model.feedCode || model.decoderInput != "none" else {
      throw UserError.usage(
        "the decoder would read nothing: model.decoder_input is 'none' and model.feed_code false",
        hint: "drop --no-feed-code, or use --decoder-input previous")
    }
  }
}
