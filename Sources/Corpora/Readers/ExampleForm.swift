import Compute
import Foundation

/// What a file of examples with labels looks like.
package enum ExampleForm: Sendable, Equatable {
  /// A table of numbers, see `LabelledSeries`.
  case series
  /// A table of texts, see `LabelledTexts`.
  case textTable
  /// Lines `label<TAB>text`, see `LabelledTexts`.
  case textLines

  /// Looks at the first rows of a file, or at the name of a folder: that is lines.
  ///
  /// A `.csv` holds texts if its first row names the columns and one of them, beyond the first, holds no
  /// number at all or is named like texts; else series. Another file holds series if each row is a
  /// label, a tab and two numbers or more between tabs, as in the UCR archive. `.ts` and `.npz` are
  /// series, and what a user said of columns says it too.
  ///
  /// Throws a `UserError` if the file cannot be read.
  package static func of(
    _ url: URL, series: SeriesForm = SeriesForm(), texts: TextColumns = TextColumns()
  ) throws -> ExampleForm {
    if texts.text != nil { return .textTable }
    if series.group != nil || ["ts", "npz"].contains(url.contentExtension) { return .series }
    var isFolder: ObjCBool = false
    if FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), isFolder.boolValue
    {
      return .textLines
    }
    let isCSV = url.contentExtension == "csv"
    // Lines of text may hold quotes that are never closed.
    return isCSV || texts.label != nil || series.separator != nil
      ? try ofTable(url, series.separator, texts) : try ofLines(url)
  }

  private static let sampleSize = 20

  private static func ofTable(
    _ url: URL, _ separator: UInt8?, _ texts: TextColumns
  ) throws -> ExampleForm {
    let reader = try CSVReader(url, separator: separator)
    var rows: [[String]] = []
    while rows.count < sampleSize, let row = try reader.next() {
      rows.append((0..<row.count).map(row.text))
    }
    guard let header = rows.first, !header.contains(where: TableColumn.isNumber) else {
      return .series
    }
    let isNamed = (try? texts.places(in: header, reader.place)) != nil
    let body = rows.dropFirst()
    guard !body.isEmpty else { return isNamed ? .textTable : .series }
    let group = try LongTable.group(in: header, nil, reader.place)
    let label =
      texts.label.flatMap { try? LongTable.column($0, in: header, "", "") }
      ?? TextColumns.labelPlace(in: header) ?? (group == nil ? 0 : header.count - 1)
    let columns =
      group.map { LongTable.columns(of: header, group: $0, label: label).numbers }
      ?? header.indices.filter { $0 != label }
    let hasTexts = columns.contains { column in
      body.allSatisfy { column < $0.count && !TableColumn.isNumber($0[column]) }
        && !body.allSatisfy { CSVNumbers.isMissing($0[column]) }
    }
    if group != nil, !hasTexts { return .series }
    let firstHoldsTexts = isNamed && body.contains { $0.first?.contains(" ") == true }
    return hasTexts || firstHoldsTexts ? .textTable : .series
  }

  private static func ofLines(_ url: URL) throws -> ExampleForm {
    let reader = try LineReader(url)
    var count = 0
    while count < sampleSize, let line = try reader.next() {
      if line.isBlank { continue }
      let fields = line.split(separator: 0x09, omittingEmptySubsequences: false)
      let areNumbers = fields.dropFirst().allSatisfy { field in
        DecimalNumber.parse(field) != nil
          || CSVNumbers.isMissing(String(decoding: field, as: UTF8.self))
      }
      guard fields.count > 2, areNumbers else { return .textLines }
      count += 1
    }
    return count > 0 ? .series : .textLines
  }
}
