import Compute
import Runs

/// The settings of transcription.
package struct TranscriptionSettings: TaskSettings {
  package struct Data: SettingsGroup {
    package static let about = "The recordings and what is said in them"

    @Setting(path: true, "Folder of WAV files") package var audio = ""
    @Setting(path: true, "File of 'file<TAB>text' lines, files as paths inside 'audio'")
    package var transcripts = ""
    @Setting(path: true, "Folder of the recordings to validate on; empty: 'audio'")
    package var validAudio = ""
    @Setting(
      path: true, "Transcripts to validate on; empty: a part of the training transcripts")
    package var valid = ""
    package var division = DivisionSettings(
      "Share to validate on without transcripts of its own")
    @Setting("Pass over recordings that have no transcript") package var partial = false
    @Setting("What the network writes") package var labels = TranscriptAlphabet.Unit.character
    @Setting(
      "The labels: characters, or words with blanks between; empty: those of the transcripts")
    package var alphabet = ""
    @Setting("Read transcripts in lower case") package var lowercase = false

    package init() {}

    package func check() throws {
      for (key, path, option) in [
        ("data.audio", audio, "--audio DIR"),
        ("data.transcripts", transcripts, "--transcripts FILE"),
      ] where path.isEmpty {
        throw UserError.usage("\(key) is empty", hint: "name it with \(option)")
      }
    }
  }

  package struct Model: SettingsGroup {
    package static let about = "The network"

    package var stack = StackSettings(hidden: 128)
    @Setting(in: .notNegative, "Deviation of noise on the features in training")
    package var inputNoise = 0.0

    package init() {}
  }

  package var data = Data()
  package var features = SpeechFeatureSettings()
  package var model = Model()
  package var train = TrainingSettings(batch: 32)
  package var optimizer = OptimizerSettings()
  package var schedule = ScheduleSettings()

  package init() {}
}
