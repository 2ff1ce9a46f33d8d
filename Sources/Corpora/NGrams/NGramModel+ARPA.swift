import Compute
import Foundation

extension NGramModel {
  /// Reads a file in ARPA's format, packed or not:
  ///
  /// ```
  /// \data\
  /// ngram 1=3
  /// ngram 2=1
  ///
  /// \1-grams:
  /// -0.5<TAB>the<TAB>-0.3
  /// …
  /// \end\
  /// ```
  ///
  /// a line an n-gram: log₁₀ p, its words, log₁₀ of its weight as a history, which may be missing.
  /// `<S>`, `</S>` and `<UNK>` stand for themselves in small letters where those are missing.
  ///
  /// Throws a `UserError` that names file and line.
  package init(arpa url: URL) throws {
    let reader = try LineReader(url)
    let counts = try Self.counts(reader)
    var builder = Builder()
    for order in 1...counts.count { try Self.read(order, counts, reader, into: &builder) }
    self = builder.model(order: counts.count)
  }

  /// The n-grams of each order that the head promises. The reader stands on `\1-grams:` then.
  private static func counts(_ reader: LineReader) throws -> [Int] {
    var isHead = false
    var counts: [Int] = []
    while let line = try reader.nextText()?.trimmingCharacters(in: .whitespaces) {
      if line == "\\data\\" {
        isHead = true
      } else if isHead, line.hasPrefix("ngram ") {
        let parts = line.dropFirst(6).split(separator: "=").map {
          Int($0.trimmingCharacters(in: .whitespaces))
        }
        guard parts.count == 2, parts[0] == counts.count + 1, let count = parts[1], count >= 0
        else { throw reader.error("found '\(line)', expected 'ngram \(counts.count + 1)=COUNT'") }
        counts.append(count)
      } else if isHead, line == "\\1-grams:" {
        guard !counts.isEmpty else { throw reader.error("no 'ngram 1=COUNT' stands before it") }
        return counts
      } else if isHead, !line.isEmpty {
        throw reader.error("found '\(line)', expected 'ngram N=COUNT' or '\\1-grams:'")
      }
    }
    throw reader.error(
      "the file ends without '\\data\\' and '\\1-grams:'", hint: "name a file in ARPA's format")
  }

  /// Reads the n-grams of one order, and the line that ends them.
  private static func read(
    _ order: Int, _ counts: [Int], _ reader: LineReader, into builder: inout Builder
  ) throws {
    var count = 0
    let end = order == counts.count ? "\\end\\" : "\\\(order + 1)-grams:"
    while let line = try reader.nextText() {
      let fields = line.utf8.split { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }.map(Array.init)
      if fields.isEmpty { continue }
      if fields[0].first == UInt8(ascii: "\\"), fields.count == 1 {
        let found = String(decoding: fields[0], as: UTF8.self)
        guard found == end else { throw reader.error("found '\(found)', expected '\(end)'") }
        guard count == counts[order - 1] else {
          throw reader.error(
            "found \(count) \(order)-grams, expected the \(counts[order - 1]) of the head",
            hint: "the file may have been cut")
        }
        return
      }
      guard fields.count == order + 1 || fields.count == order + 2 else {
        throw reader.error(
          "found \(fields.count) fields, expected a logarithm, \(order) words and perhaps a weight")
      }
      let numbers = try ([fields[0]] + fields.dropFirst(order + 1)).map { field -> Float in
        let text = String(decoding: field, as: UTF8.self)
        // A file may say -inf, and so does a model of one that the word never comes.
        guard let number = Double(text), !number.isNaN, number < .infinity else {
          throw reader.error("found '\(text)', expected a logarithm")
        }
        return Float(number * Scalar.log(10.0))
      }
      guard numbers[0] <= 0 else {
        throw reader.error(
          "found '\(String(decoding: fields[0], as: UTF8.self))', expected the logarithm of a probability, "
            + "which is at most 0",
          hint: "logarithms are written, to the base 10, and no probabilities")
      }
      do {
        try builder.add(
          Array(fields[1...order]), logProbability: numbers[0],
          backoff: numbers.count > 1 ? numbers[1] : 0)
      } catch let flaw as NGramFlaw { throw reader.error(flaw.reason) }
      count += 1
    }
    throw reader.error("the file ends before '\(end)'", hint: "it may have been cut")
  }
}
