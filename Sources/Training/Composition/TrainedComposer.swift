import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Networks
import Parallel

/// A trained composer as its run folder keeps it.
package struct TrainedComposer: TrainedModel {
  package let composer: Composer
  private let reader: SequenceReader

  package init(_ folder: RunFolder, team: WorkerTeam) throws {
    let configuration = try CompositionJob.configuration(of: folder)
    composer = try Composer(configuration, labels: try Composer.labels(in: folder), seed: 0)
    try folder.restoreModel(composer.model.parameters)
    reader = SequenceReader(composer.model, team: team)
  }

  /// - Parameter files: one JSON file, whose pieces in 'test' are measured, or MIDI files, a piece
  ///   each.
  package func evaluate(_ files: [URL]) throws -> Evaluation {
    let (pieces, labels, part) = try pieces(files)
    let evaluation = composer.evaluate(composer.dataset(pieces, labels: labels), reader)
    return Evaluation(
      score: evaluation.score,
      report: "\(part): \(pieces.count) pieces, \(evaluation.score.count) steps",
      details: [.init("part", .string(part)), .init("pieces", .integer(pieces.count))])
  }

  package func gradientFlow(_ files: [URL], lags: Int, team: WorkerTeam) throws -> GradientFlow {
    let (pieces, labels, _) = try pieces(files)
    return try GradientFlow(
      composer.model, composer.dataset(pieces, labels: labels), lags: lags, team: team)
  }

  private func pieces(
    _ files: [URL]
  ) throws -> (pieces: [PianoRoll], labels: [Int32]?, part: String) {
    if !files.isEmpty, files.allSatisfy(\.isMIDI) {
      return (try files.map(piece), nil, "MIDI files")
    }
    guard files.count == 1 else {
      throw UserError.usage(
        files.isEmpty
          ? "no music to measure on" : "found \(files.count) files that are not all MIDI files",
        hint: "name one JSON file, or MIDI files, with --data")
    }
    let music = try JSONPianoRolls(contentsOf: files[0])
    guard !music.test.isEmpty else {
      throw UserError("'\(files[0].relativePath)' has no piece in 'test'", hint: "add some")
    }
    return (music.test, try composer.labelIDs(music.labels?.test, of: "test"), "test")
  }

  /// The music of a MIDI file, at the model's steps. Throws a `UserError` if it has no note.
  package func piece(_ url: URL) throws -> PianoRoll {
    let roll = try MIDIFile(contentsOf: url).pianoRoll(stepsPerQuarter: composer.stepsPerQuarter)
    guard roll.stepCount > 0 else {
      throw UserError(
        "'\(url.relativePath)' has no note of a piano: a sequence of length zero",
        hint: "name a file with music in it")
    }
    return roll
  }

  /// One piece a line, as in the JSON files: `[[60,64],[62]]`. Gives the keys that are more probable
  /// than not at the step that follows.
  package func predict(
    _ nextLine: () throws -> String?, emit: (Prediction) throws -> Void
  ) throws {
    var number = 0
    while let line = try nextLine() {
      number += 1
      let roll = try PianoRoll(line: line, number)
      let generator = SequenceGenerator(composer.model)
      generator.feed(composer.start(label: nil))
      for step in 0..<roll.stepCount { generator.feed(composer.input(roll, step: step)) }
      let probabilities = generator.outputs.map { Scalar.sigmoid($0) }
      let keys = probabilities.indices.filter { probabilities[$0] > 0.5 }
        .map { Int(PianoRoll.keys.lowerBound) + $0 }
      try emit(
        Prediction(
          text: keys.map(String.init).joined(separator: " "),
          json: .object([
            .init("notes", .array(keys.map { .integer($0) })),
            .init("probabilities", .array(probabilities.map { .number(Double($0)) })),
          ])))
    }
  }
}

extension PianoRoll {
  /// Reads a piece from a line of JSON. Throws a `UserError` that names the line.
  fileprivate init(line: String, _ number: Int) throws {
    let place = "standard input line \(number)"
    let value: JSONValue
    do {
      value = try JSONValue(parsing: line)
    } catch {
      throw UserError(
        "\(place): no JSON: \(error)", hint: "a piece is a list of lists of notes: [[60,64],[62]]")
    }
    try self.init(value, at: place)
  }
}

extension URL {
  fileprivate var isMIDI: Bool { ["mid", "midi"].contains(pathExtension.lowercased()) }
}
