extension TagScheme {
  /// Whether `tag` may stand after `previous`. Nil is the sentence's beginning, or its end.
  ///
  /// Tags must belong to the scheme; what two neighbours tell is all that the scheme asks for.
  package func allows(_ tag: String?, after previous: String?) -> Bool {
    let (before, tag) = (previous.map(Tag.init) ?? .outside, tag.map(Tag.init) ?? .outside)
    let isSameType = before.type == tag.type
    let isInside = before.position == "B" || before.position == "I"
    switch family {
    case .iob1: return tag.position != "B" || isInside && isSameType
    case .iob2: return tag.position != "I" || isInside && isSameType
    default:
      // A span that was begun goes on, and nothing else does.
      let goesOn = tag.position == "I" || tag.position == "E"
      return goesOn == isInside && (!goesOn || isSameType)
    }
  }
}
