/// How spans are written as one tag a token.
package enum TagScheme: String, Sendable, CaseIterable {
  /// I for a span's tokens; B only where a span touches a previous one of the same type.
  case iob1
  /// B for a span's first token, I for the others.
  case iob2
  /// B, I, E for the first, inner and last tokens, S for a span of one token. BILOU is the same with
  /// other letters, and is read.
  case iobes

  /// The tags of a sentence of `count` tokens that holds `spans`, which are ordered and apart.
  package func tags(_ spans: [TagSpan], count: Int) -> [String] {
    var tags = [String](repeating: "O", count: count)
    var previous: TagSpan?
    for span in spans {
      for index in span.tokens {
        let isFirst = index == span.tokens.lowerBound
        let isLast = index == span.tokens.upperBound - 1
        let position =
          switch self {
          case .iob1:
            isFirst && previous?.tokens.upperBound == index && previous?.type == span.type
              ? "B" : "I"
          case .iob2: isFirst ? "B" : "I"
          case .iobes: isFirst ? (isLast ? "S" : "B") : (isLast ? "E" : "I")
          }
        tags[index] = "\(position)-\(span.type)"
      }
      previous = span
    }
    return tags
  }

  /// The tokens whose tag breaks the scheme: those that are written otherwise when the spans that
  /// conlleval sees are written down in it.
  package func breaks(in tags: [String]) -> [Int] {
    let proper = self.tags(TagSpan.spans(in: tags), count: tags.count)
    return tags.indices.filter { Tag(tags[$0]) != Tag(proper[$0]) }
  }

  /// The scheme of a corpus: the one that the fewest tags break, IOB2 before IOB1. Nil if some tag
  /// belongs to none (such as parts of speech): there are no spans then.
  package static func detect(in sentences: some Sequence<[String]>) -> TagScheme? {
    var (iob1, iob2, isIOBES) = (0, 0, false)
    var known: Set<String> = []
    for tags in sentences {
      for tag in tags where known.insert(tag).inserted {
        let parts = Tag(tag)
        guard parts.isOfAScheme else { return nil }
        if parts.position == "E" || parts.position == "S" { isIOBES = true }
      }
      iob1 += TagScheme.iob1.breaks(in: tags).count
      iob2 += TagScheme.iob2.breaks(in: tags).count
    }
    return isIOBES ? .iobes : iob1 < iob2 ? .iob1 : .iob2
  }
}
