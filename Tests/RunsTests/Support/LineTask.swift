import Autodiff
import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Networks
import Parallel
import Runs

/// The least that is a task: a language model of lines of words. It says how many words a line has,
/// how many lines it was asked about at a time, and which examples it was told of and learnt from.
final class LineTask: TrainingTask {
  struct Settings: TaskSettings {
    struct Data: SettingsGroup {
      @Setting(path: true, "Lines of words") var text = ""
    }
    struct Model: SettingsGroup {
      @Setting(in: 1...1 << 20, "Units") var hidden = 8
    }
    var data = Data()
    var model = Model()
    var train = TrainingSettings(batch: 4)
    var optimizer = OptimizerSettings()
    var schedule = ScheduleSettings()
  }

  struct Lines: CountedSource, ExampleSet {
    var lines: [[String]]
    let told = Told()
    var count: Int { lines.count }
    func expect(_ rows: [Int]) { told.minibatches.append(rows) }
    var sizeText: String { "\(count) lines" }
    func subset(_ indices: [Int]) -> Lines { Lines(lines: indices.map { lines[$0] }) }
  }

  /// What examples were told that comes next.
  final class Told {
    fileprivate(set) var minibatches: [[Int]] = []
  }

  /// All words of a text in order.
  struct Words: FileValue {
    let words: [String]

    init(_ source: Lines) { words = Set(source.lines.joined()).sorted() }

    init(contentsOf url: URL) throws {
      guard let text = try? String(contentsOf: url, encoding: .utf8) else {
        throw UserError("cannot read '\(url.path)'")
      }
      words = text.split(separator: "\n").map(String.init)
    }

    func save(to url: URL) throws {
      try AtomicFile.write(words.joined(separator: "\n"), to: url)
    }
  }

  static let name = "lines"
  let words: Words
  let model: LanguageModel<Float>
  /// How many lines were predicted together, each time.
  private(set) var batches: [Int] = []
  /// The minibatches that were recorded, and what the examples to learn from were told.
  private(set) var recorded: [[Int]] = []
  private(set) var told: Told?
  private var ids = AlignedBuffer<Int32>(count: 1)
  private let workplace: Workplace

  // MARK: Examples

  static func read(
    _ settings: Settings, _ workplace: Workplace
  ) throws -> (training: Lines, validation: Lines?) {
    (try read(URL(fileURLWithPath: settings.data.text)), nil)
  }

  func read(_ files: [URL]) throws -> Lines { try Self.read(files[0]) }

  private static func read(_ url: URL) throws -> Lines {
    let reader = try LineReader(url)
    var lines: [[String]] = []
    while let line = try reader.nextText() {
      lines.append(line.split(separator: " ").map(String.init))
    }
    return Lines(lines: lines)
  }

  func examples(_ source: Lines) -> Lines {
    told = told ?? source.told
    return source
  }

  func order(_ examples: Lines, _ settings: Settings) throws -> any ExampleOrder {
    try SequenceBatches(examples.lines.map(\.count), settings.train, pool: 8)
  }

  // MARK: Model

  convenience init(learning source: Lines, _ settings: Settings, _ workplace: Workplace) {
    self.init(Words(source), settings, workplace)
  }

  convenience init(opening folder: RunFolder, _ settings: Settings, _ workplace: Workplace) throws {
    self.init(
      try Words(contentsOf: folder.url.appendingPathComponent("words.txt")), settings, workplace)
  }

  private init(_ words: Words, _ settings: Settings, _ workplace: Workplace) {
    self.words = words
    self.workplace = workplace
    model = LanguageModel(
      LanguageModelConfiguration(
        vocabularySize: words.words.count, embeddingSize: settings.model.hidden,
        hiddenSize: settings.model.hidden, layerCount: 1))
  }

  var artifacts: [Artifact] { [Artifact("words.txt", words, change: "its words are others")] }
  var parameters: ParameterStore<Float> { model.parameters }
  var precision: Precision { .f32 }
  var summary: String { "\(words.words.count) words" }

  // MARK: Learning and measuring

  /// Every word is asked for at its own place: what matters here is memory.
  func record(
    _ examples: Lines, rows: [Int], _ progress: UpdateProgress, on tape: Tape<Float>
  ) -> RecordedMinibatch {
    recorded.append(rows)
    let layout = SequenceLayout(lengths: rows.map { examples.lines[$0].count })
    if ids.count < layout.tokenCount { ids = AlignedBuffer(count: layout.tokenCount) }
    for (row, example) in rows.enumerated() {
      for (step, word) in examples.lines[example].enumerated() {
        ids.base[layout.offsets[step] + row] = Int32(words.words.firstIndex(of: word) ?? 0)
      }
    }
    let tokens = UnsafeBufferPointer(start: ids.base, count: layout.tokenCount)
    let loss = model.record(inputs: tokens, targets: tokens, plan: tape.plan(layout), on: tape).loss
    return RecordedMinibatch(losses: loss.losses, count: tokens.count, tokens: tokens.count)
  }

  func evaluate(_ examples: Lines) -> Evaluation {
    Evaluation(score: Score(loss: 0, count: examples.count, text: ""))
  }
}

extension LineTask: Predicting {
  func queries() -> any QueryReader<Int> {
    LineQueries { line, place in
      guard line != "bad" else { throw UserError("\(place) is bad") }
      return line.isEmpty ? nil : line.split(separator: " ").count
    }
  }

  func predict(_ queries: [Int]) -> [Prediction] {
    batches.append(queries.count)
    return queries.map { Prediction(text: "\($0)", json: .integer($0)) }
  }
}

extension LineTask {
  /// A run on `text` that has begun nothing.
  static func run(
    _ text: URL, _ folder: URL, _ settings: [String: String] = [:]
  ) throws -> TrainingRun<LineTask> {
    let base = ["data.text": text.path, "train.updates": "4", "train.threads": "2"]
    return try TrainingRun(
      try schema.resolve(
        overrides: base.merging(settings) { $1 }.map { SettingsOverride($0, text: $1) }),
      folder: .plan(at: folder))
  }
}
