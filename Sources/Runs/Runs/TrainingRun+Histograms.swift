import Autodiff
import Interchange

extension TrainingRun {
  /// Has the process that writes know the whole gradient after each update, for `histograms`. All processes
  /// call it, before `train`; it holds if one of them wants it.
  package func showGradients(_ isWanted: Bool) { trainer.gathersGradients = agreed(isWanted) }

  /// How the weights fall, and their gradients in the last minibatch. Of a table only the rows of that
  /// minibatch have one: it is left out.
  package var histograms: [BoardSummary] {
    func histogram(_ kind: String, _ name: String, _ values: UnsafePointer<Float>, _ count: Int)
      -> BoardSummary
    {
      .histogram(
        "\(kind)/\(name)", BoardHistogram(UnsafeBufferPointer(start: values, count: count)))
    }
    return task.parameters.parameters.flatMap { parameter in
      let weights = histogram("weights", parameter.name, parameter.value, parameter.count)
      guard !parameter.role.isSparse, update > 0 else { return [weights] }
      return [
        weights, histogram("gradients", parameter.name, parameter.gradient, parameter.count),
      ]
    }
  }
}
