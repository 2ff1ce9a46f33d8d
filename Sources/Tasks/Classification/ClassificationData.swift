import Compute
import Corpora
import Foundation
import Runs

/// Texts or series of numbers with their classes, as a file holds them.
public struct ClassificationData: CountedSource, Sendable {
  package enum Content: Sendable {
    case texts(LabelledTexts)
    case series(LabelledSeries)
  }

  package let content: Content
  package let labels: LabelSet

  /// Reads what the path looks like: a folder of `LABEL.txt`, IDX images where their labels have a file
  /// of their own, otherwise what `ExampleForm` finds.
  ///
  /// - Parameters:
  ///   - form: what the configuration says of the data.
  ///   - known: the labels of the training; nil takes those found.
  package static func read(
    _ url: URL, labels labelsURL: URL?, form: ClassificationForm, known: LabelSet? = nil
  ) throws -> ClassificationData {
    if let labelsURL {
      return try ClassificationData(
        LabelledSeries.read(
          images: url, labels: labelsURL, features: form.series.features, known: known))
    }
    if try ExampleForm.of(url, series: form.series, texts: form.columns) == .series {
      return try ClassificationData(
        LabelledSeries.read(file: url, form.series, firstColumn: .label(known: known)))
    }
    return try ofTexts([url], form, known)
  }

  private static func ofTexts(
    _ urls: [URL], _ form: ClassificationForm, _ known: LabelSet?
  ) throws -> ClassificationData {
    let texts = try LabelledTexts.read(
      urls, labels: known, admitsUnseen: true, separator: form.isMultiLabel ? "," : nil,
      columns: form.columns)
    return ClassificationData(
      content: .texts(form.usesTrigrams ? try texts.skipping(where: form.isEmpty) : texts),
      labels: texts.labels)
  }

  /// Reads several files or folders, one behind the other. Throws a usage `UserError` for texts beside series.
  package static func read(
    _ urls: [URL], form: ClassificationForm, known: LabelSet? = nil
  ) throws -> ClassificationData {
    guard urls.count > 1 else { return try read(urls[0], labels: nil, form: form, known: known) }
    let areSeries = try urls.map {
      try ExampleForm.of($0, series: form.series, texts: form.columns) == .series
    }
    if let other = areSeries.firstIndex(where: { $0 != areSeries[0] }) {
      throw UserError.usage(
        "'\(urls[0].relativePath)' and '\(urls[other].relativePath)' are not both of texts or both of "
          + "series", hint: "name files of one form")
    }
    guard areSeries[0] else { return try ofTexts(urls, form, known) }
    let parts = try urls.map {
      ($0, try LabelledSeries.read(file: $0, form.series, firstColumn: .label(known: known)))
    }
    return try ClassificationData(LabelledSeries.joined(parts, known: known))
  }

  private init(content: Content, labels: LabelSet) {
    self.content = content
    self.labels = labels
  }

  private init(_ series: LabelledSeries) throws {
    guard case .classes(_, let labels) = series.targets else {
      preconditionFailure("series without classes")
    }
    self.init(content: .series(series), labels: labels)
  }

  public var count: Int {
    switch content {
    case .texts(let texts): texts.count
    case .series(let series): series.count
    }
  }

  /// The class of each example, the first where there are several or -1 where there is none: what a
  /// split is balanced by.
  var classes: LongList<Int32> {
    get throws {
      switch content {
      case .texts(let texts): try texts.firstLabels
      case .series(let series): series.classIDs
      }
    }
  }

  public func divided(
    _ heldOut: HeldOut
  ) throws -> (training: ClassificationData, validation: ClassificationData?) {
    try heldOut.parts(of: count, strata: classes, choosing)
  }

  /// Empty labels and those seen once, in sentences.
  public var warnings: [String] {
    switch content {
    case .texts(let texts): texts.labelCounts.warnings("the training data")
    case .series(let series): LabelCounts(labels, series.classIDs).warnings("the training data")
    }
  }

  /// Examples that were passed over and labels that were never trained, in sentences.
  public var faults: [String] {
    switch content {
    case .texts(let texts): texts.faults
    case .series(let series): series.faults
    }
  }

