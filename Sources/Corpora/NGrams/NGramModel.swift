import Compute
import Foundation

/// An n-gram model with backing off: the probability of a word after those before it.
///
/// What an ARPA file lists is kept as a tree: below the node of a history stands that of the history
/// with one more word. An n-gram that is not listed has the probability of the shorter one times the
/// weight of its history.
///
/// Source: Katz, "Estimation of Probabilities from Sparse Data for the Language Model Component of a
/// Speech Recognizer" (1987).
package struct NGramModel: Sendable {
  /// Words of the longest n-gram.
  package let order: Int
  /// Nil where the model knows no word for what it has not seen.
  private let unknown: Int32?
  private let words: [[UInt8]: Int32]
  /// Nodes by the node of their history and their last word; those of single words are the words.
  private let children: [UInt64: Int32]
  /// ln p of each node; NaN for one that only others stand below.
  private let logProbabilities: [Float]
  /// ln of the weight of each node as a history.
  private let backoffs: [Float]

  package static let start = "<s>"
  package static let end = "</s>"
  private static let unknownSpellings = ["<unk>", "<UNK>"]

  /// The id of a word; that of `<unk>` for others, nil where there is none.
  package func id(of word: String) -> Int32? { words[Array(word.utf8)] ?? unknown }

  /// ln p of `word` after `history`, of which the last words count; minus infinity for a word that the
  /// model does not know, when it has no `<unk>`.
  package func logProbability(of word: Int32?, after history: ArraySlice<Int32?>) -> Double {
    guard let word else { return -.infinity }
    var weight = 0.0
    for start in max(history.startIndex, history.endIndex - order + 1)..<history.endIndex {
      guard let node = node(of: history[start...]) else { continue }
      if let child = child(of: node, word), !logProbabilities[Int(child)].isNaN {
        return weight + Double(logProbabilities[Int(child)])
      }
      weight += Double(backoffs[Int(node)])
    }
    let single = logProbabilities[Int(word)]
    return single.isNaN ? -.infinity : weight + Double(single)
  }

  private func node(of history: ArraySlice<Int32?>) -> Int32? {
    guard let first = history.first, var node = first else { return nil }
    for word in history.dropFirst() {
      guard let word, let next = child(of: node, word) else { return nil }
      node = next
    }
    return node
  }

  private func child(of node: Int32, _ word: Int32) -> Int32? {
    children[Self.key(node, word)]
  }

  private static func key(_ node: Int32, _ word: Int32) -> UInt64 {
    UInt64(UInt32(bitPattern: node)) << 32 | UInt64(UInt32(bitPattern: word))
  }

  /// Takes n-grams as a file lists them.
  struct Builder {
    private var words: [[UInt8]: Int32] = [:]
    private var children: [UInt64: Int32] = [:]
    private var logProbabilities: [Float] = []
    private var backoffs: [Float] = []

    private mutating func newNode() -> Int32 {
      logProbabilities.append(.nan)
      backoffs.append(0)
      return Int32(logProbabilities.count - 1)
    }

    /// Throws a sentence for an n-gram that is there twice or that has a word that no 1-gram has.
    ///
    /// - Parameters:
    ///   - gram: its words as bytes.
    ///   - logProbability, backoff: natural logarithms.
    mutating func add(_ gram: [[UInt8]], logProbability: Float, backoff: Float) throws {
      var node: Int32
      if gram.count == 1 {
        guard words[gram[0]] == nil else { throw NGramFlaw("the word is there twice") }
        node = newNode()
        words[gram[0]] = node
      } else {
        let ids = try gram.map { word in
          guard let id = words[word] else {
            throw NGramFlaw("'\(String(decoding: word, as: UTF8.self))' is no 1-gram")
          }
          return id
        }
        node = ids[0]
        for word in ids.dropFirst() {
          let key = NGramModel.key(node, word)
          if let next = children[key] {
            node = next
          } else {
            node = newNode()
            children[key] = node
          }
        }
        guard logProbabilities[Int(node)].isNaN else {
          throw NGramFlaw("the n-gram is there twice")
        }
      }
      logProbabilities[Int(node)] = logProbability
      backoffs[Int(node)] = backoff
    }

    func model(order: Int) -> NGramModel {
      var words = words
      for mark in [NGramModel.start, NGramModel.end] where words[Array(mark.utf8)] == nil {
        words[Array(mark.utf8)] = words[Array(mark.uppercased().utf8)]
      }
      return NGramModel(
        order: order,
        unknown: NGramModel.unknownSpellings.lazy.compactMap { words[Array($0.utf8)] }.first,
        words: words, children: children, logProbabilities: logProbabilities, backoffs: backoffs)
    }
  }

  private init(
    order: Int, unknown: Int32?, words: [[UInt8]: Int32], children: [UInt64: Int32],
    logProbabilities: [Float], backoffs: [Float]
  ) {
    self.order = order
    self.unknown = unknown
    self.words = words
    self.children = children
    self.logProbabilities = logProbabilities
    self.backoffs = backoffs
  }
}

/// What is wrong with an n-gram, in words.
struct NGramFlaw: Error {
  let reason: String

  init(_ reason: String) { self.reason = reason }
}
