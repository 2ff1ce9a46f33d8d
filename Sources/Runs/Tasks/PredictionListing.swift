import Compute
import Foundation
import Interchange

/// Says of every example what is right and what the model says: `unroll eval --predictions`.
package protocol Listing: TrainingTask {
  /// In the order of the examples.
  func listing(of examples: Examples) throws -> PredictionListing
}

/// A table of predictions beside what is right.
package struct PredictionListing: Sendable {
  /// Such as `gold`, `prediction`.
  package let columns: [String]
  package private(set) var rows: [[String]] = []
  /// What probabilities are of; empty where there are none.
  package let classes: [String]
  /// A row a prediction, a column a class.
  package private(set) var probabilities: [Float] = []

  package init(_ columns: [String], classes: [String] = []) {
    self.columns = columns
    self.classes = classes
  }

  package mutating func add(_ cells: [String], probabilities: [Float] = []) {
    precondition(cells.count == columns.count && probabilities.count == classes.count)
    rows.append(cells)
    self.probabilities += probabilities
  }

  /// Writes the table with tabs between its columns, the first line their names, and behind them a
  /// column a class. A tab or the end of a line in a cell is written as a blank.
  package func write(to url: URL) throws {
    let width = classes.count
    try AtomicFile.write(to: url) { file in
      try file.append(Self.line(columns + classes))
      for (place, row) in rows.enumerated() {
        let numbers = probabilities[place * width..<(place + 1) * width].map { "\($0)" }
        try file.append(Self.line(row + numbers))
      }
    }
  }

  /// Writes the probabilities as a matrix in numpy's format, `[predictions, classes]`. Throws a usage
  /// `UserError` if there are none.
  package func writeProbabilities(to url: URL) throws {
    guard !classes.isEmpty else {
      throw UserError.usage(
        "the run has no probabilities of classes to write to '\(url.relativePath)'",
        hint: "write the predictions to a .tsv file")
    }
    try NPYFile(rows: rows.count, columns: classes.count, values: probabilities).write(to: url)
  }

  private static func line(_ cells: [String]) -> String {
    cells.map { cell in
      String(
        String.UnicodeScalarView(
          cell.unicodeScalars.map { "\t\n\r".unicodeScalars.contains($0) ? " " : $0 }))
    }.joined(separator: "\t") + "\n"
  }
}

extension Listing {
  /// Of files in the format that the model was trained on.
  package func listing(of files: [URL]) throws -> PredictionListing {
    try listing(of: try examples(try read(files)))
  }

  /// Of the first examples there.
  package func listing(of files: [URL], first count: Int) throws -> PredictionListing {
    try listing(of: try examples(try read(files).first(count)))
  }
}
