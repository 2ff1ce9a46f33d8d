import Compute
import Foundation
import Networks
import Parallel

/// How a shape's recurrence can be divided over a team, with what the cost model expects of each way.
package struct PlanListing {
  private let shape: ThroughputShape
  private let plans: [RecurrencePlan]
  private let best: RecurrencePlan?

  package init(_ shape: ThroughputShape, workers: Int, precision: Precision) {
    self.shape = shape
    let model = LanguageModel<Float>(shape.model, precision: precision)
    let sizes = model.stack.layers[0][0].planSizes(shape.layout(0, seed: 1))
    plans = sizes.map { RecurrencePlan.all($0, workers: workers) } ?? []
    best = sizes.map { RecurrencePlan.best($0, workers: workers) }
  }

  /// One line a plan, the one that is taken marked with `*`.
  package var lines: [String] {
    guard !plans.isEmpty else { return ["\(shape.name) \(shape.cell.name): no product in a step"] }
    let title = String(
      format: "%@ %@: %ld units, %ld rows; groups x members, microseconds a step, a layer",
      shape.name, shape.cell.name, shape.hidden, shape.batch)
    return [title]
      + plans.map { plan in
        String(
          format: "%@ %ldx%ld  %.1f", plan == best ? "*" : " ", plan.groups, plan.members,
          plan.microseconds)
      }
  }
}
