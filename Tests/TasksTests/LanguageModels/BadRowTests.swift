import Autodiff
import Compute
import Corpora
import Foundation
import Interchange
import Runs
import Tasks
import TestSupport
import Testing

/// A stream whose state runs over starts again at zero; the others never notice.
@Suite struct BadRowTests {
  /// `z` stands once, in the third of five streams, and its embedding is so large that the state runs over.
  /// From then on that stream carries what it would carry from zeros, and the others what they ever did.
  @Test func carriedStatesOfTheRowAtFaultStartAgain() throws {
    let folder = try TemporaryFolder()
    // 5 streams of 40 tokens, 4 updates of 10.
    let letters = (0..<201).map {
      $0 == 93 ? "z" : String("abcde".dropFirst($0 * $0 % 5).prefix(1))
    }
    let text = try folder.write(letters.joined(), to: "text.txt")
    func train(_ name: String, embedding: Float?) throws -> (
      states: [[Float]], passed: [PassedUpdate]
    ) {
      let settings = [
        "data.text": text.path, "data.valid_fraction": "0", "model.cell": "rnn-relu",
        "model.init": "uniform:1",
        "model.layers": "2", "model.hidden": "7", "model.embedding": "3", "train.batch": "5",
        "train.steps": "10", "train.updates": "2", "train.threads": "2", "optimizer.lr": "1e-20",
      ]
      let run = try TrainingRun<LanguageModelTask>(
        LanguageModelTask.schema.resolve(
          overrides: settings.map { SettingsOverride($0, text: $1) }),
        folder: .plan(at: folder.file(name)))
      try run.begin()
      if let embedding {
        let table = try #require(run.task.parameters.parameter(named: "embedding.weight"))
        let id = try #require(run.task.vocabulary.id(of: "z"))
        var values = table.values
        for column in 0..<3 { values[Int(id) * 3 + column] = embedding }
        table.values = values
        run.task.parameters.pack()
      }
      var passed: [PassedUpdate] = []
      _ = try run.train { if case .passedOver(let report) = $0 { passed.append(report) } }
      return (run.task.carriedStates.map(\.matrix.values), passed)
    }
    let usual = try train("usual", embedding: nil)
    #expect(usual.passed.isEmpty)
    let bad = try train("bad", embedding: 3e38)
    #expect(bad.passed.map(\.update) == [2])
    #expect(bad.passed.first?.places == ["tokens 90 to 100 of the text"])
    for (usual, bad) in zip(usual.states, bad.states) {
      for row in 0..<5 {
        let place = row * 7..<row * 7 + 7
        #expect(
          Array(bad[place]) == (row == 2 ? [Float](repeating: 0, count: 7) : Array(usual[place])),
          "stream \(row)")
      }
      #expect(usual.contains { $0 != 0 })
    }
  }
}
