import Testing
import TestSupport
import Unroll

/// Single steps of a minibatch as variables of their own.
@Suite struct StepsTests {
  static let layouts = [
    SequenceLayout(lengths: [5, 5, 3, 1]), SequenceLayout(rows: 3, steps: 2),
    SequenceLayout(rows: 1, steps: 1),
  ]

  @Test(arguments: layouts)
  func joinedStepsAreTheWhole(layout: SequenceLayout) throws {
    let check = OperationCheck<Double>(layout)
    let x = check.leaf(columns: 17)
    func body(_ r: OperationCheck<Double>.Recording) {
      r.probe(r.tape.joined(r.tape.steps(of: r[x]), plan: r.plans[0]))
    }
    #expect(check.evaluate(body).probed[0] == check[x])
    try check.run(body)
  }

  /// Every second step has no reader at all, the others have two.
  @Test(arguments: layouts)
  func stepsHaveReadersOfTheirOwn(layout: SequenceLayout) throws {
    let check = OperationCheck<Double>(layout)
    let x = check.leaf(columns: 3)
    try check.run { r in
      for (step, variable) in r.tape.steps(of: r[x]).enumerated() where step % 2 == 0 {
        r.probe(variable)
        r.probe(r.tape.sum(variable, variable))
      }
    }
  }

  @Test(arguments: layouts)
  func narrowedAreTheFirstRows(layout: SequenceLayout) throws {
    let check = OperationCheck<Double>(layout)
    let x = check.leaf(columns: 5, extent: .sequences)
    let last = layout.stepCount - 1
    func body(_ r: OperationCheck<Double>.Recording) {
      r.probe(r.tape.narrowed(r[x], to: r.plans[0].step(last)))
    }
    #expect(
      check.evaluate(body).probed[0] == Array(check[x].prefix(layout.activeRows[last] * 5)))
    try check.run(body)
    // Nobody reads the last step's rows.
    try check.run { r in
      _ = r.tape.narrowed(r[x], to: r.plans[0].step(last))
      r.probe(r[x])
    }
  }

  /// Rows stay on their workers: a plan of a step has no shards of its own making.
  @Test func stepsKeepRowsOnTheirWorkers() {
    let plan = RowPlan(SequenceLayout(lengths: [9, 2, 2, 2, 1]), workers: 2)
    let team = WorkerTeam(count: 2)
    let rows = AlignedBuffer<Int>(count: 4)
    team.run { worker in
      for step in 0..<2 {
        let shard = plan.step(step).shard(of: worker).rows
        rows.base[worker.index * 2 + step] = shard.lowerBound * 10 + shard.upperBound
      }
    }
    #expect(Array(rows.elements) == [1, 1, 15, 14])
  }
}
