import Compute
import Foundation

/// Several stores as one text: each as often, in an epoch, as its weight says.
///
/// A weight of 2 is two passes through the store; one of 0.5 half a pass, which goes on in the next epoch
/// where it ended. With one store of weight 1 it is that store's text.
package final class TokenMixture: TokenSource {
  /// A stretch of a store.
  package struct Part: Sendable {
    package let store: TokenStore
    package let range: Range<Int>
    /// Passes in an epoch, above 0.
    package let weight: Double
    /// Tokens in an epoch.
    package var drawn: Int { Int(weight * Double(range.count)) }

    package init(_ store: TokenStore, range: Range<Int>? = nil, weight: Double) {
      self.store = store
      self.range = range ?? 0..<store.count
      self.weight = weight
    }
  }

  package let parts: [Part]
  private let epoch: Int
  /// Of each part in an epoch, and the end.
  private let starts: [Int]

  /// - Parameter parts: of one vocabulary; at least one.
  package init(_ parts: [Part], epoch: Int = 0) {
    self.parts = parts
    self.epoch = epoch
    starts = parts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1.drawn) }
  }

  package var count: Int { starts[parts.count] }
  package var vocabularySize: Int { parts[0].store.vocabularySize }

  package var contentDigest: UInt64 {
    var digest = ContentDigest()
    for part in parts {
      digest.update(part.store.contentDigest)
      digest.update("\(part.range) \(part.weight)")
    }
    return digest.value
  }

  package func turned(to epoch: Int) -> any TokenSource {
    parts.allSatisfy { $0.weight == 1 } ? self : TokenMixture(parts, epoch: epoch)
  }

  package func checkLength() throws { for part in parts { try part.store.checkLength() } }

  package subscript(index: Int) -> Int32 {
    let part = part(of: index)
    return parts[part].store[token(index, of: part)]
  }

  package func copy(
    _ range: Range<Int>, into output: UnsafeMutablePointer<Int32>, stride: Int
  ) {
    var output = output
    forEachStretch(of: range) { store, range in
      store.copy(range, into: output, stride: stride)
      output += range.count * stride
    }
  }

  package func expect(_ range: Range<Int>) { forEachStretch(of: range) { $0.expect($1) } }

  /// Calls `body` with the stores that a range of the mixture lies in, and their tokens.
  private func forEachStretch(of range: Range<Int>, _ body: (TokenStore, Range<Int>) -> Void) {
    var position = range.lowerBound
    while position < range.upperBound {
      let index = part(of: position)
      let part = parts[index]
      let start = token(position, of: index)
      let length = min(
        min(range.upperBound, starts[index + 1]) - position, part.range.upperBound - start)
      body(part.store, start..<start + length)
      position += length
    }
  }

  private func part(of position: Int) -> Int {
    precondition(position >= 0 && position < count, "token \(position) outside 0..<\(count)")
    var (lower, upper) = (0, parts.count)
    while upper - lower > 1 {
      let middle = (lower + upper) / 2
      if starts[middle] <= position { lower = middle } else { upper = middle }
    }
    return lower
  }

  /// The token of the part's store at a position of the mixture.
  private func token(_ position: Int, of index: Int) -> Int {
    let part = parts[index]
    return part.range.lowerBound
      + (epoch * part.drawn + position - starts[index]) % part.range.count
  }

  /// The stores named, with their weights: `corpora/news:0.5`.
  ///
  /// Throws a `UserError` for a store that cannot be opened, a weight that is not above 0, and stores of
  /// different vocabularies.
  package convenience init(named names: [String]) throws {
    let parts = try names.map { name in
      let named = try WeightedPath(name)
      return Part(try TokenStore(named.url), weight: named.weight)
    }
    guard let first = parts.first?.store else {
      throw UserError.usage("no token store to train on", hint: "name one or more with --data")
    }
    for part in parts where part.store.vocabulary != first.vocabulary {
      throw UserError.usage(
        "'\(first.url.relativePath)' and '\(part.store.url.relativePath)' have different vocabularies: "
          + "\(first.vocabularySize) and \(part.store.vocabularySize) "
          + "\(part.store.vocabulary.kind.rawValue) tokens",
        hint: "make one with the vocabulary of the other: unroll tokenize --vocabulary STORE")
    }
    for part in parts where part.drawn < 2 {
      throw UserError.usage(
        "the weight \(part.weight) of '\(part.store.url.relativePath)' leaves \(part.drawn) tokens an "
          + "epoch, expected 2 or more", hint: "give it a larger weight")
    }
    self.init(parts)
  }

  /// Holds out the end of each store. The part held out has each token once, whatever the weights; nil if
  /// it would be next to nothing.
  package func divided(holdingOut fraction: Double) -> (TokenMixture, heldOut: TokenMixture?) {
    let held = parts.map { Int(Double($0.range.count) * fraction) }
    guard held.allSatisfy({ $0 > 1 }) else { return (self, nil) }
    return (
      TokenMixture(
        zip(parts, held).map { part, held in
          Part(
            part.store, range: part.range.lowerBound..<part.range.upperBound - held,
            weight: part.weight)
        }),
      TokenMixture(
        zip(parts, held).map { part, held in
          Part(
            part.store, range: part.range.upperBound - held..<part.range.upperBound, weight: 1)
        })
    )
  }
}

extension TokenMixture {
  /// A fixed sample of about so many tokens, in stretches evenly spread over the text; all of it, if it has
  /// no more.
  package func sample(tokens wanted: Int, stretch: Int = 1 << 14) -> TokenMixture {
    let all = parts.reduce(0) { $0 + $1.range.count }
    guard wanted < all else { return self }
    return TokenMixture(
      parts.flatMap { part -> [Part] in
        // As many of each store as it has a share.
        let share = max(2, Int(Double(wanted) * Double(part.range.count) / Double(all)))
        let count = (share - 1) / stretch + 1
        let room = part.range.count - share
        return (0..<count).map { index in
          let start =
            part.range.lowerBound + share * index / count
            + (count > 1 ? room * index / (count - 1) : room / 2)
          let length = share * (index + 1) / count - share * index / count
          return Part(part.store, range: start..<start + length, weight: 1)
        }
      })
  }
}

/// A path that may have a weight behind it: `corpora/news:0.5`.
package struct WeightedPath: Sendable, Equatable {
  package let path: String
  package let weight: Double
  package var url: URL { URL(fileURLWithPath: path) }

  private static let largest = 1e6

  /// Throws a usage `UserError` for a weight that is not above 0. What is there under the whole name has no
  /// weight.
  package init(_ text: String) throws {
    guard !FileManager.default.fileExists(atPath: text), let colon = text.lastIndex(of: ":"),
      let weight = Double(text[text.index(after: colon)...])
    else {
      (path, weight) = (text, 1)
      return
    }
    path = String(text[..<colon])
    guard weight > 0, weight <= Self.largest else {
      throw UserError.usage(
        "'\(path)' has the weight \(text[text.index(after: colon)...]), expected one above 0 and up to \(Int(Self.largest))",
        hint: "leave out what is not to be trained on")
    }
    self.weight = weight
  }
}
