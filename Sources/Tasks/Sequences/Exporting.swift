import Corpora
import Exchange
import Interchange

extension SeriesFacts {
  /// Numbers as they are read to numbers on the model's scale, in a graph.
  func scale(_ series: SeriesValues) -> ONNXValue {
    let builder = series.builder
    guard !channels.isEmpty else { return series.values }
    return builder.scaled(
      series.values, mean: builder.doubles(channels.map(\.mean)),
      deviation: builder.doubles(channels.map(\.deviation)))
  }
}

extension FurtherVectors: FurtherTable {
  var count: Int { words.count }

  /// The words, in the order of their ids behind those of the vocabulary.
  var notes: [(key: String, value: String)] {
    let names = (0..<words.count).map {
      JSONValue.string(String(decoding: words.bytes($0), as: UTF8.self))
    }
    return [("unroll.further_words", "\(JSONValue.array(names))")]
  }
}
