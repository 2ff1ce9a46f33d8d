import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Networks
import Parallel

/// A trained transcriber as its run folder keeps it.
package struct TrainedTranscriber: TrainedModel {
  package let alphabet: TranscriptAlphabet
  private let configuration: ResolvedConfiguration
  private let features: SpeechFeatureConfiguration
  private let reader: TranscriptionReader
  private let team: WorkerTeam
  private var decoder: TranscriptDecoder
  private var showsPath = false

  package init(_ folder: RunFolder, team: WorkerTeam) throws {
    configuration = try TranscriptionJob.configuration(of: folder)
    features = SpeechFeatureConfiguration(configuration)
    alphabet = try TranscriptAlphabet(contentsOf: folder.alphabet)
    let model = Transcriber<Float>(
      try StackConfiguration(configuration, inputSize: features.width),
      labelCount: alphabet.labels.count, precision: try Precision(checking: configuration)
    ).allocated(seed: nil)
    try folder.restoreModel(model.parameters)
    self.team = team
    reader = TranscriptionReader(model, team: team)
    decoder = TranscriptDecoder()
  }

  package mutating func decode(_ options: DecodingOptions) throws {
    decoder = try TranscriptDecoder(options, alphabet: alphabet)
    showsPath = options.showsPath
  }

  /// - Parameter files: the folder of recordings and their transcripts; or the transcripts alone,
  ///   with the recordings in the same folder.
  package func evaluate(_ files: [URL]) throws -> Evaluation {
    guard let last = files.last, files.count <= 2 else {
      throw UserError.usage(
        "found \(files.count) paths, expected the folder of recordings and their transcripts",
        hint: "name them with --data DIR FILE")
    }
    let folder = files.count == 2 ? files[0] : last.deletingLastPathComponent()
    let transcripts = try Transcripts(
      contentsOf: last, lowercase: configuration.boolean("data.lowercase"))
    try Transcripts.check([transcripts], against: folder, isPartial: true)
    let utterances = try Utterances(
      transcripts.entries.map(\.file), in: folder, features, sampleRate: alphabet.sampleRate,
      team: team)
    return TranscriptionScores(
      try TranscribedUtterances(transcripts, utterances, alphabet), alphabet, reader, decoder
    ).evaluation
  }

  /// One path of a WAV file a line.
  package func predict(
    _ nextLine: () throws -> String?, emit: (Prediction) throws -> Void
  ) throws {
    while let line = try nextLine() {
      let path = line.trimmingCharacters(in: .whitespaces)
      if path.isEmpty { continue }
      let url = URL(fileURLWithPath: path)
      let utterances = try Utterances(
        [url.lastPathComponent], in: url.deletingLastPathComponent(), features,
        sampleRate: alphabet.sampleRate, team: team)
      var prediction: Prediction?
      reader.read(utterances.sequences) { prediction = self.prediction(path, $1) }
      if let prediction { try emit(prediction) }
    }
  }

  private func prediction(_ file: String, _ frames: CTCFrames) -> Prediction {
    let (classes, logProbability) = decoder.decode(frames)
    let text = alphabet.text(classes)
    var members: [JSONValue.Member] = [
      .init("file", .string(file)), .init("text", .string(text)),
      .init("log_probability", .number(logProbability)),
    ]
    guard showsPath, let path = CTCPath(aligning: classes, to: frames) else {
      return Prediction(text: text, json: .object(members))
    }
    members.append(.init("path", .array(path.classes.map { .string(symbol($0)) })))
    let merged = path.classes.indices.filter {
      $0 == 0 || path.classes[$0] != path.classes[$0 - 1]
    }.map { path.classes[$0] }
    return Prediction(
      text: "frames  \(show(path.classes))\nmerged  \(show(merged))\ntext    \(text)",
      json: .object(members))
  }

  private func show(_ classes: [Int]) -> String {
    classes.map(symbol).joined(separator: alphabet.unit == .word ? " " : "")
  }

  /// A label, `·` for blank, `␣` for the blank between words.
  private func symbol(_ index: Int) -> String {
    guard index > 0 else { return "·" }
    let name = alphabet.labels.names[index - 1]
    return name == " " ? "␣" : name
  }
}
