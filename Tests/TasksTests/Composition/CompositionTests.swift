import Autodiff
import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Parallel
import Runs
import Tasks
import TestSupport
import Testing

/// A composer learns music, resumes exactly, is measured as the literature does and writes MIDI.
@Suite struct CompositionTests {
  /// Four chords in a circle, from any of them: after the first, every step follows from the one
  /// before, and what is composed goes round.
  @Test func learnsAndComposes() throws {
    let folder = try TemporaryFolder()
    let run = try begin(["train.epochs": "150"], in: folder)
    var scores: [Score] = []
    _ = try run.train { if case .validated(let report) = $0 { scores.append(report.score) } }
    // Without memory every step costs what the first has to: two of its keys sound in half the pieces,
    // six in a quarter or in three quarters.
    let quarter = -(0.25 * log(0.25) + 0.75 * log(0.75))
    let memoryless = 2 * log(2) + 6 * quarter
    let loss = try #require(scores.last).loss
    #expect(loss > memoryless / 12 && loss < memoryless / 4)

    let trained = try CompositionTask.opened(in: run.folder, team: WorkerTeam(count: 2))
    var opening = PianoRoll()
    opening.append(Self.chords[2])
    let music = try trained.compose(after: opening, request(steps: 7, temperature: 0))
    #expect(music.steps == (0..<8).map { Self.chords[($0 + 2) % 4] })

    // A file as players read it, and as a beginning to go on from.
    let file = folder.file("music.mid")
    try MIDIFile(music).write(to: file)
    #expect(try trained.piece(file) == music)
    let evaluation = try trained.evaluate([file])
    #expect(evaluation.score.count == 8)

    #expect(try trained.predictions(["[[60,64,67]]"]).map(\.text) == ["60 65 69"])
  }

