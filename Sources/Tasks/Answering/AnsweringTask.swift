import Autodiff
import Compute
import Corpora
import Foundation
import Networks
import Runs

/// Question answering over stories: sentences and a question to one of the answers of the training.
public final class AnsweringTask: TrainingTask {
  public static let name = "answer"
  public static let commands = [
    TaskCommand("answer", "Trains a network that answers questions about stories.")
  ]

  let wordForm: WordForm
  let words: Vocabulary
  /// What the network chooses from.
  let answers: LabelSet
  let model: MemoryNetwork<Float>
  private let recorder: StoryRecorder
  private let pass: ForwardPass<Float>
  private let seed: UInt64
  private let emptyRate: Float
  private let smoothing: Double
  /// Of the answers in the loss, while it is trained; nil: all weigh alike.
  private var weights: ClassWeights?

  // MARK: Examples

  public static func read(
    _ settings: AnsweringSettings, _ workplace: Workplace
  ) throws -> (training: StoryCorpus, validation: StoryCorpus?) {
    let data = settings.data
    guard !data.stories.isEmpty else {
      throw UserError.usage("no stories to train on", hint: "name one or more files with --stories")
    }
    func read(_ paths: [String]) throws -> StoryCorpus {
      try StoryCorpus.read(paths.map { URL(fileURLWithPath: $0) }, form: WordForm(data))
    }
    return (try read(data.stories), data.valid.isEmpty ? nil : try read(data.valid))
  }

  /// - Parameter files: stories; each has an accuracy of its own.
  public func read(_ files: [URL]) throws -> StoryCorpus {
    guard !files.isEmpty else {
      throw UserError.usage("no stories to answer", hint: "name one or more files with --data")
    }
    return try StoryCorpus.read(files, form: wordForm)
  }

  public func examples(_ source: StoryCorpus) throws -> StoryData {
    try StoryData(source, words, answers)
  }

  // MARK: Model

  public convenience init(
    learning source: StoryCorpus, _ settings: AnsweringSettings, _ workplace: Workplace
  ) throws {
    let answers = LabelSet(source.questions.lazy.map(\.answer))
    guard answers.count > 1 else {
      throw UserError(
        "all questions have the answer '\(answers.names.first ?? "")', expected at least two answers",
        hint: "name stories with other questions")
    }
    try self.init(
      settings, source.vocabulary(), answers, workplace)
  }

  public convenience init(
    opening folder: RunFolder, _ settings: AnsweringSettings, _ workplace: Workplace
  ) throws {
    try self.init(
      settings, Vocabulary(contentsOf: folder.vocabulary), LabelSet(contentsOf: folder.labels),
      workplace)
  }

  private init(
    _ settings: AnsweringSettings, _ words: Vocabulary, _ answers: LabelSet,
    _ workplace: Workplace
  ) throws {
    wordForm = WordForm(settings.data)
    self.words = words
    self.answers = answers
    seed = UInt64(settings.train.seed)
    emptyRate = Float(settings.sentences.emptySentences)
    smoothing = settings.data.weights.labelSmoothing
    model = try settings.network(words: words.count, answers: answers.count)
    recorder = StoryRecorder(model)
    pass = ForwardPass(workplace.team, precision: model.precision)
  }

  public var artifacts: [Artifact] {
    let change = "its words or its answers are others"
    return [
      Artifact(RunFolder.vocabularyName, words, change: change),
      Artifact(RunFolder.labelsName, answers, change: change),
    ]
  }
  public var parameters: ParameterStore<Float> { model.parameters }
  public var precision: Precision { model.precision }
  public var namedAxes: [NamedAxis] {
    parameters.rows(of: ["embedding.weight"], words)
      + parameters.rows(of: ["output.weight", "output.bias"], kind: "answer", answers.names)
  }
  public var summary: String { "\(words.count) words, \(answers.count) answers" }

  // MARK: Learning

  public func order(
    _ examples: StoryData, _ settings: AnsweringSettings
  ) throws -> any ExampleOrder {
    let given = LongList(examples.questions.map(\.answer))
    weights = try ClassWeights(
      settings.data.weights.classWeights, answers, given, admitsOthers: true)
    return try settings.data.weights.order(
      examples.lengths, classes: given, settings.train, pool: 4)
  }

  public func record(
    _ examples: StoryData, rows: [Int], _ progress: UpdateProgress, on tape: Tape<Float>
  ) -> RecordedMinibatch {
    let random = RandomStream(seed: seed, purpose: .emptySentences, update: progress.update)
    let output = recorder.record(
      examples, rows: rows, hasTargets: true, answerWeights: weights, smoothing: smoothing,
      isFollowedByNothing: { emptyRate > 0 && random.uniform(row: $0, index: $1) < emptyRate },
      on: tape)
    return RecordedMinibatch(
      losses: [output.loss].compactMap(\.self), count: rows.count,
      tokens: rows.reduce(0) { $0 + examples.questions[$1].sentences.count })
  }
}

extension AnsweringTask {
  /// What was read of one question.
  struct Reading {
    let question: Int
    /// Scores of all answers.
    let scores: [Float]
    /// For each hop how much of each sentence of the story was taken.
    let attention: [[Float]]

    /// The first of the best.
    var answer: Int { scores.indexOfMaximum }
  }

  /// Answers all questions of `data` without training, in any order.
  ///
  /// - Parameter hasTargets: whether answers are known.
  /// - Returns: the sum of the losses of answers that were trained; 0 without targets.
  @discardableResult
  func read(_ data: StoryData, hasTargets: Bool, visit: (Reading) -> Void) -> Double {
    var loss = 0.0
    pass.read(data.lengths) {
      recorder.record(data, rows: $0, hasTargets: hasTargets, on: $1)
    } visit: { rows, output in
      loss += output.loss?.sum ?? 0
      for (row, question) in rows.enumerated() {
        visit(
          Reading(
            question: question, scores: output.scores.numbers(ofRow: row),
            attention: output.attention.map {
              Array($0.numbers(ofRow: row).prefix(data.questions[question].sentences.count))
            }))
      }
    }
    return loss
  }
}

extension WordForm {
  fileprivate init(_ data: AnsweringSettings.Data) { self.init(isLowercased: data.lowercase) }
}
