/// A tag taken apart at its first hyphen: where in a span a token stands, and the span's type.
struct Tag: Equatable {
  static let outside = Tag("O")

  /// B, I, E, S or O; any other text is kept, and marks a tag of no scheme.
  let position: Substring
  let type: Substring

  /// All letters are read as those of IOBES: M as I, L as E, U and W as S.
  init(_ text: String) {
    let letter = Self.letter(of: text)
    position =
      switch letter {
      case "M": "I"
      case "L": "E"
      case "U", "W": "S"
      default: letter
      }
    type = text[letter.endIndex...].dropFirst()
  }

  /// Whether it marks a token of a span, with a type or without.
  var isOfSpan: Bool { ["B", "I", "E", "S"].contains(position) }

  /// What stands before the first hyphen.
  static func letter(of text: String) -> Substring { text.prefix { $0 != "-" } }
}

/// Tokens that a tagger marks as one thing of a type: a chunk, an entity, a slot.
package struct TagSpan: Hashable, Sendable {
  package let type: String
  package let tokens: Range<Int>

  package init(type: String, tokens: Range<Int>) {
    self.type = type
    self.tokens = tokens
  }

  /// The spans that conlleval sees in the tags of one sentence, whichever scheme they follow.
  ///
  /// A stray I or E opens a span; a change of type closes one and opens the next.
  /// Source: conlleval.pl by Erik Tjong Kim Sang (2004-01-26), with S as in seqeval.
  package static func spans(in tags: [String]) -> [TagSpan] {
    var spans: [TagSpan] = []
    var open: (type: Substring, start: Int)?
    var previous = Tag.outside
    for index in 0...tags.count {
      let tag = index < tags.count ? Tag(tags[index]) : .outside
      if ends(previous, before: tag), let span = open {
        spans.append(TagSpan(type: String(span.type), tokens: span.start..<index))
        open = nil
      }
      if starts(tag, after: previous) { open = (tag.type, index) }
      previous = tag
    }
    return spans
  }

  private static func ends(_ previous: Tag, before tag: Tag) -> Bool {
    switch previous.position {
    case "O": false
    case "E", "S": true
    case "B", "I": ["B", "S", "O"].contains(tag.position) || previous.type != tag.type
    default: previous.type != tag.type
    }
  }

  private static func starts(_ tag: Tag, after previous: Tag) -> Bool {
    switch tag.position {
    case "O": false
    case "B", "S": true
    case "I", "E": ["O", "E", "S"].contains(previous.position) || previous.type != tag.type
    default: previous.type != tag.type
    }
  }
}
