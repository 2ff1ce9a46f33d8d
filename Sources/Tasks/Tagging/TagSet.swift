import Autodiff
import Compute
import Corpora
import Foundation
import Runs

/// The tags that a model chooses from, and how they stand for those of files.
struct TagSet: Equatable {
  /// The type of all spans where the model only tells names from other words.
  static let nameTag = "I-NAME"

  /// How files write spans; nil: tags are no spans.
  let notation: TagNotation?
  /// How the model does; nil as `notation`.
  let learnt: TagScheme?
  let isNameOnly: Bool
  /// The tags of the model.
  let labels: LabelSet

  /// Finds the tags of training sentences.
  ///
  /// Throws `UserError.usage` where the options ask for spans and the tags are none.
  init(learning corpus: TaggedCorpus, _ settings: TaggingSettings) throws {
    let (asked, learn) = (settings.data.scheme, settings.data.learn)
    let counts = try corpus.counts()
    let triples = counts.triples
    let detected = TagNotation.detect(in: triples)
    let found =
      asked == "auto"
      ? detected
      : TagScheme(rawValue: asked).map { TagNotation($0, isTyped: detected?.isTyped ?? true) }
    isNameOnly = settings.model.head == .sigmoid
    guard found != nil || !isNameOnly && learn == "same" else {
      throw UserError.usage(
        "the tags of '\(corpus.url.path)' mark no spans, such as B-name and I-name, which "
          + (isNameOnly ? "the sigmoid head" : "data.learn") + " needs",
        hint: asked == "auto" ? "name their scheme with --scheme" : nil)
    }
    notation = found
    learnt = isNameOnly ? .iob1 : TagScheme(rawValue: learn) ?? found?.scheme
    if isNameOnly {
      labels = LabelSet(ordered: ["O", Self.nameTag])
    } else if let found, let learnt {
      labels = LabelSet(triples.all.map { found.converted($0.tags, to: learnt)[$0.place] })
    } else {
      labels = counts.tags
    }
    guard labels.count > 1 else {
      throw UserError(
        "'\(corpus.url.path)' has the single tag '\(labels.names.first ?? "")', "
          + "expected at least two", hint: "tag some words otherwise")
    }
  }

  /// Whether a word looks like a tag of a file: one of the model's or, where tags are spans, `O` or a type behind
  /// a letter of any scheme.
  func looksLikeOne(_ word: String) -> Bool {
    guard notation != nil else { return labels.id(word) != nil }
    return word == "O" || word.dropFirst().first == "-" && "BIESLUM".contains(word.prefix(1))
  }

  /// The tags of a file as they are to be compared with predictions.
  func truth(_ tags: [String]) -> [String] {
    let tags = notation?.readable(tags) ?? tags
    return isNameOnly ? tags.map { $0 == "O" ? "O" : Self.nameTag } : tags
  }

  /// A tag of a file, between its neighbours, as the model learns it.
  func learntTag(_ triple: TagTriples.Triple) -> String {
    if isNameOnly { return truth([triple.tag])[0] }
    guard let notation, let learnt else { return triple.tag }
    return notation.converted(triple.tags, to: learnt)[triple.place]
  }

  /// The model's tags as files write them. What breaks the scheme is repaired on the way.
  func written(_ ids: some Sequence<Int32>) -> [String] {
    let tags = ids.map { labels.names[Int($0)] }
    guard let notation, !isNameOnly else { return tags }
    return notation.scheme.tags(TagSpan.spans(in: tags), count: tags.count)
  }

  /// What the model's scheme forbids; nil: nothing.
  var constraints: TransitionConstraints? {
    guard let learnt else { return nil }
    let names = labels.names
    return TransitionConstraints(
      tagCount: labels.count, start: { learnt.allows(names[$0], after: nil) },
      end: { learnt.allows(nil, after: names[$0]) },
      transition: { learnt.allows(names[$1], after: names[$0]) })
  }
}

extension TagSet: FileValue {
  /// The content of `tags.json`.
  private struct Document: Codable {
    static let format = "unroll-tags"
    /// 2: more schemes than IOB1, IOB2 and IOBES, and tags without types.
    static let version = FileFormat(2)

    var format = Self.format
    /// Missing in files of 0.1.
    var version: Int? = Self.version.current
    let scheme: String?
    /// Missing in files of 0.1: true.
    let isTyped: Bool?
    let learnt: String?
    let isNameOnly: Bool
    let tags: [String]
  }

  /// Writes the set as JSON. Throws `UserError`.
  func save(to url: URL) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let data = try encoder.encode(
      Document(
        scheme: notation?.scheme.rawValue, isTyped: notation?.isTyped, learnt: learnt?.rawValue,
        isNameOnly: isNameOnly, tags: labels.names))
    try AtomicFile.write(String(decoding: data, as: UTF8.self) + "\n", to: url)
  }

  /// Reads what `save` wrote. Throws a `UserError` that names the file.
  init(contentsOf url: URL) throws {
    let data = Data(try RegularFile.contents(of: url))
    guard let document = try? JSONDecoder().decode(Document.self, from: data),
      document.format == Document.format, Set(document.tags).count == document.tags.count
    else {
      throw UserError(
        "'\(url.path)' is no file of tags", hint: "it may be damaged: train anew")
    }
    try Document.version.check(document.version, of: url)
    notation = document.scheme.flatMap(TagScheme.init).map {
      TagNotation($0, isTyped: document.isTyped ?? true)
    }
    learnt = document.learnt.flatMap(TagScheme.init)
    isNameOnly = document.isNameOnly
    labels = LabelSet(ordered: document.tags)
  }
}
