import Corpora

/// Answers series of numbers that come as numbers, with no text between.
package protocol SeriesPredicting: TrainingTask {
  /// Numbers of a step; nil: this run reads no such series.
  var seriesWidth: Int? { get }
  /// What outputs are probabilities of; empty where they are numbers.
  var classes: [String] { get }
  /// Numbers of an answer.
  var outputCount: Int { get }
  /// An answer for each of the series, which are finite, not empty, and of the run's width.
  func outputs(of series: VectorSequences) throws -> [[Float]]
}
