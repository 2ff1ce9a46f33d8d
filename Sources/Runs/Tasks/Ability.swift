/// An ability as a value: finds it in a task, and the tasks that have it.
package struct Ability<Protocol>: Sendable {
  /// The task as one that has the ability; nil if it has not.
  package let of: @Sendable (any TrainingTask) -> Protocol?
  package let isOf: @Sendable (any TrainingTask.Type) -> Bool
}

/// All abilities that a command asks for.
package enum Abilities {
  package static let predicting = Ability(
    of: { $0 as? any Predicting }, isOf: { $0 is any Predicting.Type })
  package static let predictingSeries = Ability(
    of: { $0 as? any SeriesPredicting }, isOf: { $0 is any SeriesPredicting.Type })
  package static let ensembling = Ability(
    of: { $0 as? any Ensembling }, isOf: { $0 is any Ensembling.Type })
  package static let ensembleMeasuring = Ability(
    of: { $0 as? any EnsembleMeasuring }, isOf: { $0 is any EnsembleMeasuring.Type })
  package static let decoding = Ability(
    of: { $0 as? any Decoding }, isOf: { $0 is any Decoding.Type })
  package static let ranking = Ability(
    of: { $0 as? any Ranking }, isOf: { $0 is any Ranking.Type })
  package static let columnReading = Ability(
    of: { $0 as? any ColumnReading }, isOf: { $0 is any ColumnReading.Type })
  package static let resizing = Ability(
    of: { $0 as? any Resizable }, isOf: { $0 is any Resizable.Type })
  package static let streamReading = Ability(
    of: { $0 as? any StreamReading }, isOf: { $0 is any StreamReading.Type })
  package static let selfNormalising = Ability(
    of: { $0 as? any SelfNormalising }, isOf: { $0 is any SelfNormalising.Type })
  package static let adapting = Ability(
    of: { $0 as? any Adapting }, isOf: { $0 is any Adapting.Type })
  package static let sampling = Ability(
    of: { $0 as? any Sampling }, isOf: { $0 is any Sampling.Type })
  package static let composing = Ability(
    of: { $0 as? any Composing }, isOf: { $0 is any Composing.Type })
  package static let scoring = Ability(
    of: { $0 as? any Scoring }, isOf: { $0 is any Scoring.Type })
  package static let interpolating = Ability(
    of: { $0 as? any Interpolating }, isOf: { $0 is any Interpolating.Type })
  package static let listing = Ability(
    of: { $0 as? any Listing }, isOf: { $0 is any Listing.Type })
  package static let graphExporting = Ability(
    of: { $0 as? any GraphExporting }, isOf: { $0 is any GraphExporting.Type })
  package static let embedding = Ability(
    of: { $0 as? any SequenceEmbedding }, isOf: { $0 is any SequenceEmbedding.Type })
  package static let gradientMeasuring = Ability(
    of: { $0 as? any GradientMeasuring }, isOf: { $0 is any GradientMeasuring.Type })
  package static let alignmentShowing = Ability(
    of: { $0 as? any AlignmentShowing }, isOf: { $0 is any AlignmentShowing.Type })
  package static let memoryShowing = Ability(
    of: { $0 as? any MemoryShowing }, isOf: { $0 is any MemoryShowing.Type })
}
