import Foundation
import TestSupport
import Unroll

/// Learns a number for a few digits, from lines `number<TAB>digit digit …`. The number may be `nan` or as
/// large as one likes, which no real reader lets pass: so faults come into a training.
final class TargetTask: TrainingTask {
  struct Settings: TaskSettings {
    struct Data: SettingsGroup {
      @Setting(path: true, "Lines to train on") var train = ""
      @Setting(path: true, "Lines to validate on") var valid = ""
    }
    var data = Data()
    var train = TrainingSettings(batch: 4)
    var optimizer = OptimizerSettings()
    var schedule = ScheduleSettings()
  }

  struct Targets: CountedSource, ExampleSet {
    var file = ""
    var lines: [Int] = []
    var digits: [[Int32]] = []
    var targets: [Float] = []

    var count: Int { targets.count }
    var sizeText: String { "\(count) lines" }
    var placeOfExample: (Int) -> String {
      let (file, lines) = (file, lines)
      return { "'\(file)' line \(lines[$0])" }
    }

    func subset(_ indices: [Int]) -> Targets {
      Targets(
        file: file, lines: indices.map { lines[$0] }, digits: indices.map { digits[$0] },
        targets: indices.map { targets[$0] })
    }
  }

  static let name = "targets"
  let parameters = ParameterStore<Float>()
  private let embedding: Embedding<Float>
  private let output: Linear<Float>
  private let reader: ForwardPass<Float>
  private let team: WorkerTeam
  /// Batches that were measured.
  private(set) var batchCount = 0

  // MARK: Examples

  static func read(
    _ settings: Settings, _ workplace: Workplace
  ) throws -> (training: Targets, validation: Targets?) {
    (
      try read(settings.data.train),
      settings.data.valid.isEmpty ? nil : try read(settings.data.valid)
    )
  }

  func read(_ files: [URL]) throws -> Targets { try Self.read(files[0].path) }

  private static func read(_ path: String) throws -> Targets {
    var examples = Targets(file: path)
    for (index, line) in try String(contentsOfFile: path, encoding: .utf8)
      .split(separator: "\n").enumerated()
    {
      let fields = line.split(separator: "\t")
      examples.lines.append(index + 1)
      examples.targets.append(Float(fields[0]) ?? 0)
      examples.digits.append(fields[1].split(separator: " ").map { Int32($0) ?? 0 })
    }
    return examples
  }

  func examples(_ source: Targets) -> Targets { source }

  func order(_ examples: Targets, _ settings: Settings) throws -> any ExampleOrder {
    try SequenceBatches(examples.digits.map(\.count), settings.train, pool: 1)
  }

  // MARK: Model

  convenience init(learning source: Targets, _ settings: Settings, _ workplace: Workplace) {
    self.init(workplace)
  }

  convenience init(opening folder: RunFolder, _ settings: Settings, _ workplace: Workplace) {
    self.init(workplace)
  }

  private init(_ workplace: Workplace) {
    embedding = Embedding("embedding", count: 10, size: 5, in: parameters)
    output = Linear("output", inputs: 5, outputs: 1, in: parameters)
    team = workplace.team
    reader = ForwardPass(team)
  }

  var summary: String { "digits" }

  // MARK: Learning and measuring

  private func loss(
    _ examples: Targets, _ rows: [Int], on tape: Tape<Float>
  ) -> Loss<Float> {
    let batch = TokenBatch(inputs: rows.map { examples.digits[$0] })
    return output.squaredError(
      tape.lastPooled(embedding(batch, on: tape)), targets: rows.map { [examples.targets[$0]] },
      on: tape)
  }

  func record(
    _ examples: Targets, rows: [Int], _ progress: UpdateProgress, on tape: Tape<Float>
  ) -> RecordedMinibatch {
    RecordedMinibatch(
      losses: [loss(examples, rows, on: tape)], count: rows.count, tokens: rows.count)
  }

  func evaluate(_ examples: Targets) throws -> Evaluation {
    var sum = 0.0
    examples.digits.map(\.count).forEachBatchByLength(3) { rows in
      if !team.isCancelled { batchCount += 1 }
      sum += reader.loss { _ = loss(examples, rows, on: $0) } * Double(rows.count)
    }
    let mean = sum / Double(examples.count)
    return Evaluation(
      score: Score(
        loss: mean, unit: .number,
        figures: [
          Figure("closeness", 1 / (1 + mean), .share, .higherIsBetter),
          Figure("size", 3, .count, nil),
        ], count: examples.count, text: String(format: "MSE %.4f", mean)))
  }
}

/// A folder with lines for `TargetTask`, and runs on them.
struct TargetRuns {
  let folder: TemporaryFolder

  /// - Parameter faults: targets of lines of the training part, counted from 1.
  init(_ faults: [Int: String] = [:]) throws {
    folder = try TemporaryFolder()
    func lines(_ range: Range<Int>, _ faults: [Int: String] = [:]) -> String {
      range.map { line -> String in
        let digits = (0...line % 3).map { "\((line * 7 + $0 * 3) % 10)" }.joined(separator: " ")
        let target = faults[line] ?? "0.\(line * 7 % 10)"
        return "\(target)\t\(digits)\n"
      }.joined()
    }
    try folder.write(lines(1..<42, faults), to: "train.txt")
    try folder.write(lines(50..<67), to: "valid.txt")
  }

  /// 3 epochs of 11 updates.
  func begin(
    _ name: String, _ settings: [String: String] = [:]
  ) throws -> TrainingRun<TargetTask> {
    let base = [
      "data.train": folder.file("train.txt").path, "data.valid": folder.file("valid.txt").path,
      "train.epochs": "3", "train.threads": "2", "optimizer.lr": "0.02",
    ]
    let run = try TrainingRun<TargetTask>(
      TargetTask.schema.resolve(
        overrides: base.merging(settings) { $1 }.filter { !$1.isEmpty }
          .map { SettingsOverride($0, text: $1) }), folder: .plan(at: folder.file(name)))
    try run.begin()
    return run
  }

  /// Lines of the run's metrics about `split`.
  func metrics(_ name: String, _ split: String) throws -> [JSONValue] {
    try String(contentsOf: folder.file("\(name)/metrics.jsonl"), encoding: .utf8)
      .split(separator: "\n").map { try JSONValue(parsing: String($0)) }
      .filter { $0["split"]?.string == split }
  }

  /// The number in the name of a checkpoint.
  func update(of checkpoint: URL) -> Int {
    Int(checkpoint.lastPathComponent.filter(\.isNumber)) ?? -1
  }

  /// Whether something comes to be, within some seconds that are not needed.
  func waits(until isSo: () throws -> Bool) -> Bool {
    for _ in 0..<20_000 {
      if (try? isSo()) == true { return true }
      usleep(500)
    }
    return false
  }
}

extension TrainingRun {
  /// Bits of all weights.
  var bits: [UInt32] { task.parameters.parameters.flatMap(\.values).map(\.bitPattern) }
}