  /// From nothing but a label: one-to-many. Each of four pieces has a label of its own.
  @Test func composesWhatALabelAsksFor() throws {
    let folder = try TemporaryFolder()
    let names = (0..<4).map { "\"from \($0)\"" }.joined(separator: ",")
    let labelled =
      Self.music.dropLast()
      + ",\"labels\":{\"train\":[\(names)],\"valid\":[\(names)],\"test\":[\"from 0\"]}}"
    let file = try folder.write(String(labelled), to: "labelled.json")
    let run = try begin(["train.epochs": "80", "data.music": file.path], in: folder)
    _ = try run.train { _ in }
    let trained = try CompositionTask.opened(in: run.folder, team: WorkerTeam(count: 2))
    for first in 0..<4 {
      let music = try trained.compose(
        after: PianoRoll(), request(label: "from \(first)", steps: 8, temperature: 0))
      #expect(music.steps == (0..<8).map { Self.chords[($0 + first) % 4] })
    }
    // The first step is told by the label: nothing is left to chance.
    #expect(try trained.evaluate([file]).score.loss < 0.5)
    let unknown = try #require(throws: UserError.self) {
      try trained.compose(after: PianoRoll(), request(label: "from 4", steps: 1))
    }
    #expect(unknown.message.contains("unknown label 'from 4', expected one of the 4"))
  }

  /// Draws depend on the seed, and on nothing that was drawn elsewhere.
  @Test func seedsDecideWhatIsComposed() throws {
    let folder = try TemporaryFolder()
    let run = try begin(["train.updates": "2"], in: folder)
    _ = try run.train { _ in }
    let composer = try CompositionTask.opened(in: run.folder, team: WorkerTeam(count: 1))
    func music(_ seed: UInt64, steps: Int = 6) throws -> [[UInt8]] {
      try composer.compose(after: PianoRoll(), request(steps: steps, seed: seed)).steps
    }
    #expect(try music(1) == music(1))
    #expect(try music(1) != music(2))
    #expect(try music(1, steps: 9).prefix(6) == music(1)[...])
  }

  /// The test part, its 88 binary cross-entropies added up at each step, the mean over all steps of
  /// all pieces: with all weights zero every key costs ln 2.
  @Test func likelihoodIsASumOverKeysAndAMeanOverSteps() throws {
    let folder = try TemporaryFolder()
    let run = try begin(["train.updates": "1"], in: folder)
    for parameter in run.task.parameters.parameters {
      parameter.values = [Float](repeating: 0, count: parameter.count)
    }
    run.task.parameters.pack()
    let music = try CompositionTask.read(
      run.settings, Workplace(team: WorkerTeam(count: 1), folder: run.folder))
    let score = try run.task.validate(run.task.examples(#require(music.validation)))
    #expect(abs(score.loss - 88 * log(2)) < 1e-6)
    #expect(score.count == 4 * 12)
    _ = try run.train { _ in }
    let trained = try CompositionTask.opened(in: run.folder, team: WorkerTeam(count: 1))
    let test = try trained.evaluate([folder.file("music.json")])
    #expect(test.score.count == 5, "the pieces in 'test'")
    #expect(test.json["part"]?.string == "test")
  }

  @Test func resumingEqualsNeverStopping() throws {
    let folder = try TemporaryFolder()
    let settings = [
      "train.updates": "9", "train.batch": "3", "model.dropout": "0.3", "model.layers": "2",
      "train.threads": "1", "data.transpose": "4",
    ]
    let straight = try begin(settings, in: folder, "straight")
    let stopped = try begin(settings, in: folder, "stopped")
    try expectResumingEqualsNeverStopping(straight, stopped, at: 4)
  }

  /// All notes of a piece move alike, as far as they stay on the keyboard, in what is read as in what is to
  /// be predicted; a label stays. Each distance is drawn as often as any other.
  @Test func piecesAreTransposed() {
    let pieces: [[[Int]]] = [[[0, 19], [2], []], [[39], [85, 49]], [[]]]
    func vectors(_ piece: [[Int]], label: Int?) -> [Float] {
      piece.flatMap { keys in
        (0..<PianoRoll.keyCount + (label == nil ? 0 : 3)).map {
          keys.contains($0) || $0 == label.map { PianoRoll.keyCount + $0 } ? 1 : 0
        }
      }
    }
    let data = SequenceDataset(
      .vectors(
        VectorSequences(
          width: PianoRoll.keyCount + 3,
          pieces.enumerated().map { vectors([[]] + $1.dropLast(), label: $0) })),
      .stepVectors(
        VectorSequences(width: PianoRoll.keyCount, pieces.map { vectors($0, label: nil) })))
    let transposition = Transposition(reach: 5, seed: 3)
    var counts = [[Int: Int]](repeating: [:], count: pieces.count)
    for update in 0..<600 {
      let rows = [1, 0, 2]
      let moved = transposition.moved(data, rows, update: update)
      guard case .vectors(let inputs) = moved.inputs,
        case .stepVectors(let targets) = moved.targets
      else { preconditionFailure("no music") }
      for (row, number) in rows.enumerated() {
        let piece = pieces[number]
        let first = targets[row].firstIndex(of: 1).map { $0 - targets[row].startIndex }
        let distance = (first ?? 0) - (piece[0].min() ?? 0)
        counts[number][distance, default: 0] += 1
        let expected = piece.map { $0.map { $0 + distance } }
        #expect(Array(targets[row]) == vectors(expected, label: nil))
        #expect(Array(inputs[row]) == vectors([[]] + expected.dropLast(), label: number))
      }
    }
    #expect(counts[0].keys.sorted() == [0, 1, 2, 3, 4, 5])
    #expect(counts[1].keys.sorted() == [-5, -4, -3, -2, -1, 0, 1, 2])
    #expect(counts[2] == [0: 600])
    #expect(counts[0].values.allSatisfy { 65..<135 ~= $0 }, "\(counts[0])")
  }

  @Test func mistakesAreTold() throws {
    let folder = try TemporaryFolder()
    let run = try begin(["train.updates": "1"], in: folder)
    _ = try run.train { _ in }
    let trained = try CompositionTask.opened(in: run.folder, team: WorkerTeam(count: 1))
    func message(_ body: () throws -> Void) throws -> String {
      try #require(throws: UserError.self, performing: body).message
    }
    #expect(try message { _ = try trained.evaluate([]) }.contains("no music"))
    for (line, found) in [
      ("[[60", "no JSON"), ("[[5]]", "the note 5"), ("[]", "length zero"),
      ("{}", "no list of steps"),
    ] {
      #expect(try message { _ = try trained.predictions([line]) }.contains(found), "\(line)")
    }
    let silence = folder.file("silence.mid")
    try MIDIFile(PianoRoll()).write(to: silence)
    #expect(try message { _ = try trained.piece(silence) }.contains("no note"))
    let steps = try #require(throws: UserError.self) {
      try CompositionTask.schema
        .resolve(overrides: [SettingsOverride("data.steps_per_quarter", text: "7")])
        .settings(as: CompositionSettings.self).checkAll()
    }
    #expect(steps.message.contains("divisor of 480"))
  }

  /// The chorales as they are distributed, where they are at hand: all parts are read.
  @Test func readsTheChorales() throws {
    guard let music = SharedData.url("jsb-chorales/jsb-chorales-quarter.json") else { return }
    let folder = try TemporaryFolder()
    let run = try begin(["data.music": music.path, "train.updates": "1"], in: folder)
    #expect(run.updatesPerEpoch == 229)
    _ = try run.train { _ in }
    let score = try CompositionTask.opened(in: run.folder, team: WorkerTeam(count: 2)).evaluate([
      music
    ]).score
    #expect(score.count == 4725)
  }

  // MARK: Support

  private static let chords: [[UInt8]] = [
    [60, 64, 67], [60, 65, 69], [59, 62, 67], [57, 60, 64],
  ]

  /// Pieces of 12 chords, four to train on and to validate on, and a short one to test on.
  private static var music: String {
    func piece(_ first: Int, _ count: Int) -> String {
      "[" + (0..<count).map { "\(chords[(first + $0) % 4])" }.joined(separator: ",") + "]"
    }
    let four = (0..<4).map { piece($0, 12) }.joined(separator: ",")
    return "{\"train\":[\(four)],\"valid\":[\(four)],\"test\":[\(piece(0, 5))]}"
  }

  private func request(
    label: String? = nil, steps: Int, temperature: Double = 1, seed: UInt64 = 1
  ) -> CompositionRequest {
    var request = CompositionRequest()
    (request.label, request.steps) = (label, steps)
    (request.temperature, request.seed) = (temperature, seed)
    return request
  }

  private func begin(
    _ settings: [String: String], in folder: TemporaryFolder, _ name: String = "run"
  ) throws -> TrainingRun<CompositionTask> {
    let music = try folder.write(Self.music, to: "music.json")
    let standard = [
      "data.music": music.path, "model.hidden": "24", "train.batch": "1", "train.threads": "2",
      "optimizer.lr": "0.02",
    ]
    return try .begun(at: folder.file(name), standard, settings)
  }
}
