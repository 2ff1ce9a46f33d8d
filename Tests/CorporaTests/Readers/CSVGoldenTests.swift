import Compute
import Corpora
import Foundation
import Interchange
import TestSupport
import Testing

/// Tables read as Python's csv and pandas read them; `Goldens/make_csv_goldens.py` made both.
@Suite struct CSVGoldenTests {
  let folder: TemporaryFolder
  let goldens: JSONValue

  init() throws {
    folder = try TemporaryFolder()
    let url = try #require(Bundle.module.url(forResource: "csv", withExtension: "json"))
    goldens = try JSONValue(parsing: String(contentsOf: url, encoding: .utf8))
  }

  private func strings(_ value: JSONValue?) -> [String] { value?.array?.compactMap(\.string) ?? [] }

  @Test func textsAreThoseOfPython() throws {
    let tables = try #require(goldens["texts"]?.array)
    #expect(tables.count == 18)
    for table in tables {
      let file = try folder.file("texts.csv", try #require(table["file"]?.string))
      let texts = try LabelledTexts.read(file)
      #expect(Array(texts.texts) == strings(table["texts"]))
      #expect(try texts.classes.map { texts.labels.names[Int($0)] } == strings(table["labels"]))
    }
  }

  @Test func seriesAreThoseOfPandas() throws {
    let tables = try #require(goldens["series"]?.array)
    #expect(tables.count == 60)
    for table in tables {
      let text = try #require(table["file"]?.string)
      let missing = try #require(table["missing"]?.string.flatMap(MissingValues.init))
      let series = try LabelledSeries.read(
        table: folder.file("series.csv", text), SeriesForm(missing: missing))
      let rows = table["rows"]?.array?.map { $0.array?.compactMap(\.number) ?? [] } ?? []
      guard case .classes(let ids, let labels) = series.targets, rows.count == ids.count else {
        Issue.record("\(series.count) rows for \(rows.count) in \(text)")
        continue
      }
      #expect(ids.map { labels.names[Int($0)] } == strings(table["labels"]))
      for (index, row) in rows.enumerated() {
        let found = series.sequences[index].map(Double.init)
        // pandas adds up doubles for a mean, here they are rounded before.
        let tolerance = missing == .mean ? (row.map(abs).max() ?? 0) * 1e-6 : 0
        #expect(
          found.count == row.count
            && zip(found, row).allSatisfy { abs($0 - $1) <= tolerance }, "\(found) \(row) \(text)")
      }
    }
  }
}
