import Compute
import Foundation

/// Sequences of real vectors, each with a class, with a number to predict, or with nothing.
package struct LabelledSeries: Sendable {
  /// What each sequence is to be mapped to.
  package enum Targets: Sendable, Equatable {
    /// A class each, as ids of the set.
    case classes([Int32], LabelSet)
    /// A number each.
    case numbers([Float])
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

  package init(sequences: VectorSequences, targets: Targets) {
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
  }

  package var count: Int { sequences.count }
}
