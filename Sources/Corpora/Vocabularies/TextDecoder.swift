/// Turns token ids back into text, one at a time, so that a sampled text can be printed as it grows.
///
/// Characters follow each other (`<unk>` prints as U+FFFD). Words are joined by single spaces and
/// `<eos>` is a line feed. Bytes, of subwords too, come out when they complete a UTF-8 scalar; ill-formed
/// ones as U+FFFD.
package struct TextDecoder: Sendable {
  private let vocabulary: Vocabulary
  private var pending: [UInt8] = []
  private var isLineStart = true

  package init(_ vocabulary: Vocabulary) { self.vocabulary = vocabulary }

  /// The text that `id` adds. `id` must be below the vocabulary's `count`.
  package mutating func append(_ id: Int32) -> String {
    precondition(
      id >= 0 && Int(id) < vocabulary.count, "token \(id) outside 0..<\(vocabulary.count)")
    switch vocabulary.kind {
    case .character:
      return id == vocabulary.unknownID ? "\u{FFFD}" : vocabulary.tokens[Int(id)]
    case .word:
      if id == vocabulary.endOfSentenceID {
        isLineStart = true
        return "\n"
      }
      defer { isLineStart = false }
      return isLineStart ? vocabulary.tokens[Int(id)] : " " + vocabulary.tokens[Int(id)]
    case .byte:
      pending.append(UInt8(id))
      return takeDecodedBytes(atEnd: false)
    case .subword:
      pending += vocabulary.subwords?.bytes(of: id) ?? []
      return takeDecodedBytes(atEnd: false)
    }
  }

  /// The text that was held back because it might have gone on: an unfinished UTF-8 scalar.
  package mutating func finish() -> String { takeDecodedBytes(atEnd: true) }

  private mutating func takeDecodedBytes(atEnd: Bool) -> String {
    var text = ""
    var position = 0
    pending.withUnsafeBufferPointer { bytes in
      guard let start = bytes.baseAddress else { return }
      while position < bytes.count {
        switch UTF8Step(start + position, available: bytes.count - position) {
        case .scalar(let value, let length):
          text.unicodeScalars.append(Unicode.Scalar(value) ?? "\u{FFFD}")
          position += length
        case .invalid(let length):
          text.unicodeScalars.append("\u{FFFD}")
          position += length
        case .truncated:
          guard atEnd else { return }
          text.unicodeScalars.append("\u{FFFD}")
          position = bytes.count
        }
      }
    }
    pending.removeFirst(position)
    return text
  }
}
