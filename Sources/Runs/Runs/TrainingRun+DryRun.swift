import Compute
import Dispatch

/// What a training takes, found out before it.
package struct DryRun: Sendable {
  package let parameters: Int
  /// The data and the model, in words.
  package let description: String
  /// What follows from the data, in lines.
  package let advice: [String]
  package let memory: MemoryEstimate
  package let updatesPerEpoch: Int
  package let totalUpdates: Int
  package let threads: Int
  /// Of the updates that were tried, ascending.
  package let seconds: [Double]
  /// Time steps of those updates together.
  package let tokens: Int

  /// Median.
  package var secondsPerUpdate: Double { seconds[seconds.count / 2] }
  package var tokensPerSecond: Double { Double(tokens) / seconds.reduce(0, +) }
}

extension TrainingRun {
  /// Begins in memory and times a few updates, spread over the first epoch; nothing is written. The run
  /// is of no use afterwards.
  ///
  /// - Parameters:
  ///   - budget: seconds after which no further update is tried.
  ///   - most: updates at most.
  package func tryOut(seconds budget: Double = 5, updates most: Int = 20) throws -> DryRun {
    try beginWeights()
    let rate = settings.optimizer.lr
    let count = min(most, updatesPerEpoch)
    var (seconds, tokens, spent) = ([Double](), 0, 0.0)
    // The first one touches memory that is new, and counts only if it is all there is time for.
    for number in -1..<count {
      let start = DispatchTime.now().uptimeNanoseconds
      let (_, minibatch) = makeUpdate(max(0, number) * updatesPerEpoch / count, rate: rate)
      let time = Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
      spent += time
      if number >= 0 || spent > budget {
        seconds.append(time)
        tokens += minibatch.tokens
      }
      if spent > budget { break }
    }
    let summary = summary
    return DryRun(
      parameters: summary.parameters, description: summary.description, advice: advice,
      memory: memory, updatesPerEpoch: updatesPerEpoch, totalUpdates: totalUpdates,
      threads: summary.threads,
      seconds: seconds.sorted(), tokens: tokens)
  }
}
