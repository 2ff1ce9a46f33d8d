import Compute
import Corpora
import Foundation

/// How tagged files are read.
struct TaggingForm {
  /// Columns of features, from 1 for the first one after the word.
  let features: [Int]
  /// Column of the tag, counted likewise; nil: the last.
  let tagColumn: Int?
  let wordForm: WordForm
  let isStrict: Bool
  let readsIntents: Bool

  /// Throws `UserError.usage` for columns that make no sense.
  init(_ data: TaggingSettings.Data) throws {
    features = try data.features.map { text in
      guard let column = Int(text), (2...1000).contains(column) else {
        throw UserError.usage(
          "data.features holds '\(text)', expected the number of a column, 2 to 1000",
          hint: "column 1 is the word")
      }
      return column - 1
    }
    guard data.tagColumn != 1 else {
      throw UserError.usage("data.tag_column is 1, the column of the word", hint: "0 is the last")
    }
    tagColumn = data.tagColumn == 0 ? nil : data.tagColumn - 1
    if let tagColumn, features.contains(tagColumn) {
      throw UserError.usage("column \(tagColumn + 1) cannot be both the tag and a feature")
    }
    wordForm = WordForm(isLowercased: data.lowercase, hidesDigits: data.hideDigits)
    isStrict = data.strict
    readsIntents = data.intent
  }

  /// Reads a file: its words, the chosen features as `columns`, the chosen tag.
  ///
  /// Throws a `UserError` naming the file, and the line where there is one, for what the reader
  /// refuses and for a column that is not there.
  func read(_ url: URL) throws -> TaggedCorpus {
    let corpus = try TaggedCorpus.read(url)
    // Every sentence has as many columns as the first: the reader has checked it.
    let count = corpus.sentences[0].columns.count
    // The word is 0, the tag of the file the last.
    let last = count + 1
    if let missing = (features + [tagColumn ?? last]).first(where: { $0 > last }) {
      throw UserError(
        "'\(url.path)' has \(last + 1) columns, expected at least \(missing + 1)",
        hint: "data.features and data.tag_column count columns from 1, the word")
    }
    if let column = features.first(where: { $0 == tagColumn ?? last }) {
      throw UserError(
        "'\(url.path)' has its tag in column \(column + 1), which is to be a feature too",
        hint: "name other columns")
    }
    return corpus.reading(features: features, tag: tagColumn)
  }
}
