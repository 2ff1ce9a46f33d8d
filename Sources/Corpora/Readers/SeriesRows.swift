import Compute

/// The sequences of a file on their way to `LabelledSeries`, whatever its format.
package struct SeriesRows {
  package let firstColumn: LabelledSeries.FirstColumn
  package var sequences: VectorSequences
  package var labels: [String] = []
  package var targets: [Float] = []
  /// Where each sequence stands.
  package var lines: [Int] = []
  package var empty = EmptyExamples()

  package init(_ firstColumn: LabelledSeries.FirstColumn, features: Int) {
    self.firstColumn = firstColumn
    sequences = VectorSequences(width: features)
  }

  /// What was read.
  ///
  /// - Parameters:
  ///   - names: of a table's columns of numbers, where its first row says them.
  ///   - hint: where there is nothing.
  ///   - place: of a line, for messages.
  /// - Throws: a `UserError` if that is nothing, and for a label that is unknown where it must not be.
  package func series(
    _ file: String, separator: UInt8? = nil, look: String? = nil, names: [String] = [],
    hint: String = "each row is one sequence", place: (Int) -> String
  ) throws -> LabelledSeries {
    guard sequences.count > 0 else {
      throw UserError("\(file) holds no sequence of numbers", hint: hint)
    }
    var unseen = UnseenLabels()
    let targets: LabelledSeries.Targets
    switch firstColumn {
    case .value: targets = .none
    case .number: targets = .numbers(self.targets)
    case .label(let known):
      let set = known ?? LabelSet(labels)
      let ids = zip(labels, lines).map { label, line in
        set.id(label) ?? unseen.id(label, behind: set, at: place(line))
      }
      targets = .classes(ids, set)
    }
    return LabelledSeries(
      sequences: sequences, targets: targets, unseen: unseen, empty: empty, separator: separator,
      look: look, names: names)
  }
}
