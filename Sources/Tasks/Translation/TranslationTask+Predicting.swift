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
      options, hasAttention: model.configuration.attention != nil)
  }

  /// A text a line.
  public func queries() -> any QueryReader<Query> {
    LineQueries { [self] line, place in
      let text = line.trimmingCharacters(in: .whitespaces)
      return Query(text: text, ids: try language.encodeSource(text, at: place))
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
      ShownTranslation(query.text, query.ids, targets, language)
    }
    if let url = decoding.plot, let plot = shown.lazy.reversed().compactMap(\.plot).first {
      try AtomicFile.write(plot.svg, to: url)
    }
    return shown.map { $0.prediction(decoding) }
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

  init() {}

  /// Throws a usage `UserError` unless the options make sense for a translator.
  init(_ options: DecodingOptions, hasAttention: Bool) throws {
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
    guard hasAttention || !options.showsAlignment && options.plot == nil else {
      throw UserError.usage(
        "the run has no attention, so there is no alignment to show",
        hint: "train with --attention general")
    }
    (showsAlignment, plot) = (options.showsAlignment, options.plot)
    search = BeamSearchOptions(
      width: width, lengthPenalty: options.lengthPenalty ?? 1, count: count,
      keepsWeights: showsAlignment || plot != nil)
  }
}
