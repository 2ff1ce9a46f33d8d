import Compute
import Foundation
import Networks
import Runs

/// The settings of translation.
public struct TranslationSettings: TaskSettings {
  public struct Data: SettingsGroup {
    public static let about = "The pairs of texts"

    @Setting(path: true, "Files of 'source<TAB>target' lines, read in this order")
    public var pairs: [String] = []
    @Setting(path: true, "Files of sources, one a line, instead of 'pairs'")
    public var source: [String] = []
    @Setting(path: true, "Files of their targets, one a line, in the same order")
    public var target: [String] = []
    @Setting(
      path: true,
      "Files of pairs to validate on, or of sources, each before that of its targets; empty: a part of the training pairs"
    )
    public var valid: [String] = []
    public var division = DivisionSettings(
      fraction: 0.02, "Share of the different sources to validate on without pairs of its own")
    @Setting("Translate from target to source") public var swap = false
    @Setting("Read all texts in lower case") public var lowercase = true
    @Setting(
      of: TranslationTokens.Kind.names,
      "What one token is: words and punctuation marks, what blanks part, characters or byte-pair "
        + "subwords; of texts whose marks stand apart it is what blanks part")
    public var tokens = "word"
    @Setting(
      of: TranslationTokens.Kind.names,
      following: ("data.tokens", ["blank": "blank", "char": "char", "bpe": "bpe"]),
      "What one token of the source is")
    public var sourceTokens = "word"
    @Setting(
      of: TranslationTokens.Kind.names,
      following: ("data.tokens", ["blank": "blank", "char": "char", "bpe": "bpe"]),
      "What one token of the target is")
    public var targetTokens = "word"
    @Setting("One vocabulary for source and target") public var shareVocabulary = false
    @Setting(path: true, "tokenizer.json of the subwords; empty: they are learnt")
    public var tokenizer = ""
    @Setting(
      in: .count, key: "vocab_size",
      "Tokens of a vocabulary at most; 0: all, or 8000 subwords")
    public var vocabularySize = 0
    @Setting(in: .positiveCount, "Drop tokens seen less often than this")
    public var minCount = 1
    @Setting(in: .count, "Leave out training pairs with more tokens on a side; 0: none")
    public var maxLength = 0

    public init() {}
  }

  public struct Model: SettingsGroup {
    public static let about = "The network"

    public var stack = StackSettings(hidden: 256)
    @Setting(in: 0...65536, "Units in a layer of the decoder; 0: as 'hidden'")
    public var decoderHidden = 0
    @Setting(in: .width, "Units of the embeddings") public var embedding = 256
    @Setting(of: AttentionScore.choices, "How the decoder looks at the source")
    public var attention = "general"
    @Setting(in: 0...65536, "Units of the additive score; 0: as the decoder's")
    public var attentionHidden = 0
    @Setting("Feed what attention gave at the last step; step by step, slower")
    public var inputFeeding = false
    @Setting(
      in: .notNegative, "Weight of the penalty for looking at a token of the source again")
    public var coverage = 0.0
    @Setting("Read the source backward") public var reverseSource = false
    @Setting(
      "Weights that are one: decoder: its embedding and the output layer; all: the encoder's "
        + "embedding too")
    public var tie = TranslatorConfiguration.Tying.none
    public var outputs = OutputSettings(ranks: false)

    public init() {}
  }

  public struct Learning: SettingsGroup {
    public static let table: String? = "train"

    @Setting(
      in: .count, "Tokens of source and target in a minibatch, instead of 'batch'; 0: by 'batch'")
    public var batchTokens = 0
    @Setting(
      in: .fraction,
      "How often, at the end, the decoder reads its own last token; grows from 0 over all updates")
    public var scheduledSampling = 0.0
    @Setting(in: .fraction, "Share of a token's probability that all tokens get alike in the loss")
    public var labelSmoothing = 0.0

    public init() {}
  }

  public var data = Data()
  public var model = Model()
  public var train = TrainingSettings(batch: 64, epochs: 10)
  public var learning = Learning()
  public var optimizer = OptimizerSettings()
  public var schedule = ScheduleSettings()

  public init() {}

  public func checkNewRun() throws {
    guard model.attentionHidden == 0 || model.attention == AttentionScore.additive.rawValue else {
      throw UserError.usage(
        "--attention-hidden is of the additive score, but --attention is '\(model.attention)'",
        hint: "drop one of them, or use --attention additive")
    }
  }

  public func check() throws {
    try checkOutput()
    // Of a vocabulary that is not known yet no cut-off is too large.
    var settings = self
    settings.model.outputs.cutoffs = []
    _ = try settings.configuration(sourceCount: 1, targetCount: 1, counts: [1, 1, 1])
    try data.checkFiles()
    let kinds = [data.sourceTokens, data.targetTokens]
    guard !data.shareVocabulary || kinds[0] == kinds[1] else {
      throw UserError.usage(
        "one vocabulary for \(kinds[0]) and \(kinds[1]) tokens",
        hint: "leave out --share-vocabulary, or choose the same tokens for both sides")
    }
    guard data.shareVocabulary || model.tie != .all else {
      throw UserError.usage(
        "model.tie is 'all', but source and target have vocabularies of their own",
        hint: "add --share-vocabulary, or use --tie decoder")
    }
    guard kinds.contains("bpe") || data.tokenizer.isEmpty else {
      throw UserError.usage(
        "data.tokenizer names a file, but no side is read in subwords", hint: "add --tokens bpe")
    }
  }
}

extension TranslationSettings.Data {
  /// Of each part one of pairs, or one of sources and one of targets.
  var files: [[URL]] {
    let urls = [pairs, source, target].map { $0.map { URL(fileURLWithPath: $0) } }
    return urls[0].map { [$0] } + zip(urls[1], urls[2]).map { [$0, $1] }
  }

  /// Either pairs are named, or both sides.
  fileprivate func checkFiles() throws {
    switch (pairs.isEmpty, source.isEmpty, target.isEmpty) {
    case (false, true, true): break
    case (true, false, false):
      guard source.count != target.count else { return }
      throw UserError.usage(
        "data.source names \(source.count) files, data.target \(target.count)",
        hint: "name a file of targets for each file of sources, in the same order")
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
  }
}

extension TranslatorConfiguration.Tying: SettingValue {}
