import Compute
import Foundation

/// Made sentences in which the sound of a word does not say which word it is: "pear" and "pair".
///
/// Both are about equally frequent, so only the words around them tell them apart, and a model that
/// has read such sentences finds "the pear salad" likelier than "the pair salad". Lower case, one
/// sentence a line, words separated by single spaces. Same seed: same sentences on every machine.
package struct PhraseGrammar: Sendable {
  package let seed: UInt64

  package init(seed: UInt64) { self.seed = seed }

  /// The sentence `number`, without a line feed.
  package func sentence(_ number: Int) -> String {
    let random = RandomStream(seed: seed, purpose: .generator, update: 2)
    var draws = 0
    func pick(_ choices: [String]) -> String {
      defer { draws += 1 }
      // The high half of a product, not a remainder: every choice equally likely to 1 in 2³².
      let word = UInt64(random.word(row: number, index: draws))
      return choices[Int((word * UInt64(choices.count)) >> 32)]
    }
    return pick(Self.patterns).split(separator: " ").map { word in
      Self.lists[String(word)].map(pick) ?? String(word)
    }.joined(separator: " ")
  }

  /// Writes sentences 0 ..< `lines` to `url`, whole or not at all. Throws `UserError`.
  package func write(lines: Int, to url: URL) throws {
    let file = try AtomicFileWriter(url, createsFolders: true)
    try Activity.run(
      "writing", "'\(url.path)'", total: lines, unit: .items("sentences")
    ) { writing in
      for number in 0..<lines {
        try file.append(sentence(number) + "\n")
        writing.advance()
      }
    }
    try file.commit()
  }

  /// Words in capitals are drawn from the list of that name. As many patterns hold "pear" as "pair".
  private static let patterns = [
    "the pear salad is COOKED on DAY",
    "PERSON made the pear salad for DAY",
    "the FRUIT salad and the pear DISH were COOKED",
    "PERSON ate a ripe pear with CHEESE",
    "a pear DISH tastes of HONEY",
    "PERSON picked the pear from the tree on DAY",
    "the pear tree stands by the PLACE",
    "the COLOUR pear was COOKED with HONEY",
    "PERSON put the pear and the FRUIT in the bowl",
    "the pair of GARMENTS is COLOUR",
    "PERSON bought the pair of GARMENTS on DAY",
    "the pair of COLOUR GARMENTS and the hat were sold",
    "PERSON wore a new pair of GARMENTS",
    "a pair of BIRDS sat by the PLACE",
    "PERSON saw the pair of BIRDS on DAY",
    "the pair walked to the PLACE",
    "the COLOUR pair of GARMENTS was washed",
    "PERSON and PERSON are a happy pair",
    "the FRUIT salad is on the table",
    "PERSON made the FRUIT DISH with HONEY",
    "the COLOUR GARMENTS lay by the PLACE",
    "PERSON walked to the PLACE on DAY",
  ]

  private static let lists = [
    "PERSON": ["anna", "ben", "clara", "david", "emma", "felix", "grace", "henry"],
    "DAY": ["monday", "tuesday", "friday", "sunday"],
    "FRUIT": ["apple", "plum", "peach", "cherry", "fig"],
    "DISH": ["salad", "tart", "cake", "soup", "jam"],
    "COOKED": ["baked", "served", "cooled", "sliced"],
    "CHEESE": ["cheese", "bread", "walnuts"],
    "HONEY": ["honey", "ginger", "sugar", "cinnamon"],
    "COLOUR": ["green", "yellow", "red", "brown"],
    "GARMENTS": ["shoes", "gloves", "socks", "boots", "trousers", "glasses"],
    "BIRDS": ["swans", "ducks", "owls", "doves"],
    "PLACE": ["river", "house", "market", "garden", "mill"],
  ]
}
