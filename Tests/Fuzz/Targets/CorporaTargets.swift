import Corpora
import Foundation

extension FuzzTarget {
  /// Data to train on.
  static let corpora: [FuzzTarget] = [
    FuzzTarget(file: "idx") { url in
      let file = try IDXFile(contentsOf: url)
      let count = try file.numbers().count
      precondition(count == file.count)
      _ = try file.integers()
    },
    FuzzTarget(files: "idx-images") { images, labels in
      _ = try LabelledSeries.read(images: images, labels: labels)
    },
    FuzzTarget(file: "table", extension: "csv") { url in
      let label = try? LabelledSeries.read(table: url, SeriesForm(missing: .mean))
      let number = try? LabelledSeries.read(
        table: url, SeriesForm(features: 2), firstColumn: .number)
      let value = try? LabelledSeries.read(
        table: url, SeriesForm(missing: .forward, separator: UInt8(ascii: ";")),
        firstColumn: .value)
      for series in [label, number, value] { precondition((series?.sequences.count ?? 1) > 0) }
    },
    FuzzTarget(file: "labelled-texts") { _ = try LabelledTexts.read($0) },
    FuzzTarget(file: "labelled-table", extension: "csv") { _ = try LabelledTexts.read($0) },
    FuzzTarget(file: "tagged") { url in
      _ = try? TaggedCorpus.read(url)
      _ = try? TaggedCorpus.read(columns: url, hasTags: false, skipsComments: true)
      _ = try? TaggedCorpus.read(utterances: url)
    },
    FuzzTarget(text: "tags") { text in
      let tags = text.split(separator: " ").map(String.init)
      let spans = TagSpan.spans(in: tags)
      precondition(spans.allSatisfy { tags.indices.contains($0.tokens.lowerBound) })
      _ = TagNotation.detect(in: TagTriples([tags]))
      for scheme in TagScheme.allCases { _ = scheme.tags(spans, count: tags.count) }
    },
    FuzzTarget(file: "word-vectors") { url in
      _ = try WordVectors.read(url, for: someWords, fallsBackToLowercase: true)
    },
    FuzzTarget(file: "pairs") { _ = try PairedTexts([[$0]]).split(heldOut: 0.5, seed: 1) },
    FuzzTarget(files: "parallel-texts") { _ = try PairedTexts([[$0, $1]]) },
    FuzzTarget(file: "stories") {
      _ = try StoryCorpus.read([$0], form: WordForm(isLowercased: true, hidesDigits: true))
    },
    FuzzTarget(file: "text-lines") { _ = try TextLines([$0]) },
    FuzzTarget(file: "token-file", extension: "tokens") { url in
      let file = try TokenFile.open(url, verifyingContent: false)
      for index in 0..<min(file.count, 100) { _ = file[index] }
    },
    FuzzTarget(file: "vocabulary", extension: "json") { _ = try Vocabulary(contentsOf: $0) },
    FuzzTarget(file: "labels", extension: "json") { _ = try LabelSet(contentsOf: $0) },
    FuzzTarget(text: "byte-size") { _ = try ByteSize.parse($0) },
    FuzzTarget(bytes: "decimal") { bytes in
      let number = DecimalNumber.parse(Array(bytes))
      precondition(number?.isFinite ?? true)
    },
  ]
}

private let someWords = try! Vocabulary.of(["the a Ab é\n"], kind: .word)
