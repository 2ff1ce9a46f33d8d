import Compute

/// The sequences of a file on their way to `LabelledSeries`, whatever its format.
package struct SeriesRows {
  package let firstColumn: LabelledSeries.FirstColumn
  package private(set) var sequences: VectorSequences
  private var found = FoundLabels()
  private var labels = LongList<Int32>()
  private var targets = LongList<Float>()
  /// Where each sequence stands.
  private var lines = LongList<Int>()
  package var empty = EmptyExamples()

  package init(_ firstColumn: LabelledSeries.FirstColumn, features: Int) {
    self.firstColumn = firstColumn
    sequences = VectorSequences(width: features)
  }

  /// Adds a sequence. Throws a `UserError` where the disk has no room.
  ///
  /// - Parameters:
  ///   - steps: [steps, features], not empty.
  ///   - label: where the first column is one.
  ///   - target: where it is a number.
  package mutating func add(
    _ steps: some Collection<Float>, label: String? = nil, target: Float? = nil, line: Int
  ) throws {
    try sequences.append(steps)
    if let label { try labels.append(found.number(of: label)) }
    if let target { try targets.append(target) }
    try lines.append(line)
  }

  /// Whether the first label is that of no other sequence, while theirs repeat.
  var beginsWithNames: Bool {
    !labels.isEmpty && found.names.count < labels.count && !labels.dropFirst().contains(0)
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
      let set = known ?? LabelSet(found.names)
      let known = found.names.map(set.id)
      var ids = LongList<Int32>()
      for (label, line) in zip(labels, lines) {
        let name = found.names[Int(label)]
        try ids.append(
          known[Int(label)] ?? unseen.id(name, behind: set, at: place(line)))
      }
      targets = .classes(ids, set)
    }
    return LabelledSeries(
      sequences: sequences, targets: targets, unseen: unseen, empty: empty, separator: separator,
      look: look, names: names)
  }
}
