import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Networks

/// A tagger with what it knows of language.
struct TaggingModel {
  let vocabularies: TaggingVocabularies
  let model: Tagger<Float>

  /// - Throws: `UserError` for a precision that the processor lacks and for more weights than the
  ///   machine can hold.
  init(
    _ configuration: ResolvedConfiguration, _ vocabularies: TaggingVocabularies, seed: UInt64
  ) throws {
    self.vocabularies = vocabularies
    let tags = vocabularies.tags.labels.count
    let head: TaggerConfiguration.Head =
      switch configuration.string("model.head") {
      case "crf": .crf(tags: tags)
      case "sigmoid": .sigmoid
      default: .softmax(tags: tags)
      }
    let featureSize = configuration.integer("model.feature_embedding")
    let shape = TaggerConfiguration(
      words: .init(
        count: vocabularies.words.count, size: configuration.integer("model.embedding")),
      characters: vocabularies.characters.map {
        .init(
          table: .init(
            count: $0.count, size: configuration.integer("model.character_embedding")),
          hiddenSize: configuration.integer("model.characters"))
      },
      features: vocabularies.features.map { .init(count: $0.count, size: featureSize) },
      windowRadius: configuration.integer("model.window"),
      inputDropout: configuration.number("model.input_dropout"),
      stack: try StackConfiguration(configuration, inputSize: 1),
      selfAttention: .init(rawValue: configuration.string("model.self_attention")), head: head,
      intentCount: vocabularies.intents?.count ?? 0)
    try Self.checkMemory(shape)
    model = Tagger(shape, precision: try Precision(checking: configuration)).allocated(seed: seed)
  }

  private static func checkMemory(_ shape: TaggerConfiguration) throws {
    var memory = WeightMemory()
    memory.add(shape.stack)
    for table in [shape.words] + shape.features { memory.add(table: table.count, table.size) }
    if let characters = shape.characters {
      memory.add(table: characters.table.count, characters.table.size)
      memory.add(
        StackConfiguration(
          inputSize: characters.table.size, hiddenSize: characters.hiddenSize,
          isBidirectional: true))
    }
    memory.add(selfAttention: shape.selfAttention, shape.stack.outputSize)
    memory.add(matrix: shape.featureSize, shape.head.outputCount + shape.intentCount)
    try memory.check()
  }

  /// Replaces the first vectors of words by those of a file.
  ///
  /// - Returns: a sentence for a log.
  func readWordVectors(_ url: URL) throws -> String {
    let table = model.wordTable
    let vectors = try WordVectors.read(
      url, for: vocabularies.words, dimension: table.columns, fallsBackToLowercase: true)
    for (index, id) in vectors.ids.enumerated() {
      for column in 0..<table.columns {
        table.value[Int(id) * table.columns + column] =
          vectors.values[index * table.columns + column]
      }
    }
    return "vectors for \(vectors.ids.count) of \(table.rows) words"
  }

  /// Span F1 as conlleval computes it, or the share of right tags where tags are no spans.
  func evaluate(_ data: TaggingData, _ reader: TaggerReader) -> Evaluation {
    let tags = vocabularies.tags
    var scores = SpanScores()
    var (intentCount, rightIntents) = (0, 0)
    let (sum, count) = reader.read(data, constraints: tags.constraints) { reading in
      scores.add(
        truth: tags.truth(data.sentences[reading.sentence].tags),
        predicted: tags.written(reading.tags))
      guard let intent = reading.intent, data.sentences[reading.sentence].intent != nil else {
        return
      }
      intentCount += 1
      if intent == data.intents[reading.sentence] { rightIntents += 1 }
    }
    let loss = count > 0 ? sum / Double(count) : 0
    let hasSpans = tags.learnt != nil
    var text = Figure.Unit.nats.text(loss)
    var figures: [Figure] = []
    if hasSpans {
      figures = [
        .init("f1", scores.overall.f1, .share, .higherIsBetter),
        .init("precision", scores.overall.precision, .share, .higherIsBetter),
        .init("recall", scores.overall.recall, .share, .higherIsBetter),
      ]
      text += String(format: "  F1 %.2f", scores.overall.f1Percent)
    }
    figures.append(.init("accuracy", scores.accuracy, .share, .higherIsBetter))
    text += String(format: "  accuracy %.2f %%", scores.accuracyPercent)
    if intentCount > 0 {
      let share = Double(rightIntents) / Double(intentCount)
      figures.append(.init("intent_accuracy", share, .share, .higherIsBetter))
      text += String(
        format: "  intents %.2f %%", Double(100 * rightIntents) / Double(intentCount))
    }
    return Evaluation(
      score: Score(
        loss: loss, figures: figures, decidedBy: hasSpans ? "f1" : "accuracy",
        // In percent, as the checkpoints of version 0.1 keep it.
        standing: Standing(
          number: hasSpans ? -scores.overall.f1Percent : -scores.accuracyPercent),
        count: scores.tokenCount, text: text),
      report: hasSpans ? scores.report : "",
      details: hasSpans ? [.init("scores", scores.json)] : [])
  }
}
