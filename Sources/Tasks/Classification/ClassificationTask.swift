import Autodiff
import Compute
import Corpora
import Foundation
import Interchange
import Networks
import Parallel
import Runs

/// Many-to-one: a class, or any number of labels, for a text or a series of numbers.
public final class ClassificationTask: SequenceTask, GradientMeasuring {
  public static let name = "classify"
  public static let commands = [
    TaskCommand("classify", "Trains a classifier of texts or of series of numbers.")
  ]

  package let labels: LabelSet
  /// Nil for series of numbers.
  package var vocabulary: Vocabulary? { words?.vocabulary }
  public let core: SequenceCore
  let form: ClassificationForm
  let words: KnownWords?
  /// What the words of a model that is to be trained begin with, where a file is named.
  private let outside: OutsideVectors?
  /// Of the series that were trained on.
  package let seriesFacts: SeriesFacts
  /// Of the classes in the loss, while it is trained; nil: all weigh alike.
  let weights: ClassWeights?
  let smoothing: Double
  /// How the table that it learns from was found to be written, in words.
  private let look: String?
  /// Classes that a prediction shows, of which more than one was asked for; nil: the best.
  var shownClasses: Int?

  // MARK: Examples

  public static func read(
    _ settings: ClassificationSettings, _ workplace: Workplace
  ) throws -> (training: ClassificationData, validation: ClassificationData?) {
    let data = settings.data
    var form = ClassificationForm(data)
    let paths = data.train.compactMap(URL.init(named:))
    guard let path = paths.first else {
      throw UserError.usage("no data to train on", hint: "name files or folders with --data")
    }
    let training =
      try URL(named: data.labels).map { try ClassificationData.read(path, labels: $0, form: form) }
      ?? ClassificationData.read(paths, form: form)
    try training.checkLabels(data.$multiLabel, of: paths)
    guard training.labels.count > 1 else {
      throw UserError(
        "'\(path.relativePath)' has the single label '\(training.labels.names.first ?? "")', "
          + "expected at least two", hint: "add examples of another label")
    }
    let valid = data.valid.compactMap(URL.init(named:))
    form = form.naming(training.columnNames)
    let validation = try valid.first.map { first in
      try URL(named: data.validLabels).map {
        try ClassificationData.read(first, labels: $0, form: form, known: training.labels)
      } ?? ClassificationData.read(valid, form: form, known: training.labels)
    }
    return (training, validation)
  }

  /// - Parameter files: the data; for IDX images one file of them, and one of their labels.
  public func read(_ files: [URL]) throws -> ClassificationData {
    guard let first = files.first else {
      throw UserError.usage("no data to measure on", hint: "name files or folders with --data")
    }
    if files.count == 2, try IDXFile.isOne(first) {
      return try ClassificationData.read(first, labels: files[1], form: form, known: labels)
    }
    return try ClassificationData.read(files, form: form, known: labels)
  }

  /// Throws a `UserError` for texts where the model reads series, and the other way round, and for steps
  /// of another width.
  public func examples(_ source: ClassificationData) throws -> SequenceDataset {
    func kind(_ width: Int?) -> String {
      width.map { "series of \($0) \($0 == 1 ? "number" : "numbers") a step" } ?? "texts"
    }
    guard source.width == seriesWidth else {
      throw UserError(
        "found \(kind(source.width)), expected \(kind(seriesWidth)) as in the training data",
        hint: "name data of the form that the run is trained on")
    }
    return try source.dataset(words, form: form, facts: seriesFacts, threads: core.team.count)
  }

  public static let readingKeys: Set<String> = [
    "data.tokens", "data.split", "data.features", "data.layout", "data.missing", "data.group",
    "data.label_column", "data.text_column",
  ]

  public static func heldOut(_ settings: ClassificationSettings) -> HeldOut? {
    settings.data.division.heldOut
  }

  public static func decided(by settings: ClassificationSettings) throws -> [SettingsOverride] {
    try settings.data.vectors.decided(settings.model.$embedding)
  }

  // MARK: Model

  public convenience init(
    learning source: ClassificationData, _ settings: ClassificationSettings, _ workplace: Workplace
  ) throws {
    var form = ClassificationForm(settings.data)
    form.subwords = try source.subwords(settings.data)
    let vocabulary = try source.vocabulary(form, threads: workplace.team.count)
    guard vocabulary != nil || settings.data.vectors.embeddings.isEmpty else {
      throw UserError.usage(
        "--embeddings holds vectors of words, but the data are numbers", hint: "drop it")
    }
    let outside = try vocabulary.flatMap {
      try OutsideVectors(
        settings.data.vectors, $0, dimension: settings.model.embedding, canBeAsked: form.canBeAsked)
    }
    try self.init(
      settings, form, labels: source.labels,
      words: vocabulary.map { KnownWords($0, outside?.further) }, outside, width: source.width,
      facts: source.facts(form),
      weights: ClassWeights(
        settings.data.weights.classWeights, source.labels,
        form.isMultiLabel ? [] : try source.classes),
      look: source.look, workplace)
  }

