import Corpora
import Foundation
import Interchange
import Networks
import Runs

extension TranscriptionTask: Decoding {
  package func decode(_ options: DecodingOptions) throws {
    decoder = try TranscriptDecoder(options, alphabet: alphabet, team: team)
    showsPath = options.showsPath
  }

  /// One path of a WAV file a line.
  public func queries() -> any QueryReader<(path: String, utterance: Utterances)> {
    LineQueries { [self] line, _ in
      let path = line.trimmingCharacters(in: .whitespaces)
      if path.isEmpty { return nil }
      let url = URL(fileURLWithPath: path)
      return (
        path,
        try Utterances(
          [url.lastPathComponent], in: url.deletingLastPathComponent(), features,
          sampleRate: alphabet.sampleRate, team: team)
      )
    }
  }

  public func predict(_ queries: [(path: String, utterance: Utterances)]) -> [Prediction] {
    let sequences = VectorSequences(
      width: features.width, queries.map { $0.utterance.sequences[0] })
    var predictions = [Prediction?](repeating: nil, count: queries.count)
    read(sequences) { predictions[$0] = prediction(queries[$0].path, $1) }
    return predictions.compactMap(\.self)
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
    members.append(.init("path", .strings(path.classes.map(symbol))))
    let merged = path.classes.indices.filter {
      $0 == 0 || path.classes[$0] != path.classes[$0 - 1]
    }.map { path.classes[$0] }
    return Prediction(
      text: "frames  \(show(path.classes))\nmerged  \(show(merged))\ntext    \(text)",
      json: .object(members))
  }

  private func show(_ classes: [Int]) -> String {
    classes.map(symbol).joined(separator: alphabet.unit == .character ? "" : " ")
  }

  /// A label, `·` for blank, `␣` for the blank between words.
  private func symbol(_ index: Int) -> String {
    guard index > 0 else { return "·" }
    if let subwords = alphabet.subwords {
      return subwords.decode([Int32(index - 1)]).replacing(" ", with: "␣")
    }
    let name = alphabet.labels.names[index - 1]
    return name == " " ? "␣" : name
  }
}