  /// Throws a `UserError` for a label that could be one or several, where nobody says which it is, and for
  /// several labels a series.
  ///
  /// - Parameters:
  ///   - multiLabel: whether commas separate labels.
  ///   - files: that were read; folders have a label a file.
  func checkLabels(_ multiLabel: Setting<Bool>, of files: [URL]) throws {
    let isOfTexts = width == nil
    guard isOfTexts || !multiLabel.wrappedValue else {
      throw UserError.usage(
        "--multi-label is for texts, but the data are series, which have a label each",
        hint: "drop it")
    }
    guard !multiLabel.isGiven, files.contains(where: { !$0.isFolder }),
      let label = labels.names.first(where: { $0.contains(",") })
    else { return }
    throw UserError(
      "the label '\(label)' holds a comma: is it one label, or are they several?",
      hint: (isOfTexts ? "for several, separated by commas, add --multi-label; " : "")
        + "for one, --no-multi-label")
  }

  /// How a table was found to be written, in words; nil for nothing to tell.
  var look: String? {
    switch content {
    case .texts(let texts): texts.look
    case .series(let series): series.look
    }
  }

  /// What the first row of a table calls its columns of numbers; empty where it names none.
  var columnNames: [String] { if case .series(let series) = content { series.names } else { [] } }

  public var placeOfExample: (Int) -> String {
    if case .texts(let texts) = content { return texts.placeOfText }
    return { "example \($0 + 1)" }
  }

  public func subset(_ indices: [Int]) throws -> ClassificationData {
    try choosing(LongList(indices))
  }

  private func choosing(_ indices: LongList<Int>) throws -> ClassificationData {
    switch content {
    case .texts(let texts):
      ClassificationData(content: .texts(try texts.choosing(indices)), labels: labels)
    case .series(let series):
      ClassificationData(content: .series(try series.subset(indices)), labels: labels)
    }
  }

  /// Numbers a step; nil for texts.
  @inline(never)  // Swift 6.3.1 crashes in optimising what would contain it.
  var width: Int? { if case .series(let series) = content { series.sequences.width } else { nil } }

  /// The vocabulary of the texts, of trigrams where words are spelt by them; nil for series.
  ///
  /// - Parameter threads: that count.
  func vocabulary(_ form: ClassificationForm, threads: Int) throws -> Vocabulary? {
    guard case .texts(let texts) = content else { return nil }
    if form.usesTrigrams {
      let words = texts.texts.lazy.map(form.prepare).flatMap(ClassificationForm.words)
      return try LetterTrigrams(words: Set(words).sorted(), limits: form.limits).vocabulary
    }
    return try Vocabulary.of(
      texts.texts, kind: form.tokens, limits: form.limits, threads: threads, prepare: form.prepare)
  }

  /// The subwords that texts are read in, where they are: those of a file, or learnt from the texts.
  func subwords(_ data: ClassificationSettings.Data) throws -> SubwordTokenizer? {
    guard case .texts(let texts) = content, data.tokens == ClassificationForm.subwordKind else {
      return nil
    }
    if let url = URL(named: data.tokenizer) { return try SubwordTokenizer(contentsOf: url) }
    return try .learnt(
      from: texts.texts.lazy.map { data.lowercase ? $0.lowercased() : $0 },
      size: data.vocabularySize > 0 ? data.vocabularySize : nil)
  }

  /// What a model is to know of the series; nothing for texts.
  func facts(_ form: ClassificationForm) -> SeriesFacts {
    guard case .series(let series) = content else { return SeriesFacts() }
    return SeriesFacts(series, standardizes: form.standardizes)
  }

  /// All examples as a model reads them.
  ///
  /// - Parameter threads: that look tokens up.
  func dataset(
    _ words: KnownWords?, form: ClassificationForm, facts: SeriesFacts, threads: Int
  ) throws -> SequenceDataset {
    switch content {
    case .series(let series):
      return SequenceDataset(
        .vectors(try facts.scaled(series.sequences)),
        .classes(series.classIDs, count: labels.count),
        unseen: series.unseen.names)
    case .texts(let texts):
      guard let words else { preconditionFailure("texts without a vocabulary") }
      return SequenceDataset(
        try form.inputs(texts.texts, words, threads: threads, place: texts.place),
        form.isMultiLabel
          ? .labels(try RaggedList(storing: texts.labelIDs), count: labels.count)
          : .classes(try texts.classes, count: labels.count), unseen: texts.unseen.names)
    }
  }
}

