import Compute
import Foundation
import Measures
import Networks
import Runs

extension TranslationTask: Decoding {
  public struct Query {
    let text: String
    let ids: [Int32]
  }

  package func decode(_ options: DecodingOptions) throws {
    decoding = try TranslationDecoding(
      options, language, hasAttention: model.configuration.attention != nil)
  }

  /// A text a line.
  public func queries() -> any QueryReader<Query> {
    LineQueries { [self] line, place in
      let text = line.trimmingCharacters(in: .whitespaces)
      return Query(text: text, ids: try language.encodeSource(text, at: place))
    } odd: { line, place in
      line.contains("\t")
        ? UserError("\(place): what stands behind the tab is read as a part of the source") : nil
    }
  }

  /// An empty text stays empty.
  public func predict(_ queries: [Query]) throws -> [Prediction] {
    let filled = queries.indices.filter { !queries[$0].ids.isEmpty }
    var found = [[FoundTarget]](repeating: [], count: queries.count)
    for (index, targets) in zip(filled, targets(of: filled.map { queries[$0].ids })) {
      found[index] = targets
    }
    let shown = zip(queries, found).map { query, targets in
      ShownTranslation(query.text, query.ids, targets, language, decoding)
    }
    if let url = decoding.plot, let plot = shown.lazy.reversed().compactMap(\.plot).first {
      try AtomicFile.write(plot.svg, to: url)
    }
    return shown.map(\.prediction)
  }

  /// What is found for sources, none of which is empty, by the search that was asked for.
  func targets(of sources: [[Int32]]) -> [[FoundTarget]] {
    decoder.decode(sources, decoding.search) {
      language.longestTarget(sourceCount: sources[$0].count)
    }
  }
}

extension TranslationTask: Ensembling {
  package func join(_ others: [TranslationTask]) throws {
    guard others.allSatisfy({ $0.language.reversesSource == language.reversesSource }) else {
      throw UserError.usage(
        "some of the runs read sources backward and some do not",
        hint: "name runs with the same model.reverse_source")
    }
    decoder.others = others.map(\.decoder)
  }
}

/// How targets are searched for, and what is shown of them.
struct TranslationDecoding {
  var search = BeamSearchOptions()
  var showsAlignment = false
  /// Where to draw what each token looked at, of the last text.
  var plot: URL?
  /// Nil: they are written as `<unk>`.
  private var unknownWords: UnknownWords?

  init() {}

  /// The text of a target that was found for `source`, a text.
  func text(_ found: FoundTarget, of source: String, _ language: TranslationLanguage) -> String {
    unknownWords?.text(found, of: source, language) ?? language.target.decode(found.tokens)
  }

  /// Throws a usage `UserError` unless the options make sense for a translator.
  init(_ options: DecodingOptions, _ language: TranslationLanguage, hasAttention: Bool) throws {
    try options.check(
      for: "translators",
      allowed: [
        "--beam", "--length-penalty", "--n-best", "--alignment", "--alignment-plot",
        "--replace-unknown",
      ])
    let count = options.count ?? 1
    let width = options.beam > 0 ? options.beam : count
    guard count <= width else {
      throw UserError.usage(
        "--n-best \(count) of a beam of \(width)", hint: "use --beam \(count) or more")
    }
    guard width > 1 || options.lengthPenalty == nil else {
      throw UserError.usage(
        "--length-penalty compares hypotheses, but a greedy search has one", hint: "add --beam 5")
    }
    let needsWeights =
      options.showsAlignment || options.plot != nil || options.replacement != nil
    guard hasAttention || !needsWeights else {
      throw UserError.usage(
        "the run has no attention, so there is no alignment to show or to copy along",
        hint: "train with --attention general")
    }
    unknownWords = try options.replacement.map { try UnknownWords($0, language) }
    (showsAlignment, plot) = (options.showsAlignment, options.plot)
    search = BeamSearchOptions(
      width: width, lengthPenalty: options.lengthPenalty ?? 1, count: count,
      keepsWeights: needsWeights)
  }
}
