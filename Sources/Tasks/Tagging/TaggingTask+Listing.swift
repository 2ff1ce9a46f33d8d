import Compute
import Corpora
import Runs

extension TaggingTask: Listing {
  /// A row a word: the number of its sentence, from 1, the word, its tag and the model's.
  package func listing(of examples: TaggingData) -> PredictionListing {
    let tags = vocabularies.tags
    var found = [[String]](repeating: [], count: examples.count)
    reader.read(examples) { found[$0.sentence] = tags.written($0.tags) }
    var listing = PredictionListing(["sentence", "word", "gold", "prediction"])
    for (number, sentence) in examples.sentences.enumerated() {
      let truth = tags.truth(sentence.tags)
      for (place, word) in sentence.words.enumerated() {
        listing.add(["\(number + 1)", word, truth[place], found[number][place]])
      }
    }
    return listing
  }
}
