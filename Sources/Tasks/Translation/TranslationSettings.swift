import Compute
import Networks
import Runs

/// The settings of translation.
package struct TranslationSettings: TaskSettings {
  package struct Data: SettingsGroup {
    package static let about = "The pairs of texts"

    @Setting(path: true, "File of 'source<TAB>target' lines") package var pairs = ""
    @Setting(path: true, "File of sources, one a line, instead of 'pairs'")
    package var source = ""
    @Setting(path: true, "File of their targets, one a line") package var target = ""
    @Setting(path: true, "Pairs to validate on; empty: a part of the training pairs")
    package var valid = ""
    package var division = DivisionSettings(
      fraction: 0.02, "Share of the different sources to validate on without pairs of its own")
    @Setting("Translate from target to source") package var swap = false
    @Setting("Read all texts in lower case") package var lowercase = true
    @Setting(
      of: TranslationTokens.Kind.names,
      "What one token is: words and punctuation marks, characters or byte-pair subwords")
    package var tokens = "word"
    @Setting(
      of: TranslationTokens.Kind.names,
      following: ("data.tokens", ["char": "char", "bpe": "bpe"]),
      "What one token of the source is")
    package var sourceTokens = "word"
    @Setting(
      of: TranslationTokens.Kind.names,
      following: ("data.tokens", ["char": "char", "bpe": "bpe"]),
      "What one token of the target is")
    package var targetTokens = "word"
    @Setting("One vocabulary for source and target") package var shareVocabulary = false
    @Setting(path: true, "tokenizer.json of the subwords; empty: they are learnt")
    package var tokenizer = ""
    @Setting(
      in: .count, key: "vocab_size",
      "Tokens of a vocabulary at most; 0: all, or 8000 subwords")
    package var vocabularySize = 0
    @Setting(in: .positiveCount, "Drop tokens seen less often than this")
    package var minCount = 1
    @Setting(in: .count, "Leave out training pairs with more tokens on a side; 0: none")
    package var maxLength = 0

    package init() {}
  }

  package struct Model: SettingsGroup {
    package static let about = "The network"

    package var stack = StackSettings(hidden: 256)
    @Setting(in: 0...65536, "Units in a layer of the decoder; 0: as 'hidden'")
    package var decoderHidden = 0
    @Setting(in: .width, "Units of the embeddings") package var embedding = 256
    @Setting(of: AttentionScore.choices, "How the decoder looks at the source")
    package var attention = "general"
    @Setting(in: 0...65536, "Units of the additive score; 0: as the decoder's")
    package var attentionHidden = 0
    @Setting("Feed what attention gave at the last step; step by step, slower")
    package var inputFeeding = false
    @Setting(
      in: .notNegative, "Weight of the penalty for looking at a token of the source again")
    package var coverage = 0.0
    @Setting("Read the source backward") package var reverseSource = false
    @Setting(
      "Weights that are one: decoder: its embedding and the output layer; all: the encoder's "
        + "embedding too")
    package var tie = TranslatorConfiguration.Tying.none

    package init() {}
  }

  package struct Learning: SettingsGroup {
    package static let table: String? = "train"

    @Setting(
      in: .count, "Tokens of source and target in a minibatch, instead of 'batch'; 0: by 'batch'")
    package var batchTokens = 0
    @Setting(
      in: .fraction,
      "How often, at the end, the decoder reads its own last token; grows from 0 over all updates")
    package var scheduledSampling = 0.0

    package init() {}
  }

  package var data = Data()
  package var model = Model()
  package var train = TrainingSettings(batch: 64, epochs: 10)
  package var learning = Learning()
  package var optimizer = OptimizerSettings()
  package var schedule = ScheduleSettings()

  package init() {}

  package func check() throws {
    _ = try configuration(sourceCount: 1, targetCount: 1)
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
  /// Either pairs are named, or both sides.
  fileprivate func checkFiles() throws {
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
  }
}

extension TranslatorConfiguration.Tying: SettingValue {}
