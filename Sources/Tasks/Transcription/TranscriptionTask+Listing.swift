import Corpora
import Runs

extension TranscriptionTask: Listing {
  /// The file of each recording, what is said in it and what was understood.
  package func listing(of examples: TranscriptionExamples) -> PredictionListing {
    var found = [String](repeating: "", count: examples.count)
    read(examples.utterances.sequences) {
      found[$0] = alphabet.text(decoder.decode($1).classes)
    }
    var listing = PredictionListing(["file", "gold", "prediction"])
    for (index, text) in found.enumerated() {
      listing.add([examples.utterances.files[index], examples.texts[index], text])
    }
    return listing
  }
}
