import ArgumentParser
import Compute
import Foundation
import Runs
import TaskCommands
import TestSupport
import Testing

/// A task that only remembers what it was asked for.
private enum ExampleTask: TrainableTask {
  static let name = "example"
  static let abstract = "Trains an example."
  static let schema = SettingsSchema(
    task: "example", of: ExampleSettings.self, advised: ["model.hidden", "model.embedding"])
  static let fixed = [SettingsOverride("data.unknown", .string("other"))]
  static let refusals = ["bidirectional": "an example cannot be --bidirectional"]
  static var alternative: (any TrainableTask.Type)? { OtherTask.self }

  nonisolated(unsafe) static var request: TrainingRequest?
  static func train(_ request: TrainingRequest) { Self.request = request }
}

/// What `--condition` means.
private enum OtherTask: TrainableTask {
  struct Settings: TaskSettings {
    struct Data: SettingsGroup {
      @Setting(path: true, "Labelled texts") var condition = ""
    }
    var data = Data()
    var train = TrainingSettings(batch: 8)
    var optimizer = OptimizerSettings()
    var schedule = ScheduleSettings()
  }
  static let name = "example"
  static let abstract = "Trains another."
  static let schema = SettingsSchema(task: "other", of: Settings.self)

  nonisolated(unsafe) static var request: TrainingRequest?
  static func train(_ request: TrainingRequest) { Self.request = request }
}

private struct Root: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unroll", subcommands: [ExampleTask.command])
}

@Suite(.serialized) struct TrainCommandTests {
  /// What the task was asked for. Throws what a user is told.
  func request(_ arguments: [String]) throws -> TrainingRequest? {
    (ExampleTask.request, OtherTask.request) = (nil, nil)
    do {
      var command = try Root.parseAsRoot(["example"] + arguments)
      try command.run()
    } catch let error as UserError {
      throw error
    } catch {
      throw UserError.usage(Root.message(for: error))
    }
    return ExampleTask.request ?? OtherTask.request
  }

  func settings(_ arguments: String...) throws -> ResolvedSettings {
    let request = try request(["--out", "run"] + arguments)
    guard case .new(let settings, _, _) = request?.start else {
      throw UserError.usage("no new run")
    }
    return settings
  }