  public convenience init(
    opening folder: RunFolder, _ settings: ClassificationSettings, _ workplace: Workplace
  ) throws {
    let width = try folder.inputWidth()
    let readsText = width == nil
    var form = ClassificationForm(settings.data)
    if readsText, settings.data.tokens == ClassificationForm.subwordKind {
      form.subwords = try SubwordTokenizer(contentsOf: folder.tokenizer(of: Self.tokenizerName))
    }
    try self.init(
      settings, form, labels: LabelSet(contentsOf: folder.labels),
      words: readsText
        ? KnownWords(
          Vocabulary(contentsOf: folder.vocabulary),
          settings.data.vectors.further(in: folder, width: settings.model.embedding)) : nil,
      width: width, facts: SeriesFacts.of(folder, width: width), workplace)
  }

  /// - Parameter width: numbers a step, where steps are no tokens.
  private init(
    _ settings: ClassificationSettings, _ form: ClassificationForm, labels: LabelSet,
    words: KnownWords?, _ outside: OutsideVectors? = nil, width: Int?, facts: SeriesFacts,
    weights: ClassWeights? = nil, look: String? = nil, _ workplace: Workplace
  ) throws {
    self.labels = labels
    self.words = words
    self.outside = outside
    self.form = form.naming(facts.names)
    seriesFacts = facts
    self.weights = weights
    self.look = look
    smoothing = settings.data.weights.labelSmoothing
    let input: SequenceModelConfiguration.Input =
      switch (words?.vocabulary.count, settings.model.embedding) {
      case (nil, _): .vectors(width: width ?? 1)
      case (let count?, let size) where form.usesTrigrams:
        .bags(vocabulary: count, embedding: size)
      case (let count?, let size): .tokens(vocabulary: count, embedding: size)
      }
    core = SequenceCore(
      SequenceModel(
        SequenceModelConfiguration(
          input: input, inputDropout: settings.model.inputDropout,
          stack: try settings.model.stack.configuration(inputSize: input.size),
          selfAttention: .init(rawValue: settings.model.selfAttention),
          pooling: .init(rawValue: settings.model.pooling) ?? .last,
          head: form.isMultiLabel ? .sigmoid(labels: labels.count) : .softmax(classes: labels.count)
        ), further: words?.further, freezesTokens: settings.data.vectors.freezeEmbeddings,
        precision: try settings.train.checkedPrecision),
      words: words, team: workplace.team)
  }

  public func begin(seed: UInt64) throws {
    parameters.allocate(seed: seed)
    guard let outside, let table = core.model.table else { return }
    outside.begin(table)
    parameters.pack()
  }

  public var artifacts: [Artifact] {
    [Artifact(RunFolder.labelsName, labels, change: "its labels are others")]
      + (vocabulary.map {
        [Artifact(RunFolder.vocabularyName, $0, change: "its vocabulary is another")]
      } ?? [seriesFacts.artifact]) + (words?.further.map { [$0.artifact] } ?? [])
      + (form.subwords.map {
        [
          Artifact(
            "\(RunFolder.tokenizerPrefix)\(Self.tokenizerName).json", $0,
            change: "its subwords are others")
        ]
      } ?? [])
  }

  /// Of the file of subwords.
  private static let tokenizerName = "texts"

  public var namedAxes: [NamedAxis] {
    let outputs = parameters.rows(
      of: ["output.weight", "output.bias"], kind: "label", labels.names)
    guard let vocabulary else { return outputs }
    return outputs
      + parameters.rows(
        of: ["embedding.weight"], kind: form.tokenKind, vocabulary.tokens)
  }

  public var summary: String {
    let kind = form.subwords == nil ? vocabulary?.kind.rawValue : "subword"
    return "\(labels.count) labels"
      + (vocabulary.map { ", \($0.count) \(kind ?? "") tokens" } ?? "")
      + [outside?.summary, look].compactMap(\.self).map { ", \($0)" }.joined()
  }
}

extension RunFolder {
  /// Columns of what the first recurrent layer reads; nil where these are rows of a table, for tokens.
  ///
  /// The weights say so, not the vocabulary beside them, which may be lost.
  func inputWidth() throws -> Int? {
    let weights = try SafetensorsFile.open(model)
    guard weights.tensors["embedding.weight"] == nil else { return nil }
    return try weights.tensor("rnn.weight_ih_l0").shape.last ?? 1
  }
}
