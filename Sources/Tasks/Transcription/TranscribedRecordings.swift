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
    _ parts: [(Transcripts, Utterances)], _ alphabet: TranscriptAlphabet
  ) throws {
    self.init(
      try .joined(parts.map { try TranscriptionExamples($0, $1, alphabet) }), alphabet)
  }

  private init(_ examples: TranscriptionExamples, _ alphabet: TranscriptAlphabet) {
    self.examples = examples
    self.alphabet = alphabet
  }

  public var count: Int { examples.count }

  public func subset(_ indices: [Int]) throws -> TranscribedRecordings {
    TranscribedRecordings(try examples.subset(indices), alphabet)
  }
}

extension TranscribedRecordings {
  /// Reads what the settings name. The labels are those of all transcripts to train on, whether they
  /// are held out or not.
  static func read(
    _ settings: TranscriptionSettings, team: WorkerTeam
  ) throws -> (training: TranscribedRecordings, validation: TranscribedRecordings?) {
    let data = settings.data
    let training = try SpokenPart.read(data.transcripts, in: data.audio, data)
    let valid = try SpokenPart.read(
      data.valid, in: data.validAudio.isEmpty ? data.audio : data.validAudio, data)
    try SpokenPart.check(training + valid, isPartial: data.partial)
    let features = settings.features.configuration
    let heard = try training.heard(features, sampleRate: nil, team)
    let sampleRate = heard[0].1.sampleRate
    let alphabet = try TranscriptAlphabet(data, training, sampleRate: sampleRate)
    return (
      try TranscribedRecordings(heard, alphabet),
      valid.isEmpty
        ? nil
        : try TranscribedRecordings(
          valid.heard(features, sampleRate: sampleRate, team), alphabet)
    )
  }
}

/// Transcripts and the folder that holds the recordings of which they are.
struct SpokenPart {
  let transcripts: Transcripts
  let folder: URL

  /// - Parameter folders: one for all files, or one for each.
  fileprivate static func read(
    _ files: [String], in folders: [String], _ data: TranscriptionSettings.Data
  ) throws -> [SpokenPart] {
    try files.enumerated().map { index, file in
      SpokenPart(
        transcripts: try Transcripts(
          contentsOf: URL(fileURLWithPath: file), lowercase: data.lowercase),
        folder: URL(fileURLWithPath: folders.count == 1 ? folders[0] : folders[index]))
    }
  }

  /// Throws a `UserError` for a transcript without its recording, and unless `isPartial` for a recording of
  /// a folder that none of the transcripts has.
  fileprivate static func check(_ parts: [SpokenPart], isPartial: Bool) throws {
    var folders: [URL] = []
    for part in parts where !folders.contains(part.folder) { folders.append(part.folder) }
    for folder in folders {
      try Transcripts.check(
        parts.filter { $0.folder == folder }.map(\.transcripts), against: folder,
        isPartial: isPartial)
    }
  }
}

extension [SpokenPart] {
  /// With the recordings.
  ///
  /// - Parameter sampleRate: that all must have; nil: that of the first.
  func heard(
    _ features: SpeechFeatureConfiguration, sampleRate: Int?, _ team: WorkerTeam
  ) throws -> [(Transcripts, Utterances)] {
    var heard: [(Transcripts, Utterances)] = []
    for part in self {
      heard.append(
        (
          part.transcripts,
          try Utterances(
            part.transcripts.entries.map(\.file), in: part.folder, features,
            sampleRate: sampleRate ?? heard.first?.1.sampleRate, team: team)
        ))
    }
    return heard
  }
}

extension TranscriptAlphabet {
  /// The labels that the settings name, or else those of the transcripts.
  fileprivate init(
    _ data: TranscriptionSettings.Data, _ parts: [SpokenPart], sampleRate: Int
  ) throws {
    if data.labels == .subword {
      try self.init(Self.subwords(data, parts), sampleRate: sampleRate)
      return
    }
    let labels = LabelSet(
      data.alphabet.isEmpty
        ? parts.flatMap(\.transcripts.entries).flatMap { data.labels.split($0.text) }
        : data.labels.split(data.alphabet))
    guard labels.count > 0 else {
      throw UserError(
        "'\(parts[0].transcripts.url.relativePath)' says nothing: all texts are empty")
    }
    self.init(unit: data.labels, labels: labels, sampleRate: sampleRate)
  }

  private static func subwords(
    _ data: TranscriptionSettings.Data, _ parts: [SpokenPart]
  ) throws -> SubwordTokenizer {
    if let url = URL(named: data.tokenizer) { return try SubwordTokenizer(contentsOf: url) }
    return try .learnt(
      from: parts.flatMap(\.transcripts.entries).map(\.text),
      size: data.vocabularySize > 0 ? data.vocabularySize : 500)
  }
}
