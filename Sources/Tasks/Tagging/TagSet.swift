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
  let scheme: TagScheme?
  /// How the model does; nil as `scheme`.
  let learnt: TagScheme?
  let isNameOnly: Bool
  /// The tags of the model.
  let labels: LabelSet

  /// Finds the tags of training sentences.
  ///
  /// Throws `UserError.usage` where the options ask for spans and the tags are none.
  init(learning corpus: TaggedCorpus, _ settings: TaggingSettings) throws {
    let (asked, learn) = (settings.data.scheme, settings.data.learn)
    let found =
      asked == "auto"
      ? TagScheme.detect(in: corpus.sentences.lazy.map(\.tags)) : TagScheme(rawValue: asked)
    isNameOnly = settings.model.head == .sigmoid
    guard found != nil || !isNameOnly && learn == "same" else {
      throw UserError.usage(
        "the tags of '\(corpus.url.path)' mark no spans, such as B-name and I-name, which "
          + (isNameOnly ? "the sigmoid head" : "data.learn") + " needs",
        hint: asked == "auto" ? "name their scheme with --scheme" : nil)
    }
    scheme = found
    learnt = isNameOnly ? .iob1 : TagScheme(rawValue: learn) ?? found
    if isNameOnly {
      labels = LabelSet(ordered: ["O", Self.nameTag])
    } else if let learnt {
      var names: Set<String> = []
      for sentence in corpus.sentences {
        names.formUnion(
          learnt.tags(TagSpan.spans(in: sentence.tags), count: sentence.tags.count))
      }
      labels = LabelSet(names)
    } else {
      labels = corpus.tags
    }
    guard labels.count > 1 else {
      throw UserError(
        "'\(corpus.url.path)' has the single tag '\(labels.names.first ?? "")', "
          + "expected at least two", hint: "tag some words otherwise")
    }
  }

  /// The tags of a file as they are to be compared with predictions.
  func truth(_ tags: [String]) -> [String] {
    isNameOnly ? tags.map { $0 == "O" ? "O" : Self.nameTag } : tags
  }

  /// The tags of a file as the model learns them.
  func learntTags(_ tags: [String]) -> [String] {
    if isNameOnly { return truth(tags) }
    guard let learnt else { return tags }
    return learnt.tags(TagSpan.spans(in: tags), count: tags.count)
  }

  /// The model's tags as files write them. What breaks the scheme is repaired on the way.
  func written(_ ids: some Sequence<Int32>) -> [String] {
    let tags = ids.map { labels.names[Int($0)] }
    guard let scheme, !isNameOnly else { return tags }
    return scheme.tags(TagSpan.spans(in: tags), count: tags.count)
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
    static let version = FileFormat(1)

    var format = Self.format
    /// Missing in files of 0.1.
    var version: Int? = Self.version.current
    let scheme: String?
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
        scheme: scheme?.rawValue, learnt: learnt?.rawValue, isNameOnly: isNameOnly,
        tags: labels.names))
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
    scheme = document.scheme.flatMap(TagScheme.init)
    learnt = document.learnt.flatMap(TagScheme.init)
    isNameOnly = document.isNameOnly
    labels = LabelSet(ordered: document.tags)
  }
}
