import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Networks
import Parallel

/// A trained translator as its run folder keeps it.
package struct TrainedTranslator: TrainedModel {
  private let configuration: ResolvedConfiguration
  private let language: TranslationLanguage
  private let model: Translator<Float>
  private let team: WorkerTeam
  private let decoder: TranslationDecoder<Float>
  private var options = BeamSearchOptions()
  private var showsAlignment = false
  private var plot: URL?

  package init(_ folder: RunFolder, team: WorkerTeam) throws {
    configuration = try TranslationJob.configuration(of: folder)
    language = try TranslationLanguage(configuration, in: folder)
    model = try TranslationLanguage.model(configuration, language, seed: 0)
    try folder.restoreModel(model.parameters)
    self.team = team
    decoder = TranslationDecoder(model, team: team)
  }

  package mutating func decode(_ options: DecodingOptions) throws {
    guard options.languageModel == nil, !options.showsPath, options.bonus == 0 else {
      throw UserError.usage(
        "--lm, --insertion-bonus and --show-path are for transcribers",
        hint: "drop them for this run")
    }
    let count = options.count ?? 1
    let width = options.beam > 0 ? options.beam : count
    guard count <= width else {
      throw UserError.usage(
        "--n-best \(count) of a beam of \(width)", hint: "use --beam \(count) or more")
    }
    guard model.configuration.attention != nil || !options.showsAlignment && options.plot == nil
    else {
      throw UserError.usage(
        "the run has no attention, so there is no alignment to show",
        hint: "train with --attention general")
    }
    (showsAlignment, plot) = (options.showsAlignment, options.plot)
    self.options = BeamSearchOptions(
      width: width, lengthPenalty: options.lengthPenalty ?? 1, count: count,
      keepsWeights: showsAlignment || plot != nil)
  }

  /// - Parameter files: one of pairs, or one of sources and one of targets.
  package func evaluate(_ files: [URL]) throws -> Evaluation {
    guard files.count == 1 || files.count == 2 else {
      throw UserError.usage(
        "found \(files.count) paths, expected one file of pairs, or one of sources and one of "
          + "targets", hint: "name them with --data FILE [FILE]")
    }
    let texts = try TranslationCorpus.read(configuration, files)
    let data = try TranslationData(texts, Array(0..<texts.count), language)
    let (nats, tokens) = TranslationReader(model, team: team).read(data)
    var scores = TranslationScores(nats: nats, tokens: tokens)
    let found = decoder.decode((0..<data.count).map { Array(data.sources[$0]) }, options) {
      language.longestTarget(sourceCount: data.sources[$0].count)
    }
    for (index, targets) in found.enumerated() {
      scores.add(
        words: SentenceWords.words(of: texts.sources[index]).count,
        reference: data.references[index],
        hypothesis: targets.first.map { language.target.decode($0.tokens) } ?? "")
    }
    return scores.evaluation
  }

  /// A text a line. An empty line stays empty.
  package func predict(
    _ nextLine: () throws -> String?, emit: (Prediction) throws -> Void
  ) throws {
    while let line = try nextLine() {
      let text = line.trimmingCharacters(in: .whitespaces)
      let ids = try language.encodeSource(text)
      guard !ids.isEmpty else {
        try emit(
          Prediction(
            text: "",
            json: .object([.init("source", .string(text)), .init("translation", .string(""))])))
        continue
      }
      let found = decoder.decode([ids], options) { _ in
        language.longestTarget(sourceCount: ids.count)
      }[0]
      try emit(prediction(text, ids, found))
    }
  }

  private func prediction(
    _ text: String, _ ids: [Int32], _ found: [FoundTarget]
  ) throws -> Prediction {
    let source = inReadingOrder(ids).map(language.source.spelling)
    let targets = found.map { Target($0, language, source: source, inReadingOrder) }
    if let plot, let first = targets.first {
      try AtomicFile.write(
        AlignmentPlot(source: source, target: first.tokens, weights: first.weights).svg, to: plot)
    }
    let lines = targets.enumerated().flatMap { rank, target in
      (options.count > 1
        ? ["\(rank + 1)\t\(String(format: "%.4f", target.found.score))\t\(target.text)"]
        : [target.text]) + (showsAlignment ? target.table : [])
    }
    var members: [JSONValue.Member] = [
      .init("source", .string(text)), .init("translation", .string(targets.first?.text ?? "")),
    ]
    if let first = targets.first {
      members += [
        .init("log_probability", .number(first.found.logProbability)),
        .init("score", .number(first.found.score)),
      ]
    }
    if showsAlignment, let first = targets.first {
      members += [
        .init("source_tokens", .array(source.map { .string($0) })),
        .init("target_tokens", .array(first.tokens.map { .string($0) })),
        .init(
          "alignment", .array(first.weights.map { .array($0.map { .number(Double($0)) }) })),
      ]
    }
    if options.count > 1 {
      members.append(
        .init(
          "n_best",
          .array(
            targets.map {
              .object([
                .init("translation", .string($0.text)),
                .init("log_probability", .number($0.found.logProbability)),
                .init("score", .number($0.found.score)),
              ])
            })))
    }
    return Prediction(text: lines.joined(separator: "\n"), json: .object(members))
  }

  /// What belongs to the tokens of a source, in the order of the text.
  private func inReadingOrder<Element>(_ elements: [Element]) -> [Element] {
    language.reversesSource ? elements.reversed() : elements
  }

  /// A target with all that is shown of it.
  private struct Target {
    let found: FoundTarget
    let text: String
    /// The stop symbol at the end.
    let tokens: [String]
    /// `[tokens][source]`.
    let weights: [[Float]]
    /// A line of source tokens, then one a token of the target.
    let table: [String]

    init(
      _ found: FoundTarget, _ language: TranslationLanguage, source: [String],
      _ inReadingOrder: ([Float]) -> [Float]
    ) {
      self.found = found
      text = language.target.decode(found.tokens)
      tokens =
        found.tokens.map(language.target.spelling) + (found.isComplete ? ["</s>"] : [])
      weights = found.weights.map(inReadingOrder)
      table =
        [([""] + source).joined(separator: "\t")]
        + zip(tokens, weights).map { token, row in
          ([token] + row.map { String(format: "%.2f", $0) }).joined(separator: "\t")
        }
    }
  }
}
