import Compute
import Foundation

/// Sequences of real vectors, each with a class, with a number to predict, or with nothing.
package struct LabelledSeries: Sendable {
  /// What each sequence is to be mapped to.
  package enum Targets: Sendable, Equatable {
    /// A class each, as ids of the set, and behind them of labels that were never trained.
    case classes(LongList<Int32>, LabelSet)
    /// A number each.
    case numbers(LongList<Float>)
    case none
  }

  /// What the first column of a table of numbers is.
  package enum FirstColumn: Sendable {
    /// A label; those of the training, if the data is to be predicted or measured.
    case label(known: LabelSet? = nil)
    /// A number to predict.
    case number
    /// The first number of the sequence: there is no target.
    case value
  }

  package let sequences: VectorSequences
  package let targets: Targets
  package let unseen: UnseenLabels
  package let empty: EmptyExamples
  /// What stood between the fields of a table.
  package let separator: UInt8?
  /// How a table was found to be written, in words; nil for nothing to tell.
  package let look: String?
  /// What the first row of a table calls its columns of numbers; empty where it has no names.
  package let names: [String]

  package init(
    sequences: VectorSequences, targets: Targets, unseen: UnseenLabels = UnseenLabels(),
    empty: EmptyExamples = EmptyExamples(), separator: UInt8? = nil, look: String? = nil,
    names: [String] = []
  ) {
    switch targets {
    case .classes(let ids, _):
      precondition(ids.count == sequences.count, "\(ids.count) classes, \(sequences.count) rows")
    case .numbers(let values):
      precondition(
        values.count == sequences.count, "\(values.count) numbers, \(sequences.count) rows")
    case .none: break
    }
    self.sequences = sequences
    self.targets = targets
    self.unseen = unseen
    self.empty = empty
    self.separator = separator
    self.look = look
    self.names = names
  }

  package var count: Int { sequences.count }

  /// The classes; empty where there are none.
  package var classIDs: LongList<Int32> {
    if case .classes(let ids, _) = targets { ids } else { [] }
  }

  /// What was passed over or can only be wrong, in sentences.
  package var faults: [String] { [empty.sentence, unseen.sentence].compactMap(\.self) }

  /// The series at `indices`, in their order.
  package func subset(_ indices: LongList<Int>) throws -> LabelledSeries {
    let targets: Targets =
      switch self.targets {
      case .classes(let ids, let labels):
        .classes(try LongList(storing: Chosen(ids, at: indices)), labels)
      case .numbers(let values): .numbers(try LongList(storing: Chosen(values, at: indices)))
      case .none: .none
      }
    return LabelledSeries(
      sequences: try indices.reduce(into: VectorSequences(width: sequences.width)) {
        try $0.append(sequences[$1])
      }, targets: targets, unseen: unseen, empty: empty, separator: separator, look: look,
      names: names)
  }

  /// Reads a file in the format that its name says: `.ts` as sktime and aeon write it, else a table, with
  /// a step a row where its names of columns say so and a sequence a row otherwise.
  ///
  /// Throws a `UserError` as each format's reader does.
  package static func read(
    _ url: URL, _ form: SeriesForm, firstColumn: FirstColumn
  ) throws -> LabelledSeries {
    if url.contentExtension == "ts" { return try read(ts: url, form, firstColumn) }
    if let long = try read(long: url, form, firstColumn) { return long }
    return try read(table: url, form, firstColumn: firstColumn)
  }
}

extension LabelledSeries {
  /// Series of several files, one behind the other.
  ///
  /// Throws a `UserError` if steps differ in their width, or columns of the same names in their order.
  ///
  /// - Parameter known: the labels of the training, which all files were read with; nil: those of all files.
  package static func joined(
    _ parts: [(url: URL, series: LabelledSeries)], known: LabelSet? = nil
  ) throws -> LabelledSeries {
    guard let first = parts.first else { preconditionFailure("no series") }
    guard parts.count > 1 else { return first.series }
    var sequences = VectorSequences(width: first.series.sequences.width)
    var empty = EmptyExamples()
    for (url, series) in parts {
      guard series.sequences.width == sequences.width else {
        throw UserError(
          "'\(url.path)' has \(series.sequences.width) numbers a step, expected "
            + "\(sequences.width) as in '\(first.url.path)'", hint: "name files of one form")
      }
      let names = first.series.names
      guard series.names == names || Set(series.names) != Set(names) else {
        throw UserError(
          "'\(url.path)' has the columns of '\(first.url.path)' in another order",
          hint: "bring them into its order: \(names.prefix(12).joined(separator: ", "))")
      }
      for index in 0..<series.count { try sequences.append(series.sequences[index]) }
      empty.add(series.empty)
    }
    let (targets, unseen) = try joined(targetsOf: parts.map(\.series), known)
    return LabelledSeries(
      sequences: sequences, targets: targets, unseen: unseen, empty: empty,
      separator: first.series.separator, look: first.series.look, names: first.series.names)
  }

  private static func joined(
    targetsOf parts: [LabelledSeries], _ known: LabelSet?
  ) throws -> (Targets, UnseenLabels) {
    var unseen = UnseenLabels()
    switch parts[0].targets {
    case .none: return (.none, unseen)
    case .numbers:
      let numbers = try parts.reduce(into: LongList<Float>()) { all, part in
        if case .numbers(let values) = part.targets { try all.append(contentsOf: values) }
      }
      return (.numbers(numbers), unseen)
    case .classes:
      let found = parts.map { part -> (LongList<Int32>, LabelSet) in
        if case .classes(let ids, let own) = part.targets { (ids, own) } else { ([], LabelSet([])) }
      }
      let labels = known ?? LabelSet(found.flatMap(\.1.names))
      var ids = LongList<Int32>()
      for (part, found) in zip(parts, found) {
        let further = unseen.add(part.unseen, behind: labels)
        let places = found.1.names.map { labels.id($0) ?? 0 } + further
        for id in found.0 { try ids.append(places[Int(id)]) }
      }
      return (.classes(ids, labels), unseen)
    }
  }
}
