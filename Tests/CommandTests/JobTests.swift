import Foundation
import Testing
import TestSupport

/// The main job from end to end, as a user types it: train, evaluate, sample, score, inspect.
@Suite struct JobTests {
  @Test func trainingWritesAWholeRun() throws {
    let run = URL(fileURLWithPath: try TrainedRun.pears())
    let names = try FileManager.default.contentsOfDirectory(atPath: run.path).sorted()
    #expect(
      names.filter { !$0.hasPrefix("checkpoint-") } == [
        "config.toml", "data.json", "metrics.jsonl", "model-before.safetensors",
        "model.safetensors", "tokens", "vocabulary.json",
      ])
    #expect(names.count { $0.hasPrefix("checkpoint-") } == 2)
    let configuration = try String(
      contentsOf: run.appendingPathComponent("config.toml"), encoding: .utf8)
    #expect(configuration.contains("hidden = 48\n"))
    #expect(configuration.contains("epochs = 6\n"))
  }

  /// Whole lines, since no terminal listens; nothing that a pipe would take for data.
  @Test func progressGoesToStandardErrorOnly() throws {
    let training = try TrainedRun.pearsTraining()
    #expect(training.output == "")
    #expect(training.errors.contains("valid"))
    #expect(!training.errors.contains("\r"))
    #expect(!training.errors.contains("\u{1B}"))
  }

  @Test func quietTrainingSaysNothing() throws {
    let folder = try TemporaryFolder()
    let result = try UnrollProcess.succeed([
      "train", "lm", "--text", TrainedRun.data("pears.txt"), "--hidden", "8", "--layers", "1",
      "--embedding", "8", "--batch", "4", "--steps", "8", "--updates", "3", "--quiet",
      "--out", folder.path("run"),
    ])
    #expect(result.output == "")
    #expect(result.errors == "")
  }

  /// Every line of metrics.jsonl is an object with its update; updates and validations are told apart.
  @Test func metricsAreOneObjectALine() throws {
    let url = URL(fileURLWithPath: try TrainedRun.pears()).appendingPathComponent("metrics.jsonl")
    let text = try String(contentsOf: url, encoding: .utf8)
    #expect(text.hasSuffix("\n"))
    let lines = try CommandResult(status: 0, output: text, errors: "").jsonLines()
    #expect(lines.allSatisfy { $0["update"] is Int && $0["split"] is String })
    let training = lines.filter { $0["split"] as? String == "train" }
    let validation = lines.filter { $0["split"] as? String == "valid" }
    #expect(!training.isEmpty)
    #expect(
      training.allSatisfy { line in
        ["loss", "lr", "grad_norm", "tokens_per_sec", "epoch"].allSatisfy { line[$0] is Double }
      })
    let losses = validation.compactMap { $0["loss"] as? Double }
    #expect(losses.count == 6, "one validation an epoch")
    #expect(try #require(losses.last) < #require(losses.first))
  }

  @Test func evaluationSaysTheSameInBothForms() throws {
    let folder = try TemporaryFolder()
    let text = try folder.write(Self.sentences, to: "text.txt")
    let arguments = ["eval", try TrainedRun.pears(), "--text", text]
    let score = try #require(try UnrollProcess.succeed(arguments + ["--json"]).jsonLines().first)
    let loss = try #require(score["loss"] as? Double)
    let perplexity = try #require(score["perplexity"] as? Double)
    let bits = try #require(score["bits_per_token"] as? Double)
    // Seven and eight words, an <eos> each; the first token is not predicted.
    #expect(score["tokens"] as? Int == 7 + 8 + 2 - 1)
    #expect(abs(exp(loss) - perplexity) <= 1e-9 * perplexity)
    #expect(abs(loss / log(2) - bits) <= 1e-9 * bits)
    #expect(loss < 2.5, "trained on such sentences; guessing costs 4.6")
    let plain = try UnrollProcess.succeed(arguments).output
    #expect(plain.contains(String(format: "%.4f", loss)))
    #expect(plain.contains(String(format: "%.3f", perplexity)))
    // The number of threads changes nothing, to the last digit.
    let again = try UnrollProcess.succeed(arguments + ["--json", "--threads", "3"]).output
    #expect(again == (try UnrollProcess.succeed(arguments + ["--json"]).output))
  }

  @Test func samplesWithOneSeedAreEqual() throws {
    let run = try TrainedRun.pears()
    func sample(_ more: String...) throws -> String {
      try UnrollProcess.succeed(
        ["sample", run, "--prompt", "the pear", "--length", "40"] + more
      ).output
    }
    let text = try sample("--seed", "7")
    #expect(text.hasPrefix("the pear "))
    #expect(text.hasSuffix("\n"))
    #expect(try sample("--seed", "7") == text)
    #expect(try sample("--seed", "8") != text)
    // Without chance the seed does not matter, however chance is taken away.
    let greedy = try sample("--temperature", "0", "--seed", "1")
    #expect(try sample("--temperature", "0", "--seed", "2") == greedy)
    #expect(try sample("--top-k", "1", "--seed", "3") == greedy)
    #expect(try sample("--top-p", "0.000001", "--seed", "4") == greedy)
  }

  @Test func scoringPrefersWhatMakesSense() throws {
    let run = try TrainedRun.pears()
    let sentences = [
      "david made the pear salad for sunday", "david made the pair salad for sunday",
      "emma bought the pair of shoes on friday", "emma bought the pear of shoes on friday",
    ]
    let input = sentences.joined(separator: "\n") + "\n"
    let lines = try UnrollProcess.succeed(["score", run, "--json"], input: input).jsonLines()
    #expect(lines.map { $0["sentence"] as? String } == sentences)
    let scores = lines.compactMap { $0["log_probability"] as? Double }
    try #require(scores.count == 4)
    #expect(scores[0] > scores[1] + 1, "pear salad")
    #expect(scores[2] > scores[3] + 1, "pair of shoes")
    for ((line, score), sentence) in zip(zip(lines, scores), sentences) {
      let tokens = try #require(line["tokens"] as? Int)
      #expect(tokens == sentence.split(separator: " ").count + 1, "the words and a line's end")
      #expect(abs((line["nats_per_token"] as? Double ?? 0) + score / Double(tokens)) < 1e-9)
    }
    let plain = try UnrollProcess.succeed(["score", run], input: input).output
    #expect(
      plain == zip(scores, sentences).map { String(format: "%.4f\t", $0) + $1 + "\n" }.joined())
  }

  @Test func scoringNothingIsNoError() throws {
    #expect(try UnrollProcess.succeed(["score", try TrainedRun.pears()]).output == "")
  }

  @Test func inspectionCountsEveryParameter() throws {
    let run = try TrainedRun.pears()
    let json = try #require(
      try UnrollProcess.succeed(["inspect", run, "--json"]).jsonLines().first)
    let tensors = try #require(json["tensors"] as? [[String: Any]])
    let parameters = try #require(json["parameters"] as? Int)
    let vocabulary = try #require(json["vocabulary"] as? Int)
    // Embedding, LSTM with two biases, output with one.
    #expect(
      parameters == 32 * vocabulary + 4 * 48 * (32 + 48 + 2) + 49 * vocabulary)
    #expect(
      tensors.reduce(0) { sum, tensor in
        sum + (tensor["shape"] as? [Int] ?? []).reduce(1, *)
      } == parameters)
    #expect(tensors.contains { ($0["name"] as? String)?.hasSuffix("weight_ih_l0") == true })
    let flop = try #require(json["flop_per_token"] as? [String: Int])
    #expect(flop["forward"] == 2 * (4 * 48 * (32 + 48) + 48 * vocabulary))
    #expect(flop["training"] == 3 * (flop["forward"] ?? 0))
    let plain = try UnrollProcess.succeed(["inspect", run]).output
    #expect(plain.contains("\(parameters)"))
    #expect(plain.contains("flop per token"))
  }

  @Test func infoNamesTheMachine() throws {
    let json = try #require(try UnrollProcess.succeed(["info", "--json"]).jsonLines().first)
    let available = try #require(json["available"] as? [String])
    #expect(available.first == "portable")
    #expect(available.contains(json["instruction_set"] as? String ?? ""))
    #expect(json["cores_usable"] as? Int ?? 0 >= 1)
    #expect((json["allocator"] as? String)?.contains("jemalloc") == true)
    for key in ["processor", "huge_pages", "affinity", "quota", "memory", "bf16"] {
      #expect(json[key] != nil, "\(key)")
    }
    for set in available {
      let forced = try UnrollProcess.succeed(["info", "--json"], environment: ["UNROLL_ISA": set])
      #expect(try forced.jsonLines().first?["instruction_set"] as? String == set)
    }
    #expect(try UnrollProcess.succeed(["info"]).output.contains("instruction set"))
  }

  /// Settings: defaults, then files, then the environment, then options; a later one wins.
  @Test func laterSettingsWin() throws {
    let folder = try TemporaryFolder()
    let config = try folder.write(
      """
      [data]
      text = ["\(TrainedRun.data("pears.txt"))"]
      [model]
      hidden = 9
      layers = 1
      embedding = 7
      [train]
      batch = 4
      steps = 9
      updates = 2
      """, to: "config.toml")
    try UnrollProcess.succeed(
      [
        "train", "lm", "--config", config, "--embedding", "11", "--set", "train.steps=8", "--quiet",
        "--out", folder.path("run"),
      ],
      environment: ["UNROLL_MODEL_HIDDEN": "10", "UNROLL_MODEL_EMBEDDING": "12"])
    let resolved = try String(contentsOf: folder.file("run/config.toml"), encoding: .utf8)
    for line in ["hidden = 10", "embedding = 11", "steps = 8", "batch = 4"] {
      #expect(resolved.contains(line + "\n"), "\(line)")
    }
    // A run's own configuration makes the same run.
    try UnrollProcess.succeed([
      "train", "lm", "--config", folder.path("run/config.toml"), "--quiet", "--out",
      folder.path("twin"),
    ])
    #expect(
      try Data(contentsOf: folder.file("run/model.safetensors"))
        == Data(contentsOf: folder.file("twin/model.safetensors")))
  }

  @Test func markovTextPrintsItsEntropyRate() throws {
    let folder = try TemporaryFolder()
    let json = try #require(
      try UnrollProcess.succeed([
        "data", "make", "markov", "--order", "2", "--bytes", "10KB", "--seed", "5", "--json",
        "--out", folder.path("markov.txt"),
      ]).jsonLines().first)
    #expect(try Data(contentsOf: folder.file("markov.txt")).count == json["bytes"] as? Int)
    let rate = try #require(json["entropy_rate_nats"] as? Double)
    #expect(rate > 0 && rate < log(27))
  }

  private static let sentences = """
    david made the pear salad for sunday
    emma bought the pair of shoes on friday

    """
}
