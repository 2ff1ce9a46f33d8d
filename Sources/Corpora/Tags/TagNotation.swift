/// How the tags of a file stand for spans: a scheme, and whether spans have types.
package struct TagNotation: Sendable, Equatable {
  package let scheme: TagScheme
  /// Whether a tag says what its span is: `B-PER`; else it is a letter, as for words of characters.
  package let isTyped: Bool

  package init(_ scheme: TagScheme, isTyped: Bool = true) {
    self.scheme = scheme
    self.isTyped = isTyped
  }

  /// Tags that stand for nothing here, such as `o`, `0` or `X` among `B-PER`, as tags outside of spans.
  package func readable(_ tags: [String]) -> [String] { tags.map { canRead($0) ? $0 : "O" } }

  /// The spans that conlleval sees, whatever cannot be read left out.
  package func spans(in tags: [String]) -> [TagSpan] { TagSpan.spans(in: readable(tags)) }

  /// A sentence's tags written in `target`.
  package func converted(_ tags: [String], to target: TagScheme) -> [String] {
    target.tags(spans(in: tags), count: tags.count)
  }

  /// The tokens whose tag breaks the notation: those that are written otherwise when the spans that
  /// conlleval sees are written down in it.
  package func breaks(in tags: [String]) -> [Int] {
    let proper = converted(tags, to: scheme)
    return tags.indices.filter { Tag(tags[$0]) != Tag(proper[$0]) }
  }

  private func canRead(_ tag: String) -> Bool { tag == "O" || Self.isOfSpan(tag, isTyped: isTyped) }

  private static func isOfSpan(_ tag: String, isTyped: Bool) -> Bool {
    let tag = Tag(tag)
    return tag.isOfSpan && tag.type.isEmpty != isTyped
  }

  // MARK: Finding it

  /// The notation of a corpus, by what most of its tags say: nil unless more than half of the tags but
  /// `O` stand for spans, or all but a hundredth where they have no types. Of the schemes it is the one
  /// that the fewest tags break, of equals the first of `TagScheme.allCases` after IOB2.
  package static func detect(in triples: TagTriples) -> TagNotation? { detect(triples.all) }

  private static func detect(_ triples: [TagTriples.Triple]) -> TagNotation? {
    var counts: [String: Int] = [:]
    for triple in triples { counts[triple.tag, default: 0] += triple.count }
    guard let isTyped = isTyped(counts) else { return nil }
    var fitting: [TagScheme: [Substring: Int]] = [:]
    for triple in triples {
      let (tag, place) = (triple.tag, triple.place)
      let readable = TagNotation(.iob2, isTyped: isTyped).readable(triple.tags)
      let spans = TagSpan.spans(in: readable)
      for family in [TagScheme.iob1, .iob2, .iobes]
      where tag == readable[place]
        && Tag(tag) == Tag(family.tags(spans, count: readable.count)[place])
      {
        fitting[family, default: [:]][Tag.letter(of: tag), default: 0] += triple.count
      }
    }
    func fit(_ scheme: TagScheme) -> Int {
      (fitting[scheme.family] ?? [:]).reduce(0) {
        $0 + (scheme.positions.contains($1.key) ? $1.value : 0)
      }
    }
    let others = TagScheme.allCases.filter { $0 != .iob2 }
    return TagNotation(
      others.reduce(.iob2) { fit($1) > fit($0) ? $1 : $0 }, isTyped: isTyped)
  }

  /// Whether most tags have types; nil if they stand for no spans.
  private static func isTyped(_ counts: [String: Int]) -> Bool? {
    let all = counts.reduce(0) { $0 + ($1.key == "O" ? 0 : $1.value) }
    func count(isTyped: Bool) -> Int {
      counts.reduce(0) { $0 + (isOfSpan($1.key, isTyped: isTyped) ? $1.value : 0) }
    }
    if all == 0 || 2 * count(isTyped: true) > all { return true }
    let begins = counts["B"] != nil || counts["I"] != nil && counts["O"] != nil
    return begins && 100 * count(isTyped: false) >= 99 * all ? false : nil
  }

  /// What `detect` would find if tags were in capitals, with hyphens; nil where it finds something as
  /// they are, or even so nothing. The first is a tag, the second what it would have to be.
  package static func lookalike(in triples: TagTriples) -> (String, String)? {
    func spelt(_ tag: String) -> String {
      let parts = tag.split(
        maxSplits: 1, omittingEmptySubsequences: false, whereSeparator: { "-_".contains($0) })
      return parts.enumerated().map { $0 == 0 ? $1.uppercased() : String($1) }.joined(
        separator: "-")
    }
    guard detect(in: triples) == nil, detect(triples.spelt(spelt)) != nil,
      let first = triples.all.first(where: { spelt($0.tag) != $0.tag && $0.tag.count > 1 })
    else { return nil }
    return (first.tag, spelt(first.tag))
  }
}
