import Compute
import Corpora
import Foundation
import Parallel
import Runs

/// Recordings with what is said in them, and the labels that their texts are spelled with.
public struct TranscribedRecordings: CountedSource {
  let examples: TranscriptionExamples
  let alphabet: TranscriptAlphabet

  /// Throws a `UserError` that names the line of a label that the alphabet lacks.
  init(
    _ transcripts: Transcripts, _ utterances: Utterances, _ alphabet: TranscriptAlphabet
  ) throws {
    self.init(try TranscriptionExamples(transcripts, utterances, alphabet), alphabet)
  }

  private init(_ examples: TranscriptionExamples, _ alphabet: TranscriptAlphabet) {
    self.examples = examples
    self.alphabet = alphabet
  }

  public var count: Int { examples.count }

  public func subset(_ indices: [Int]) -> TranscribedRecordings {
    TranscribedRecordings(examples.subset(indices), alphabet)
  }
}

extension TranscribedRecordings {
  /// Reads what the settings name. The labels are those of all transcripts to train on, whether they
  /// are held out or not.
  static func read(
    _ settings: TranscriptionSettings, team: WorkerTeam
  ) throws -> (training: TranscribedRecordings, validation: TranscribedRecordings?) {
    let data = settings.data
    let audio = URL(fileURLWithPath: data.audio)
    let transcripts = try Transcripts(
      contentsOf: URL(fileURLWithPath: data.transcripts), lowercase: data.lowercase)
    let valid = try URL(named: data.valid).map {
      try Transcripts(contentsOf: $0, lowercase: data.lowercase)
    }
    let validAudio = URL(named: data.validAudio)
    if let valid, let validAudio {
      try Transcripts.check([transcripts], against: audio, isPartial: data.partial)
      try Transcripts.check([valid], against: validAudio, isPartial: data.partial)
    } else {
      try Transcripts.check(
        [transcripts] + (valid.map { [$0] } ?? []), against: audio, isPartial: data.partial)
    }
    let features = settings.features.configuration
    let utterances = try Utterances(
      transcripts.entries.map(\.file), in: audio, features, team: team)
    let alphabet = try TranscriptAlphabet(
      data, transcripts, sampleRate: utterances.sampleRate)
    return (
      try TranscribedRecordings(transcripts, utterances, alphabet),
      try valid.map {
        try TranscribedRecordings(
          $0,
          Utterances(
            $0.entries.map(\.file), in: validAudio ?? audio, features,
            sampleRate: utterances.sampleRate, team: team), alphabet)
      }
    )
  }
}

extension TranscriptAlphabet {
  /// The labels that the settings name, or else those of the transcripts.
  fileprivate init(
    _ data: TranscriptionSettings.Data, _ transcripts: Transcripts, sampleRate: Int
  ) throws {
    let labels = LabelSet(
      data.alphabet.isEmpty
        ? transcripts.entries.flatMap { data.labels.split($0.text) }
        : data.labels.split(data.alphabet))
    guard labels.count > 0 else {
      throw UserError("'\(transcripts.url.relativePath)' says nothing: all texts are empty")
    }
    self.init(unit: data.labels, labels: labels, sampleRate: sampleRate)
  }
}
