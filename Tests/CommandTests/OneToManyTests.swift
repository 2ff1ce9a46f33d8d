import Foundation
import TestSupport
import Testing
import Unroll

/// Composing, writing texts of a label and looking at gradients, as a user types it.
@Suite struct OneToManyTests {
  @Test func composesFromNothingANoteAndAFile() throws {
    let folder = try TemporaryFolder()
    let music = try folder.write(Self.music, to: "music.json")
    let run = folder.path("run")
    try UnrollProcess.succeed([
      "train", "compose", "--data", music, "--hidden", "8", "--epochs", "2", "--quiet", "--out",
      run,
    ])
    let score = try #require(
      try UnrollProcess.succeed(["eval", run, "--data", music, "--json"]).jsonLines().first)
    #expect(score["part"] as? String == "test")
    #expect(score["nll_per_step"] as? Double == score["loss"] as? Double)
    func compose(_ more: String..., to name: String) throws -> [[Int]] {
      let result = try UnrollProcess.succeed(
        ["compose", run, "--steps", "5", "--json", "--out", folder.path(name)] + more)
      let roll = try MIDIFile(contentsOf: folder.file(name)).pianoRoll()
      let steps = try #require(result.jsonLines().first?["steps"] as? [[Int]])
      #expect(roll.steps == steps.prefix(roll.stepCount).map { $0.map(UInt8.init) })
      return steps
    }
    let free = try compose(to: "a.mid")
    #expect(free.count == 5)
    #expect(try compose(to: "b.mid") == free)
    #expect(try compose("--seed", "2", to: "c.mid") != free)
    let labelled = try UnrollProcess.run(
      ["compose", run, "--label", "calm", "--out", folder.path("x.mid")])
    #expect(labelled.status == 2)
    #expect(labelled.errors.contains("--label calm: the pieces of this run had no labels"))
    let chord = try compose("--from", "C4,E4", to: "d.mid")
    #expect(chord.count == 6 && chord[0] == [60, 64])
    let onward = try compose("--seed-file", folder.path("d.mid"), to: "e.mid")
    #expect(Array(onward.prefix(6)) == chord || onward.count < 11, "silence at the end is no music")
  }

  @Test func writesTextsOfALabel() throws {
    let folder = try TemporaryFolder()
    let texts = try folder.write(
      (0..<8).map { "\($0 % 2 == 0 ? "a" : "b")\t\($0 % 2 == 0 ? "aba" : "bb")\n" }.joined(),
      to: "texts.tsv")
    let run = folder.path("run")
    try UnrollProcess.succeed([
      "train", "lm", "--condition", texts, "--hidden", "16", "--layers", "1", "--embedding", "8",
      "--lr", "0.05", "--batch", "2", "--epochs", "20", "--quiet", "--out", run,
    ])
    let sample = ["sample", run, "--temperature", "0", "--condition"]
    #expect(try UnrollProcess.succeed(sample + ["a"]).output == "aba\n")
    #expect(try UnrollProcess.succeed(sample + ["b", "--count", "2"]).output == "bb\nbb\n")
    let unknown = try UnrollProcess.run(sample + ["c"])
    #expect(unknown.status == 1)
    #expect(unknown.errors.contains("unknown label 'c'"))
    let missing = try UnrollProcess.run(["sample", run])
    #expect(missing.status == 2)
    #expect(missing.errors.contains("name one with --condition: a, b"))
    let mixed = try UnrollProcess.run([
      "train", "lm", "--condition", texts, "--steps", "3", "--out", folder.path("other"),
    ])
    #expect(mixed.status == 2)
    #expect(mixed.errors.contains("--steps means nothing beside --condition"))
  }

  @Test func showsGradientsThroughTime() throws {
    let folder = try TemporaryFolder()
    let run = folder.path("run")
    try UnrollProcess.succeed([
      "train", "adding", "--length", "12", "--examples", "64", "--valid-examples", "40", "--cell",
      "rnn", "--hidden", "8", "--layers", "2", "--epochs", "1", "--quiet", "--out", run,
    ])
    let json = try #require(
      try UnrollProcess.succeed(["inspect", run, "--gradients", "--json"]).jsonLines().first)
    #expect(json["sequences"] as? Int == 40)
    let layers = try #require(json["layers"] as? [[String: Any]])
    #expect(layers.count == 2)
    #expect(layers.allSatisfy { ($0["norms"] as? [Double])?.count == 12 })
    let picture = try String(contentsOf: folder.file("run/gradients.svg"), encoding: .utf8)
    #expect(picture.hasPrefix("<svg"))
    let plain = try UnrollProcess.succeed(["inspect", run, "--gradients", "--lags", "3"]).output
    #expect(plain.contains("layer 1: "))
    #expect(plain.contains("      3"))
    let text = try UnrollProcess.succeed([
      "inspect", try TrainedRun.pears(), "--gradients", "--lags", "5", "--text",
      TrainedRun.data("pears.txt"), "--svg", folder.path("pears.svg"),
    ]).output
    #expect(text.contains("mean over 256 sequences"))
    let refused = try UnrollProcess.run(["inspect", try TrainedRun.pears(), "--gradients"])
    #expect(refused.status == 2)
    #expect(refused.errors.contains("no text to measure gradients on"))
  }

  @Test func showsLearningCurves() throws {
    let folder = try TemporaryFolder()
    let runs = [folder.path("a"), folder.path("b")]
    for (run, seed) in zip(runs, ["1", "2"]) {
      try UnrollProcess.succeed([
        "train", "adding", "--length", "5", "--examples", "64", "--valid-examples", "10",
        "--hidden",
        "4", "--epochs", "3", "--seed", seed, "--quiet", "--out", run,
      ])
    }
    let curves = try UnrollProcess.succeed(
      ["inspect"] + runs + ["--curve", "loss", "--svg", folder.path("both.svg"), "--json"]
    ).jsonLines()
    #expect(curves.count == 2)
    #expect(curves.allSatisfy { ($0["values"] as? [Double])?.count == 3 }, "one a validation")
    #expect(curves[0]["values"] as? [Double] != curves[1]["values"] as? [Double])
    let picture = try String(contentsOf: folder.file("both.svg"), encoding: .utf8)
    #expect(picture.components(separatedBy: "<polyline").count == 5, "validation and training")
    #expect(curves.allSatisfy { $0["training"] is [String: Any] && $0["lowest"] != nil })
    // Training alone has a learning rate.
    #expect(
      try UnrollProcess.succeed(["inspect", runs[0], "--curve", "lr"]).output
        .hasPrefix("a, training: 0.002"))
    for (arguments, words) in [
      (["inspect", runs[0], "--curve", "los"], "it has: "),
      (["inspect", runs[0], "--curve", "loss", "--memory"], "different things"),
      (["inspect"] + runs + ["--curve", "loss"], "--svg"),
    ] {
      let refused = try UnrollProcess.run(arguments)
      #expect(refused.status == 2 && refused.errors.contains(words), "\(refused.errors)")
    }
  }

  private static let music = """
    {"train": [[[60,64],[62,65],[64,67]], [[60],[62]]], "valid": [[[60,64],[62,65]]],
     "test": [[[60,64],[62,65],[64,67]]]}
    """
}