  func refusal(_ arguments: [String]) -> String {
    let error = #expect(throws: UserError.self, "\(arguments)") {
      try request(["--out", "run"] + arguments)
    }
    return (error?.message ?? "") + (error?.hint.map { " | " + $0 } ?? "")
  }

  @Test func everyKindOfOptionIsRead() throws {
    let found = try settings(
      "--hidden", "16", "--lr=1e-3", "--tie", "--no-layer-norm", "--cell", "GRU",
      "--text", "a.txt", "/b.txt", "--output-dropout", "-1", "--vocab-size", "9",
      "--set", "optimizer.beta2=0.98")
    #expect(found["model.hidden"] == .integer(16))
    #expect(found["optimizer.lr"] == .number(1e-3))
    #expect(found["model.tie"] == .boolean(true) && found.isGiven("model.layer_norm"))
    #expect(found["model.cell"] == .string("gru"))
    #expect(found["model.output_dropout"] == .number(-1))
    #expect(found["data.vocabulary_size"] == .integer(9))
    #expect(found["optimizer.beta2"] == .number(0.98))
    guard case .strings(let texts) = found["data.text"] else { return #expect(Bool(false)) }
    #expect(texts.count == 2 && texts[0].hasPrefix("/") && texts[1] == "/b.txt")
    #expect(!found.isGiven("model.layers"))
    // What the command settles itself.
    #expect(found["data.unknown"] == .string("other"))
  }

  @Test func requestsAreHandedOver() throws {
    let new = try request(["--out", "a/run", "--overwrite", "-q"])
    guard case .new(_, let folder, true) = new?.start else { return #expect(Bool(false)) }
    #expect(folder.relativePath.hasSuffix("a/run") && new?.isQuiet == true)
    let resumed = try request(["--resume", "run", "--epochs", "3", "--profile"])
    guard case .resume(let old, let files, let overrides) = resumed?.start else {
      return #expect(Bool(false))
    }
    #expect(old.lastPathComponent == "run" && files.isEmpty && resumed?.writesProfile == true)
    #expect(overrides.map(\.key) == ["train.epochs"])
    let printed = try request(["--print-config", "--hidden", "7"])
    guard case .listed(let settings) = printed?.start else { return #expect(Bool(false)) }
    #expect(settings["model.hidden"] == .integer(7))
    #expect(throws: UserError.self) { try request([]) }
    #expect(throws: UserError.self) { try request(["--out", "a", "--resume", "b"]) }
  }

  @Test func schedulesMayBeginWithAWarmUp() throws {
    let found = try settings("--schedule", "warmup-cosine")
    #expect(found["schedule.name"] == .string("cosine"))
    #expect(found["schedule.warmup"] == .integer(100))
    #expect(
      try settings("--schedule", "warmup-linear", "--warmup", "7")["schedule.warmup"] == .integer(7)
    )
    #expect(
      refusal(["--schedule", "cos"]).contains(
        "'cosine', 'plateau', 'linear', found 'cos' | put 'warmup-'"))
  }

  @Test func anOptionOfItsOwnMeansTheAlternative() throws {
    let found = try settings("--condition", "/x", "--lr", "1")
    #expect(found["run.task"] == .string("other") && found["train.batch"] == .integer(8))
    #expect(
      refusal(["--condition", "x", "--tie"])
        == "--tie means nothing beside --condition | drop one of them")
  }

  @Test(arguments: [
    (["--hiden", "3"], "Unknown option '--hiden'. Did you mean '--hidden'?"),
    (["--batch-size", "32"], "'unroll train example' has no option --batch-size | use --batch 32"),
    (["--hidden-size=5"], "no option --hidden-size | use --hidden 5"),
    (["--learning-rate", "-1"], "use --lr -1"), (["--num-layers", "2"], "use --layers 2"),
    (["--n-epochs", "2"], "use --epochs 2"), (["--embedding-dim", "2"], "use --embedding 2"),
    (["--num-workers", "2"], "use --threads 2"), (["--tied"], "use --tie"),
    (["--input", "a"], "use --text a"), (["--units", "7"], "use --hidden 7"),
    (["--save-steps", "3"], "use --save-every 3"), (["--max-grad-norm", "1"], "use --clip-norm 1"),
    (["--output-dir", "x"], "no option --output-dir | use --out x"),
    (["--resume-from-checkpoint", "r"], "use --resume r"),
    (["--overwrite-output-dir"], "use --overwrite"),
    (["--device", "cuda"], "no option --device | leave it out: Unroll trains on CPUs"),
    (["--fp16"], "use --precision bf16"), (["--shuffle"], "every epoch shuffles"),
    (["--log-interval", "9"], "metrics.jsonl"),
    (["--bidirectional"], "an example cannot be --bidirectional | drop --bidirectional"),
    (["--cell", "lstn"], "model.cell on the command line must be one of 'rnn'"),
    (["--set", "model.hiden=3"], "did you mean 'model.hidden'?"),
    (["--unknown", "refuse"], "Unknown option '--unknown'"),
  ])
  func whatIsMistypedIsExplained(arguments: [String], words: String) {
    let text = refusal(arguments)
    #expect(text.contains(words), "\(text)")
  }

  /// Elsewhere words of an option are joined by underscores.
  @Test func underscoresAreDashes() {
    let typed = ["train", "lm", "--batch_size", "3", "--max_grad_norm=1_0", "a_b", "a.b_c=1"]
    let meant = ["train", "lm", "--batch-size", "3", "--max-grad-norm=1_0", "a_b", "a.b_c=1"]
    #expect(Habits.spelled(typed) == meant)
    let prompt = ["sample", "run", "--prompt", "--my_text"]
    #expect(Habits.spelled(prompt) == prompt, "elsewhere it may be text")
  }

  @Test func helpHasSectionsDefaultsAndKeys() {
    let help = Root.helpMessage(for: ExampleTask.command, columns: 100)
    for words in [
      "\nMODEL:\n", "\nOPTIMIZER:\n",
      "Units in a recurrent layer (model.hidden). (default: by the data, or 512)",
      "--tie/--no-tie", "(default: --no-tie)", "(values: char, word, byte;", "--print-config",
      "default: 1e-08, 1e-10 for", "--condition <path>",
    ] {
      #expect(help.contains(words), "\(words) is not in \(help)")
    }
    for words in ["--batch-size", "--bidirectional", "--unknown", "run.task"] {
      #expect(!help.contains(words))
    }
  }

  @Test(arguments: [CompletionShell.bash, .zsh, .fish])
  func completionsKnowTheOptions(shell: CompletionShell) {
    let script = Root.completionScript(for: shell)
    for words in ["recurrent-dropout", "lstm-peephole", "print-config"] {
      #expect(script.contains(words), "\(words) is not among the completions")
    }
    #expect(!script.contains("batch-size"))
  }

  @Test func theReferenceListsEveryOption() {
    let page = OptionsReference.markdown(of: [ExampleTask.self])
    #expect(page.hasPrefix("# Options\n"))
    for line in [
      "## unroll train example\n\nTrains an example.\n",
      "### `[model]` The network\n",
      "| `--hidden` | `model.hidden` | a whole number from 1 to 65536 | by the data, or `512` | Units in a recurrent layer |",
      "| `--tie`, `--no-tie` | `model.tie` | true or false | `--no-tie` | Share the embedding with the output layer |",
    ] {
      #expect(page.contains(line), "\(line) is not in \(page)")
    }
  }
}
