extension JSONValue {
  /// JSON with a line for every member and element, two blanks a level: the form that people read
  /// and that Rust's serde writes.
  package var indented: String {
    var text = ""
    writeIndented(to: &text, "\n")
    return text
  }

  /// `lineStart`: a line feed and the blanks of this level.
  private func writeIndented(to text: inout String, _ lineStart: String) {
    switch self {
    case .array(let values) where !values.isEmpty:
      text += "["
      for (index, value) in values.enumerated() {
        text += (index > 0 ? "," : "") + lineStart + "  "
        value.writeIndented(to: &text, lineStart + "  ")
      }
      text += lineStart + "]"
    case .object(let members) where !members.isEmpty:
      text += "{"
      for (index, member) in members.enumerated() {
        text += (index > 0 ? "," : "") + lineStart + "  "
        Self.quote(member.name, into: &text)
        text += ": "
        member.value.writeIndented(to: &text, lineStart + "  ")
      }
      text += lineStart + "}"
    default: text += description
    }
  }
}
