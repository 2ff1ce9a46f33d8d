import Autodiff
import Compute
import Parallel

/// Rows × units: how a recurrence is divided over a team, and what that should cost.
///
/// `groups` of workers divide the rows; the `members` of a group share its rows and divide the units. With rows
/// enough for everybody, each goes its own way (one member); with few, every worker would read all weights for
/// a handful of rows, step after step, and part of the team would have no row at all. Then it pays to give each
/// member a part of the weights, which may stay in its cache for the whole sequence, and to meet once a stage.
///
/// Source: Diamos et al., "Persistent RNNs" (2016), there for the registers of a GPU.
package struct RecurrencePlan: Sendable, Equatable {
  package let groups: Int
  package let members: Int
  /// What a step, forward and backward, should take.
  package let microseconds: Double

  /// The sizes that the cost follows from.
  package struct Sizes: Sendable {
    /// Active rows of a step, on average.
    package var rows: Double
    package var steps: Int
    /// Elements of the recurrent weights, and bytes of one.
    package var weights: Int
    package var elementSize: Int
    /// Panels of the products, forward and backward, of which a member has whole ones.
    package var panels: (forward: Int, backward: Int)
    package var stages: Int

    package init(
      rows: Double, steps: Int, weights: Int, elementSize: Int,
      panels: (forward: Int, backward: Int), stages: Int
    ) {
      (self.rows, self.steps, self.weights) = (rows, steps, weights)
      (self.elementSize, self.panels, self.stages) = (elementSize, panels, stages)
    }
  }

  /// Speeds that only have to be right in proportion: a core of 2023.
  private static let operationsPerMicrosecond = 110_000.0
  private static let bytesPerMicrosecond = (own: 90_000.0, shared: 30_000.0, memory: 10_000.0)
  private static let meeting = 0.4
  /// What a plan has to gain over rows alone: meetings also make everybody wait for whoever is interrupted.
  private static let margin = 1.1

  /// All plans for a team, rows alone first.
  package static func all(
    _ sizes: Sizes, workers: Int, caches: ProcessorCaches = .current
  ) -> [RecurrencePlan] {
    TeamDivision.sizes(in: workers).map { members in
      let groups = workers / members
      let rows = max((sizes.rows / Double(groups)).rounded(.up), 1)
      func product(_ panels: Int) -> Double {
        let share = Double((panels + members - 1) / members) / Double(panels)
        let elements = Double(sizes.weights) * share
        let bytes = elements * Double(sizes.elementSize)
        let speed =
          bytes < 0.75 * Double(caches.own)
          ? bytesPerMicrosecond.own
          : sizes.weights * sizes.elementSize < caches.shared
            ? bytesPerMicrosecond.shared : bytesPerMicrosecond.memory
        return max(2 * rows * elements / operationsPerMicrosecond, bytes / speed)
      }
      let meetings = members > 1 ? 2 * Double(sizes.stages) + 4 / Double(sizes.steps) : 0
      return RecurrencePlan(
        groups: groups, members: members,
        microseconds: product(sizes.panels.forward) + product(sizes.panels.backward)
          + meetings * meeting)
    }
  }

  /// The cheapest; rows alone unless another is clearly so, or where threads outnumber processors.
  package static func best(_ sizes: Sizes, workers: Int) -> RecurrencePlan {
    let plans = all(sizes, workers: workers)
    let rowsAlone = plans[0]
    guard workers <= UsableCores.processors,
      let best = plans.min(by: { $0.microseconds < $1.microseconds }),
      best.microseconds * margin < rowsAlone.microseconds
    else { return rowsAlone }
    return best
  }
}

extension RecurrentLayer {
  /// What a plan for `layout` follows from; nil where units cannot be divided, since steps have no product.
  package func planSizes(_ layout: SequenceLayout) -> RecurrencePlan.Sizes? {
    guard let weightHH, linearCell == nil, layout.stepCount > 0 else { return nil }
    let forward = stages.map(\.layout.panelCount).min() ?? 1
    return RecurrencePlan.Sizes(
      rows: Double(layout.tokenCount) / Double(layout.stepCount), steps: layout.stepCount,
      weights: weightHH.freeCount + (weightHR?.count ?? 0),
      elementSize: precision == .bf16 ? 2 : MemoryLayout<S>.stride,
      panels: (forward, PanelLayout(units: hiddenSize).panelCount), stages: stages.count)
  }

  /// How many workers share rows.
  func groupSize(for layout: SequenceLayout, workers: Int) -> Int {
    guard workers > 1, let sizes = planSizes(layout) else { return 1 }
    return RecurrencePlan.best(sizes, workers: workers).members
  }
}
