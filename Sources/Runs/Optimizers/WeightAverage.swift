import Autodiff
import Compute
import Measures
import Parallel

/// The mean of the weights over many updates, which is what is evaluated and saved while training
/// goes on with the weights themselves.
///
/// Polyak & Juditsky, "Acceleration of Stochastic Approximation by Averaging" (1992). When it begins
/// is decided by validation (NT-ASGD): Merity, Keskar & Socher, "Regularizing and Optimizing LSTM
/// Language Models" (2018).
package final class WeightAverage {
  /// In the store's order.
  package let values: AlignedBuffer<Float>
  /// Updates in the mean.
  package private(set) var count = 0
  /// There is no mean of no weights.
  package var isEmpty: Bool { count == 0 }
  private let store: ParameterStore<Float>

  package init(of store: ParameterStore<Float>) {
    self.store = store
    values = AlignedBuffer(count: store.count)
  }

  /// Continues a mean over `count` updates; the caller has filled `values`.
  package func resume(count: Int) { self.count = count }

  /// Takes the weights as they are into the mean: `m += (w - m) / n`.
  package func accumulate(_ team: WorkerTeam) {
    count += 1
    let share = 1 / Float(count)
    // Workers write disjoint ranges, and nobody steps the weights meanwhile.
    nonisolated(unsafe) let mean = values.base
    nonisolated(unsafe) let weights = store.values.base
    let total = store.count
    team.run { worker in
      for i in worker.share(of: total) { mean[i] += (weights[i] - mean[i]) * share }
    }
  }

  /// Runs `body` with the mean in the place of the weights.
  package func use<Result>(_ body: () throws -> Result) rethrows -> Result {
    exchange()
    defer { exchange() }
    return try body()
  }

  private func exchange() {
    let (mean, weights) = (values.base, store.values.base)
    for i in 0..<store.count { (mean[i], weights[i]) = (weights[i], mean[i]) }
    store.pack()
  }
}

/// When averaging begins: once a validation is worse than the best of all but the last `patience`
/// before it (NT-ASGD's non-monotonic trigger).
package struct AveragingTrigger: Sendable {
  /// 0 is never.
  package let patience: Int

  package init(patience: Int) { self.patience = patience }

  /// - Parameter earlier: of all validations before `latest`, in order.
  package func fires(at latest: Standing, after earlier: [Standing]) -> Bool {
    guard patience > 0, earlier.count > patience,
      let best = earlier.dropLast(patience).min(by: { $0.isBetter(than: $1) })
    else { return false }
    return best.isBetter(than: latest)
  }
}
