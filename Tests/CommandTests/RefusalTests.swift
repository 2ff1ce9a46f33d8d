import Foundation
import Testing
import TestSupport

/// What a user gets wrong is told in words that mend it: what, where, expected, found, the next
/// step. Exit code 1: the run failed; 2: the command line or the configuration is wrong.
@Suite struct RefusalTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let arguments: [String]
    let status: Int32
    /// Each must appear on standard error.
    let words: [String]

    init(_ name: String, _ arguments: [String], _ status: Int32, _ words: String...) {
      (self.name, self.arguments, self.status, self.words) = (name, arguments, status, words)
    }
    var testDescription: String { name }
  }

  // MARK: Options

  @Test(arguments: [
    Case("hidden 0", ["--hidden", "0"], 2, "model.hidden", "from 1 to 65536", "found 0"),
    Case("hidden negative", ["--hidden", "-3"], 2, "model.hidden", "from 1 to 65536", "found -3"),
    Case("hidden fraction", ["--hidden", "1.5"], 2, "model.hidden", "whole number", "'1.5'"),
    Case("learning rate NaN", ["--lr", "nan"], 2, "optimizer.lr", "above 0", "nan"),
    Case("learning rate negative", ["--lr", "-1"], 2, "optimizer.lr", "above 0", "-1"),
    Case("learning rate infinite", ["--lr", "inf"], 2, "optimizer.lr", "above 0", "inf"),
    Case("epsilon beyond a float", ["--epsilon", "1e-46"], 2, "optimizer.epsilon", "1.2e-38"),
    Case("hexadecimal", ["--lr", "0x10"], 2, "optimizer.lr", "a number above 0", "'0x10'"),
    Case("hexadecimal power", ["--lr", "0x1p-3"], 2, "optimizer.lr", "'0x1p-3'"),
    Case(
      "momentum of none", ["--momentum", "0.5"], 2, "--momentum", "--optimizer is 'adam'",
      "add --optimizer momentum"),
    Case("rho of none", ["--rho", "0.5"], 2, "--rho is for rmsprop", "--optimizer is 'adam'"),
    Case(
      "moments of none", ["--optimizer", "sgd", "--beta2", "0.9"], 2,
      "--beta2 is for adam and adamw", "--optimizer is 'sgd'"),
    Case(
      "steps of no schedule", ["--schedule-every", "3"], 2, "--schedule-every is for step",
      "--schedule is 'constant'"),
    Case(
      "patience of no schedule", ["--schedule", "cosine", "--schedule-patience", "3"], 2,
      "--schedule-patience is for plateau", "--schedule is 'cosine'"),
    Case(
      "rollbacks of none", ["--max-rollbacks", "5"], 2, "--max-rollbacks is of rollbacks",
      "--on-divergence is 'skip'", "--on-divergence rollback"),
    Case("dropout 1", ["--dropout", "1"], 2, "model.dropout", "below 1", "1"),
    Case("batch 0", ["--batch", "0"], 2, "train.batch", "found 0"),
    Case("threads negative", ["--threads", "-1"], 2, "train.threads", "found -1"),
    Case("unknown cell", ["--cell", "lstn"], 2, "model.cell", "'rnn'", "'gru'", "'lstm'", "lstn"),
    Case("unknown tokens", ["--tokens", "chars"], 2, "'char'", "'word'", "'byte'", "chars"),
    Case("unknown optimizer", ["--optimizer", "adm"], 2, "'sgd'", "'adam'", "'adagrad'", "adm"),
    Case(
      "unknown schedule", ["--schedule", "cos"], 2, "'cosine'", "'plateau'", "warmup-", "'cos'"),
    Case(
      "a bias of no gate", ["--cell", "gru", "--forget-bias", "1"], 2, "model.forget_bias",
      "no forget gate", "lstm-coupled"),
    Case("draws of no output", ["--negatives", "5"], 2, "--negatives", "--output is 'full'"),
    Case("unknown init", ["--init", "zero"], 2, "uniform:BOUND", "orthogonal", "'zero'"),
    Case("unknown precision", ["--precision", "f16"], 2, "'f32'", "f16"),
    Case("unknown key", ["--set", "model.hiden=3"], 2, "'model.hiden'", "'model.hidden'"),
    Case("no value", ["--set", "model.hidden"], 2, "key=value", "'model.hidden'"),
    Case("unknown option", ["--hiden", "3"], 2, "--hiden", "--hidden"),
    Case(
      "too many weights to hash", ["--maxent-order", "3", "--maxent-size", "2^40"], 2,
      "model.maxent_size", "2147483647"),
    Case("vocabulary too small", ["--vocab-size", "1"], 2, "--vocab-size 1", "at least 2"),
    Case(
      "no text file", ["--text", "/nowhere/text.txt"], 1, "'/nowhere/text.txt'", "does not exist"),
    Case("a folder as text", ["--text", "/tmp"], 1, "'/tmp'", "folder"),
    Case(
      "a validation that is missing", ["--valid", "/nowhere/valid.txt"], 1, "'/nowhere/valid.txt'"),
    Case(
      "a configuration that is missing", ["--config", "/nowhere.toml"], 2, "'/nowhere.toml'",
      "No such file", "check the path"),
    Case(
      "a folder as configuration", ["--config", "/tmp"], 2, "'/tmp'", "Is a directory",
      "config.toml of a run"),
  ])
  func wrongOptions(_ wrong: Case) throws {
    let folder = try TemporaryFolder()
    var arguments = ["train", "lm", "--out", folder.path("run")]
    if !wrong.arguments.contains("--text") {
      arguments += ["--text", TrainedRun.data("pears.txt")]
    }
    let result = try UnrollProcess.run(arguments + wrong.arguments)
    expect(result, wrong)
    // Nothing is left behind that looks like a run.
    #expect(!FileManager.default.fileExists(atPath: folder.path("run/config.toml")))
  }

  @Test(arguments: [
    Case("no text", ["train", "lm", "--out", "/tmp/unroll-never"], 2, "no text", "--text"),
    Case("no folder", ["train", "lm", "--text", "x"], 2, "no run folder", "--out"),
    Case(
      "two folders", ["train", "lm", "--text", "x", "--out", "a", "--resume", "b"], 2,
      "--out and --resume"),
    Case("resume nothing", ["train", "--resume", "/nowhere/run"], 2, "'/nowhere/run'"),
    Case("evaluate nothing", ["eval", "/nowhere/run", "--text", "x"], 2, "'/nowhere/run'"),
    Case("evaluate nothing without text", ["eval", "/nowhere/run"], 2, "'/nowhere/run'"),
    Case("sample from nothing", ["sample", "/nowhere/run"], 2, "'/nowhere/run'"),
    Case(
      "sample below zero", ["sample", "x", "--temperature", "-1"], 2,
      "--temperature must be 0 or more, found -1"),
    Case("sample less than nothing", ["sample", "x", "--length", "-1"], 2, "--length", "found -1"),
    Case("a seed below zero", ["sample", "x", "--seed", "-1"], 2, "--seed", "'-1'"),
    Case("a port below zero", ["report", "x", "--watch", "--port", "-1"], 2, "--port", "'-1'"),
    Case(
      "a weight below zero", ["score", "x", "--arpa", "y", "--weight", "-1"], 2,
      "--weight must be 0...1, found -1"),
    Case(
      "lags of nothing", ["inspect", "x", "--lags", "3"], 2, "--lags 3 is for --gradients"),
    Case(
      "resume anew", ["train", "--resume", "x", "--overwrite"], 2, "--overwrite replaces a run",
      "drop --overwrite"),
    Case(
      "folds without one",
      ["data", "split", "--data", "x", "--train", "a", "--test", "b"]
        + ["--folds", "5"], 2, "--folds 5 needs --fold"),
    Case(
      "a fold and a share",
      ["data", "split", "--data", "x", "--train", "a", "--test", "b"]
        + ["--fold", "2", "--fraction", "0.3"], 2, "--fold 2 and --fraction 0.3"),
    Case(
      "embeddings of no columns",
      ["train", "tag", "--data", "x", "--feature-embedding", "5", "--out", "y"], 2,
      "--feature-embedding", "--features names none"),
    Case(
      "masks of none",
      [
        "train", "transcribe", "--audio", "x", "--transcripts", "y", "--time-mask-steps", "5",
        "--out", "z",
      ], 2, "--time-mask-steps is of masks", "--time-masks is 0"),
    Case("sample with NaN", ["sample", "x", "--temperature", "nan"], 2, "--temperature"),
    Case("top-p of zero", ["sample", "x", "--top-p", "0"], 2, "--top-p"),
    Case("unknown command", ["trian"], 2, "trian"),
    Case("unknown corpus", ["data", "get", "tinyshakespear"], 2, "tinyshakespear"),
    Case(
      "order too high", ["data", "make", "markov", "--order", "9", "--bytes", "1KB", "--out", "x"],
      2, "order 9", "1 to 5"),
    Case(
      "no size", ["data", "make", "markov", "--bytes", "many", "--out", "x"], 2, "many"),
    // As where a variable of the shell is not set: not the working folder.
    Case("a run without a name", ["eval", ""], 2, "a path is empty"),
    Case(
      "a new run without a name", ["train", "adding", "--updates", "1", "--out", ""], 2,
      "a path is empty"),
    Case(
      "a part that is none",
      [
        "data", "split", "--data", "x", "--train", "a", "--test", "b",
        "--fold=-9223372036854775808",
      ], 2, "--fold must be 1...10"),
    Case(
      "a measure that shows", ["eval", "x", "--data", "y", "--alignment"], 2,
      "--alignment shows single answers"),
    Case(
      "a measure of several", ["eval", "x", "--data", "y", "--n-best", "3"], 2,
      "--n-best shows single answers"),
    Case(
      "a memory of none",
      ["train", "recall", "--model", "lstm", "--memory-slots", "5", "--out", "x"], 2,
      "--memory-slots", "--model is 'lstm'"),
    Case(
      "a score's units without it",
      ["train", "translate", "--pairs", "x", "--attention-hidden", "5", "--out", "y"], 2,
      "--attention-hidden", "--attention is 'general'"),
    Case("a store without a name", ["tokenize", "--text", "x", "--out", ""], 2, "a path is empty"),
    Case(
      "a file without a name", ["data", "make", "addition", "--count", "3", "--out", ""], 2,
      "a path is empty"),
  ])
  func wrongCommands(_ wrong: Case) throws {
    let folder = try TemporaryFolder()
    expect(try UnrollProcess.run(wrong.arguments, in: folder.url), wrong)
    #expect(try folder.names() == [])
  }

  @Test func helpIsNoError() throws {
    for arguments in [["--help"], ["train", "lm", "--help"], ["help", "sample"]] {
      let result = try UnrollProcess.succeed(arguments)
      #expect(result.output.contains("USAGE"))
      #expect(result.errors == "")
    }
  }

  @Test func unknownInstructionSetNamesThoseThereAre() throws {
    let result = try UnrollProcess.run(["info"], environment: ["UNROLL_ISA": "sse9"])
    expect(
      result, Case("UNROLL_ISA", [], 2, "UNROLL_ISA", "'sse9'", "portable, avx2, avx512", "unset"))
  }

  // MARK: Texts

  @Test func textsThatCannotBeTrainedOn() throws {
    let folder = try TemporaryFolder()
    let valid = String(repeating: "all is well here. ", count: 1000)
    let cases: [(Data, Case)] = [
      (Data(), Case("empty", [], 1, "empty")),
      (Data("a".utf8), Case("one token", [], 1, "1", "at least 2")),
      (
        Data(valid.utf8) + [0xC3, 0x28] + Data(valid.utf8),
        Case("not UTF-8", [], 1, "not UTF-8", "0xC3", "\(valid.utf8.count)", "--tokens byte")
      ),
      (
        Data(valid.utf8) + [0] + Data(valid.utf8),
        Case("binary", [], 1, "binary", "byte \(valid.utf8.count)", "NUL")
      ),
      (
        Data("a short text".utf8),
        Case("too short", [], 2, "too few", "--batch 64", "--steps 64", "--steps")
      ),
    ]
    for (data, wrong) in cases {
      let text = try folder.write(data, to: "text.txt")
      let result = try UnrollProcess.run([
        "train", "lm", "--text", text, "--out", folder.path("run"),
      ])
      expect(result, wrong)
      if wrong.name != "too short" { #expect(result.errors.contains("'\(text)'")) }
    }
  }

  /// The numbers that the message names do train.
  @Test func shortTextNamesTheLargestBatchThatFits() throws {
    let folder = try TemporaryFolder()
    // 1,000 characters, of which 50 are held back to validate on.
    let text = try folder.write(String(repeating: "0123456789", count: 100), to: "text.txt")
    func train(_ batch: String, _ out: String) throws -> CommandResult {
      try UnrollProcess.run([
        "train", "lm", "--text", text, "--hidden", "4", "--layers", "1", "--embedding", "4",
        "--batch", batch, "--steps", "50", "--updates", "1", "--out", folder.path(out),
      ])
    }
    expect(
      try train("30", "a"),
      Case("too short", [], 2, "950 tokens", "--batch 30 × --steps 50", "--steps 50 is 18"))
    #expect(try train("19", "b").status == 2)
    #expect(try train("18", "c").status == 0)
  }

  @Test func promptsAndTextsOutsideTheVocabulary() throws {
    let run = try TrainedRun.characters()
    expect(
      try UnrollProcess.run(["sample", run, "--prompt", "ab Z"]), Case("prompt", [], 2, "'Z'"))
    expect(
      try UnrollProcess.run(["score", run], input: "abc\nZ\n"),
      Case("line", [], 1, "line 2 of standard input", "'Z'"))
    let folder = try TemporaryFolder()
    let text = try folder.write("abcabcZ", to: "text.txt")
    expect(
      try UnrollProcess.run(["eval", run, "--text", text]),
      Case("text", [], 1, "'\(text)'", "'Z'", "offset 6"))
  }

  // MARK: Configuration files

  @Test func configurationsThatAreWrong() throws {
    let folder = try TemporaryFolder()
    let cases: [(String, Case)] = [
      ("[model]\nhiden = 3\n", Case("key", [], 2, "line 2", "'model.hiden'", "'model.hidden'")),
      ("[modl]\nhidden = 3\n", Case("table", [], 2, "line 2", "'modl.hidden'", "'model.hidden'")),
      ("[model]\nhidden = \"x\"\n", Case("type", [], 2, "line 2", "whole number", "\"x\"")),
      ("[model]\nhidden = 0\n", Case("range", [], 2, "line 2", "from 1 to 65536", "found 0")),
      ("[model\nhidden = 3\n", Case("syntax", [], 2, "not TOML", "line 1", "hint: mend that line")),
      (
        "[run]\ntask = \"tag\"\n",
        Case(
          "task", [], 2, "line 2", "run.task", "\"tag\"", "hint: these are the settings of another")
      ),
      ("[model]\nhidden = 3\nhidden = 4\n", Case("twice", [], 2, "line 3", "hidden")),
      ("[optimizer]\nlr = nan\n", Case("NaN", [], 2, "line 2", "optimizer.lr", "nan")),
    ]
    for (text, wrong) in cases {
      let config = try folder.write(text, to: "wrong.toml")
      let result = try UnrollProcess.run([
        "train", "lm", "--config", config, "--text", TrainedRun.data("pears.txt"),
        "--out", folder.path("run"),
      ])
      expect(result, wrong)
      #expect(result.errors.contains("'\(config)'"))
    }
  }

  // MARK: Runs

  @Test func folderThatHoldsARunIsKept() throws {
    let folder = try TemporaryFolder()
    let train = Self.tiny(out: folder.path("run"))
    try UnrollProcess.succeed(train)
    let before = try Data(contentsOf: folder.file("run/model.safetensors"))
    expect(
      try UnrollProcess.run(train + ["--seed", "2"]),
      Case("run", [], 2, "'\(folder.path("run"))' already holds a run", "--resume", "--overwrite"))
    #expect(try Data(contentsOf: folder.file("run/model.safetensors")) == before)
    try UnrollProcess.succeed(train + ["--seed", "2", "--overwrite"])
    #expect(try Data(contentsOf: folder.file("run/model.safetensors")) != before)
  }

  @Test func folderThatHoldsOtherThingsIsKept() throws {
    let folder = try TemporaryFolder()
    try folder.write("mine", to: "diary.txt")
    for more in [[], ["--overwrite"]] {
      expect(
        try UnrollProcess.run(Self.tiny(out: folder.url.path) + more),
        Case("folder", [], 2, "'diary.txt'", "new folder"))
    }
    #expect(try folder.names() == ["diary.txt"])
  }

  @Test(arguments: [
    ("--hidden", "16", "model.hidden = 8", "16"),
    ("--layers", "2", "model.layers = 1", "2"),
    ("--cell", "gru", "model.cell = \"lstm\"", "\"gru\""),
    ("--batch", "5", "train.batch = 4", "5"),
    ("--seed", "9", "train.seed = 1", "9"),
  ])
  func resumeWithAnotherShapeNamesBoth(
    option: String, value: String, theirs: String, ours: String
  ) throws {
    let folder = try TemporaryFolder()
    let run = folder.path("run")
    try UnrollProcess.succeed(Self.tiny(out: run))
    expect(
      try UnrollProcess.run(["train", "--resume", run, option, value]),
      Case("shape", [], 2, theirs, "but \(ours) is asked for", "drop the option"))
  }

  @Test func resumeWithAnotherTextIsRefused() throws {
    let folder = try TemporaryFolder()
    let text = try folder.write(String(repeating: "abcd ", count: 100), to: "text.txt")
    let run = folder.path("run")
    try UnrollProcess.succeed(Self.tiny(out: run, text: text))
    try folder.write(String(repeating: "efgh ", count: 100), to: "text.txt")
    expect(
      try UnrollProcess.run(["train", "--resume", run, "--updates", "9"]),
      Case("text", [], 1, "the data has changed since '\(run)' began", "restore the data"))
  }

  enum Damage: String, CaseIterable { case flippedByte, cutShort, emptied }

  /// The newest checkpoint is broken: the one before is taken, and the same run comes out.
  @Test(arguments: Damage.allCases)
  func brokenCheckpointFallsBack(damage: Damage) throws {
    let folder = try TemporaryFolder()
    let run = folder.path("run")
    try UnrollProcess.succeed(Self.tiny(out: run) + ["--save-every", "3", "--updates", "6"])
    let newest = folder.file("run/checkpoint-6.safetensors")
    let whole = try Data(contentsOf: newest)
    var data = whole
    switch damage {
    case .flippedByte: data[data.count * 3 / 4] ^= 1
    case .cutShort: data.removeLast(data.count / 3)
    case .emptied: data = Data()
    }
    try data.write(to: newest)
    let result = try UnrollProcess.succeed(["train", "--resume", run])
    #expect(result.errors.contains("'\(newest.path)'"))
    #expect(result.errors.lowercased().contains("warning"))
    #expect(try Data(contentsOf: newest) == whole)
    #expect(try folder.names(in: "run").contains("checkpoint-6.safetensors.broken"))
  }

  @Test func noWholeCheckpointSaysSo() throws {
    let folder = try TemporaryFolder()
    let run = folder.path("run")
    try UnrollProcess.succeed(Self.tiny(out: run) + ["--save-every", "2"])
    for name in try folder.names(in: "run") where name.hasPrefix("checkpoint-") {
      try folder.write("not a checkpoint", to: "run/\(name)")
    }
    expect(
      try UnrollProcess.run(["train", "--resume", run]),
      Case("checkpoints", [], 1, "none of the 2 checkpoints", "'\(run)'", "--overwrite"))
  }

  @Test func damagedModelIsNotSampledFrom() throws {
    let folder = try TemporaryFolder()
    let run = folder.path("run")
    try UnrollProcess.succeed(Self.tiny(out: run))
    var model = try Data(contentsOf: folder.file("run/model.safetensors"))
    model[model.count - 5] ^= 0x10
    try folder.write(model, to: "run/model.safetensors")
    expect(
      try UnrollProcess.run(["sample", run]),
      Case("model", [], 1, "model.safetensors' is damaged"))
  }

  private static func tiny(
    out: String, text: String = TrainedRun.data("pears.txt")
  ) -> [String] {
    [
      "train", "lm", "--text", text, "--hidden", "8", "--layers", "1", "--embedding", "6",
      "--batch", "4", "--steps", "8", "--updates", "4", "--out", out,
    ]
  }

  private func expect(
    _ result: CommandResult, _ wrong: Case, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(result.status == wrong.status, "\(wrong.name)", sourceLocation: sourceLocation)
    #expect(result.output == "", "\(wrong.name)", sourceLocation: sourceLocation)
    for word in wrong.words {
      #expect(
        result.errors.contains(word), "\(wrong.name): '\(word)' in \(result.errors)",
        sourceLocation: sourceLocation)
    }
    // A trap's report is no message.
    #expect(
      !result.errors.contains("Fatal error"), "\(wrong.name)", sourceLocation: sourceLocation)
  }
}
