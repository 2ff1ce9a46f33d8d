import Compute
import Corpora
import Foundation
import Interchange
import Networks

/// A model with the labels it tells apart and the vocabulary it reads.
package struct Classifier {
  package let labels: LabelSet
  /// Nil for series of numbers.
  package let vocabulary: Vocabulary?
  package let model: SequenceModel<Float>
  let isMultiLabel: Bool

  /// - Parameter width: numbers a step, where steps are no tokens.
  init(
    _ configuration: ResolvedConfiguration, labels: LabelSet, vocabulary: Vocabulary?,
    width: Int?, seed: UInt64
  ) throws {
    self.labels = labels
    self.vocabulary = vocabulary
    isMultiLabel = configuration.boolean("data.multi_label")
    let input: SequenceModelConfiguration.Input =
      switch (vocabulary?.count, configuration.integer("model.embedding")) {
      case (nil, _): .vectors(width: width ?? 1)
      case (let count?, let size) where configuration.string("data.encode") == "trigrams":
        .bags(vocabulary: count, embedding: size)
      case (let count?, let size): .tokens(vocabulary: count, embedding: size)
      }
    model = try SequenceModel(
      checking: SequenceModelConfiguration(
        input: input, stack: try StackConfiguration(configuration, inputSize: input.size),
        selfAttention: .init(rawValue: configuration.string("model.self_attention")),
        pooling: .init(rawValue: configuration.string("model.pooling")) ?? .last,
        head: isMultiLabel ? .sigmoid(labels: labels.count) : .softmax(classes: labels.count)),
      precision: try Precision(checking: configuration)
    ).allocated(seed: seed)
  }

  /// Replaces the first embeddings of the words that the file has vectors for.
  func beginWithVectors(of url: URL) throws {
    guard let vocabulary, let table = model.table else {
      throw UserError.usage(
        "--embeddings holds vectors of words, but the data are numbers", hint: "drop it")
    }
    let vectors = try WordVectors.read(
      url, for: vocabulary, dimension: table.columns, fallsBackToLowercase: true)
    for (place, id) in vectors.ids.enumerated() {
      for column in 0..<table.columns {
        table.value[Int(id) * table.columns + column] =
          vectors.values[place * table.columns + column]
      }
    }
    model.parameters.pack()
  }

  /// Accuracy or F1, with the table of all classes.
  func evaluate(_ data: SequenceDataset, _ reader: SequenceReader) -> Evaluation {
    switch data.targets {
    case .classes(let classes, _): evaluate(data, classes, reader)
    case .labels(let sets, _): evaluate(data, sets, reader)
    default: preconditionFailure("no classes")
    }
  }

  private func evaluate(
    _ data: SequenceDataset, _ classes: [Int32], _ reader: SequenceReader
  ) -> Evaluation {
    var matrix = ConfusionMatrix(classes: labels.names)
    let (sum, count) = reader.read(data) { reading in
      matrix.add(
        truth: Int(classes[reading.example]), prediction: reading.outputs[0].indexOfMaximum)
    }
    let loss = sum / Double(count)
    return Evaluation(
      score: TaskScore(
        loss: loss, criterion: -matrix.accuracy,
        measures: [.init("accuracy", matrix.accuracy), .init("macro_f1", matrix.macroF1)],
        count: count,
        text: String(
          format: "%.4f nats  accuracy %.2f %%  macro F1 %.2f", loss, 100 * matrix.accuracy,
          100 * matrix.macroF1)),
      report: matrix.table, details: [.init("scores", matrix.json)])
  }

  private func evaluate(
    _ data: SequenceDataset, _ sets: [[Int32]], _ reader: SequenceReader
  ) -> Evaluation {
    var scores = MultiLabelScores(labels: labels.names)
    let (sum, count) = reader.read(data) { reading in
      scores.add(truth: sets[reading.example], probabilities: reading.outputs[0].map(sigmoid))
    }
    let loss = sum / Double(count)
    return Evaluation(
      score: TaskScore(
        loss: loss, criterion: -scores.overall.f1,
        measures: [
          .init("micro_f1", scores.overall.f1), .init("macro_f1", scores.macroF1),
          .init("exact_match", scores.exactMatch),
        ], count: count,
        text: String(
          format: "%.4f nats  micro F1 %.2f  macro F1 %.2f  all labels right %.2f %%", loss,
          100 * scores.overall.f1, 100 * scores.macroF1, 100 * scores.exactMatch)),
      details: [.init("scores", scores.json)])
  }

  /// The most probable label, or all that are more probable than not.
  func prediction(_ reading: SequenceReader.Reading) -> Prediction {
    let outputs = reading.outputs[0]
    let probabilities = isMultiLabel ? outputs.map(sigmoid) : softmax(outputs)
    let chosen =
      isMultiLabel
      ? probabilities.indices.filter { Double(probabilities[$0]) >= MultiLabelScores.threshold }
      : [probabilities.indexOfMaximum]
    let names = chosen.map { labels.names[$0] }
    var members: [JSONValue.Member] = [
      isMultiLabel
        ? .init("labels", .array(names.map { .string($0) }))
        : .init("label", .string(names[0])),
      .init(
        "probabilities",
        .object(zip(labels.names, probabilities).map { .init($0, .number(Double($1))) })),
    ]
    if !reading.attention.isEmpty {
      members.append(.init("attention", .array(reading.attention.map { .number(Double($0)) })))
    }
    let shown = chosen.map { String(format: "%.4f", probabilities[$0]) }
    return Prediction(
      text: names.joined(separator: ",") + "\t" + shown.joined(separator: ","),
      json: .object(members))
  }

  private func sigmoid(_ x: Float) -> Float { Scalar.sigmoid(x) }

  private func softmax(_ logits: [Float]) -> [Float] {
    let maximum = logits.max() ?? 0
    let powers = logits.map { Scalar.exp($0 - maximum) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}

extension Classifier {
  func writeFiles(to folder: RunFolder) throws {
    try labels.save(to: folder.labels)
    try vocabulary?.save(to: folder.vocabulary)
  }

  func checkFiles(of folder: RunFolder) throws {
    let isSame =
      try LabelSet(contentsOf: folder.labels) == labels
      && vocabulary.map { try Vocabulary(contentsOf: folder.vocabulary) == $0 } != false
    guard isSame else {
      throw UserError(
        "the data has changed since '\(folder.url.relativePath)' began: its labels or its "
          + "vocabulary are others now", hint: "restore the data, or begin a new run")
    }
  }
}
