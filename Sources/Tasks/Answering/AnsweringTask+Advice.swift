import Corpora
import Runs

/// Settings of a network for stories that follow from its questions: `docs/defaults.md`.
extension AnsweringTask {
  public static let advisedKeys: Set<String> = [
    "model.cell", "model.bidirectional", "model.embedding", "model.dropout", "model.init",
    "train.empty_sentences", "train.epochs", "optimizer.lr",
  ]

  public static func advise(
    _ settings: AnsweringSettings, _ source: StoryCorpus
  ) throws -> Advice {
    let count = source.questions.count
    let length = LearningLength(
      examples: count, settings.train, batches: 32...32, updates: 3200, epochs: 10...100)
    var advice = Advice()
    advice.add(
      because: "a sentence is there as a whole when it is read",
      ["model.cell": .string("gru"), "model.bidirectional": .boolean(true)])
    if settings.model.ages > 0, settings.model.stack.isHeldBack(settings.train) {
      advice.add(
        because: "ages of sentences are to be told apart, not learnt by heart",
        ["train.empty_sentences": .number(0.1)])
    }
    advice.add(
      because: "\(count) questions",
      [
        "model.embedding": .integer(40), "train.epochs": .integer(length.epochs),
        "optimizer.lr": .number(5e-3),
      ])
    advice.holdBack(
      settings.model.stack, settings.train,
      ["model.dropout": .number(0.1), "model.init": .string("normal:0.1")])
    return advice
  }
}
