/// A field of a table that is written, as RFC 4180 has it.
package enum CSVField {
  /// `text`, in quotes where it holds one, a line break or what stands between fields.
  package static func written(_ text: String, separator: UnicodeScalar = ",") -> String {
    guard
      text.unicodeScalars.contains(where: {
        "\"\n\r".unicodeScalars.contains($0) || $0 == separator
      })
    else { return text }
    // Scalar by scalar: a quote with an accent upon it is a quote all the same.
    var result = "\"".unicodeScalars
    for scalar in text.unicodeScalars { result += scalar == "\"" ? [scalar, scalar] : [scalar] }
    return String(result) + "\""
  }
}
