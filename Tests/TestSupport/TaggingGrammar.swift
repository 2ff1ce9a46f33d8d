import Unroll

/// A small language whose tags follow from what stands around a word: questions about journeys, with
/// places of one or two words that are left or reached, days, and an intent.
///
/// A place can be known by its ending alone, a part of speech stands beside each word, and the same
/// place is left in one sentence and reached in the next: a tagger has to read both ways.
package enum TaggingGrammar {
  package struct Sentence {
    package var words: [String] = []
    package var kinds: [String] = []
    /// IOB2.
    package var tags: [String] = []
    package var intent = ""
  }

  /// Sentence `index` of the language; the same on every machine.
  package static func sentence(_ index: Int, seed: UInt64 = 1) -> Sentence {
    let random = RandomStream(seed: seed, purpose: .generator)
    var (sentence, draws) = (Sentence(), 0)
    func draw(_ count: Int) -> Int {
      draws += 1
      return Int(random.word(row: index, index: draws) % UInt32(count))
    }
    func add(_ word: String, _ kind: String, _ tag: String = "O") {
      sentence.words.append(word)
      sentence.kinds.append(kind)
      sentence.tags.append(tag)
    }
    func addPlace(_ type: String) {
      let starts = ["ar", "bel", "cor", "dun", "el", "fal", "gor", "hil", "is", "kar"]
      let ends = ["ville", "ton", "burg"]
      if draw(3) == 0 {
        add(draw(2) == 0 ? "new" : "port", "A", "B-\(type)")
        add(starts[draw(10)] + starts[draw(10)] + ends[draw(3)], "N", "I-\(type)")
      } else {
        add(starts[draw(10)] + starts[draw(10)] + ends[draw(3)], "N", "B-\(type)")
      }
    }
    let asksPrice = draw(3) == 0
    sentence.intent = asksPrice ? "price" : draw(2) == 0 ? "time" : "list"
    switch sentence.intent {
    case "price": add("fares", "V")
    case "time": add("when", "W")
    default: add("show", "V")
    }
    let isReversed = draw(2) == 0
    if isReversed {
      add("to", "P")
      addPlace("to")
    }
    add("from", "P")
    addPlace("from")
    if !isReversed {
      add("to", "P")
      addPlace("to")
    }
    if draw(2) == 0 {
      if draw(2) == 0 { add("on", "P") }
      add(["monday", "friday", "sunday"][draw(3)], "N", "B-day")
      if draw(2) == 0 { add(["morning", "night"][draw(2)], "N", "I-day") }
    }
    return sentence
  }

  /// CoNLL columns: word, kind and tag.
  package static func columns(_ indices: Range<Int>) -> String {
    indices.map { index in
      let sentence = sentence(index)
      return sentence.words.indices.map {
        "\(sentence.words[$0]) \(sentence.kinds[$0]) \(sentence.tags[$0])\n"
      }.joined()
    }.joined(separator: "\n")
  }

  /// One sentence a line with its slots and its intent.
  package static func utterances(_ indices: Range<Int>) -> String {
    indices.map { index in
      let sentence = sentence(index)
      return "BOS \(sentence.words.joined(separator: " ")) EOS\t"
        + "O \(sentence.tags.joined(separator: " ")) \(sentence.intent)\n"
    }.joined()
  }
}