/// How labelled data is read.
package struct ClassificationForm: Sendable {
  package let tokens: TokenKind
  package let limits: VocabularyLimits
  package let isLowercased: Bool
  let division: WordDivision
  /// Into which texts are cut: their spellings are the words of the vocabulary then.
  var subwords: SubwordTokenizer?
  /// Words are bags of letter trigrams.
  package let usesTrigrams: Bool
  /// Without `features`: 1 of a table, a row of an image.
  package var series: SeriesForm
  package let columns: TextColumns
  /// Whether channels of series are brought to one scale.
  let standardizes: Bool
  package let isMultiLabel: Bool

  /// The name of subwords among `data.tokens`.
  static let subwordKind = TokenKind.subword.rawValue

  init(_ data: ClassificationSettings.Data) {
    let kind = TokenKind(rawValue: data.tokens) ?? .word
    tokens = kind == .subword ? .word : kind
    limits =
      data.tokens == Self.subwordKind
      ? VocabularyLimits()
      : VocabularyLimits(
        size: data.vocabularySize > 0 ? data.vocabularySize : nil, minimumCount: data.minCount)
    usesTrigrams = data.encode == "trigrams"
    isLowercased = data.lowercase
    division = WordDivision(rawValue: data.split) ?? .blank
    series = data.series.form(
      features: data.features > 0 ? data.features : nil, labelColumn: data.labelColumn)
    standardizes = data.series.standardize
    columns = TextColumns(
      text: data.textColumn.isEmpty ? nil : data.textColumn, label: series.labelColumn,
      separator: series.separator)
    isMultiLabel = data.multiLabel
  }

  /// Likewise, of tables whose columns the training called `names`.
  func naming(_ names: [String]) -> ClassificationForm {
    var form = self
    form.series.names = names
    return form
  }

  package func prepare(_ text: String) -> String {
    let text = isLowercased ? text.lowercased() : text
    return subwords?.spelt(text) ?? division.divided(text)
  }

  /// What a token is, in a word.
  var tokenKind: String {
    usesTrigrams ? "trigram" : subwords == nil ? tokens.rawValue : "subword"
  }

  /// Whether a text gives no step.
  func isEmpty(_ text: String) -> Bool { usesTrigrams && Self.words(prepare(text)).isEmpty }

  /// Whether a word, or a character, may be looked up as it stands in a file of vectors.
  func canBeAsked(_ token: String) -> Bool {
    prepare(token).utf8.elementsEqual(token.utf8)
      && (tokens == .word || token.unicodeScalars.count == 1)
  }

  /// The texts as a model reads them. Throws a `UserError` that names the place of a text without a
  /// token.
  func inputs(
    _ texts: some RandomAccessCollection<String>, _ words: KnownWords, threads: Int = 1,
    place: @escaping (Int) -> String
  ) throws -> SequenceDataset.Inputs {
    guard usesTrigrams else {
      return .ids(
        try IDSequences(texts, threads: threads, place: place) { try words.encode(prepare($0)) })
    }
    let trigrams = LetterTrigrams(words.vocabulary)
    var sequences = BagSequences()
    for (index, text) in texts.enumerated() {
      let words = Self.words(prepare(text))
      guard !words.isEmpty else {
        throw UserError(
          "\(place(index)): a sequence of length zero, expected at least one word",
          hint: "remove it")
      }
      try sequences.append(words.map(trigrams.ids))
    }
    return .bags(sequences)
  }

  static func words(_ text: String) -> [String] {
    text.split(whereSeparator: \.isWhitespace).map(String.init)
  }

  /// How many words a text has. What is white space takes a hundred times as long to ask of a character
  /// as of a byte.
  static func wordCount(_ text: String) -> Int {
    guard text.utf8.allSatisfy({ $0 < 0x80 }) else { return words(text).count }
    var (count, isInWord) = (0, false)
    for byte in text.utf8 {
      let belongs = byte != 0x20 && byte &- 9 >= 5
      count += belongs && !isInWord ? 1 : 0
      isInWord = belongs
    }
    return count
  }
}
