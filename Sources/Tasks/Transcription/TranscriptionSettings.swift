import Compute
import Runs

/// The settings of transcription.
public struct TranscriptionSettings: TaskSettings {
  public struct Data: SettingsGroup {
    public static let about = "The recordings and what is said in them"

    @Setting(path: true, "Folder of recordings, or one for each file of transcripts")
    public var audio: [String] = []
    @Setting(path: true, "Files of 'file<TAB>text' lines, files as paths inside 'audio'")
    public var transcripts: [String] = []
    @Setting(
      path: true,
      "Folder of the recordings to validate on, or one for each file of 'valid'; empty: 'audio'")
    public var validAudio: [String] = []
    @Setting(
      path: true, "Files of transcripts to validate on; empty: a part of the training transcripts")
    public var valid: [String] = []
    public var division = DivisionSettings(
      "Share to validate on without transcripts of its own")
    @Setting("Pass over recordings that have no transcript") public var partial = false
    @Setting("What the network writes: characters, words or byte-pair subwords")
    public var labels = TranscriptAlphabet.Unit.character
    @Setting(
      "The labels: characters, or words with blanks between; empty: those of the transcripts")
    public var alphabet = ""
    @Setting(path: true, "tokenizer.json of the subwords; empty: they are learnt")
    public var tokenizer = ""
    @Setting(in: .count, option: "vocab-size", "Subwords to learn, 256 bytes among them; 0: 500")
    public var vocabularySize = 0
    @Setting("Read transcripts in lower case") public var lowercase = false

    public init() {}

    public func check() throws {
      for (key, path, option) in [
        ("data.audio", audio, "--audio DIR"),
        ("data.transcripts", transcripts, "--transcripts FILE"),
      ] where path.isEmpty {
        throw UserError.usage("\(key) is empty", hint: "name it with \(option)")
      }
      for (folders, files, keys) in [
        (audio, transcripts, ("data.audio", "data.transcripts")),
        (validAudio.isEmpty ? audio : validAudio, valid, ("data.valid_audio", "data.valid")),
      ] where !files.isEmpty && folders.count != 1 && folders.count != files.count {
        throw UserError.usage(
          "\(keys.0) names \(folders.count) folders, \(keys.1) \(files.count) files",
          hint: "name one folder for all files, or one for each, in the same order")
      }
      guard labels == .subword || tokenizer.isEmpty && vocabularySize == 0 else {
        throw UserError.usage(
          "subwords are asked for, but data.labels is '\(labels.rawValue)'",
          hint: "add --labels bpe")
      }
      guard labels != .subword || alphabet.isEmpty else {
        throw UserError.usage(
          "data.alphabet lists labels, but subwords are learnt or named by data.tokenizer",
          hint: "drop --alphabet")
      }
    }
  }

  public struct Model: SettingsGroup {
    public static let about = "The network"

    public var stack = StackSettings(hidden: 128)
    public var noise = FeatureNoiseSettings()

    public init() {}
  }

  public var data = Data()
  public var features = SpeechFeatureSettings()
  public var model = Model()
  public var train = TrainingSettings(batch: 32)
  public var optimizer = OptimizerSettings()
  public var schedule = ScheduleSettings()

  public init() {}

  public func check() throws { try model.noise.check(on: features) }

  public func checkNewRun() throws { try model.noise.checkNewRun(train.reuse) }
}
