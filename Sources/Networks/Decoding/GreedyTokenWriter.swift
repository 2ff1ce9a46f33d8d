import Autodiff
import Compute
import Parallel

/// Writes what codes say, token by token: at each step the likeliest token, which is read at the next.
///
/// Many codes at once, their rows shared by the team; a row's text does not depend on the others. Not
/// thread-safe.
package final class GreedyTokenWriter<S: MatrixElement> {
  private let decoder: TokenDecoder<S>
  private let team: WorkerTeam
  private let tape: Tape<S>

  package init(_ decoder: TokenDecoder<S>, precision: Precision, team: WorkerTeam) {
    self.decoder = decoder
    self.team = team
    tape = Tape(workers: team.count, precision: precision)
  }

  /// The tokens that each code says, without the one that ends them.
  ///
  /// - Parameters:
  ///   - codes: `[rows, code]`, in memory that is not the writer's.
  ///   - firstEnd: ids from here on end a row.
  ///   - limits: most tokens of each row.
  /// - Returns: for each row its tokens, and the id that ended it if one did.
  package func write(
    _ codes: Matrix<S>, firstEnd: Int32, limits: [Int]
  ) -> [(tokens: [Int32], end: Int32?)] {
    var texts = [(tokens: [Int32], end: Int32?)](repeating: ([], nil), count: codes.rows)
    let ids = AlignedBuffer<Int32>(count: codes.rows)
    for row in 0..<codes.rows { ids.base[row] = decoder.start }
    let carried = CarriedStates<S>(decoder.decoder.configuration, rows: codes.rows)
    let layout = SequenceLayout(rows: codes.rows, steps: 1)
    // One step more than tokens: for the end.
    for step in 0...(limits.max() ?? 0) {
      tape.begin(training: false)
      let plan = tape.plan(layout)
      let code = tape.variable(value: codes, plan: plan, extent: .sequences, needsGradient: false)
      let (logits, final) = decoder.recordLogits(
        code, inputs: UnsafeBufferPointer(start: ids.base, count: codes.rows),
        states: step == 0 ? nil : carried.variables(plan, on: tape), on: tape)
      let (tape, scores) = (tape, logits.value)
      team.run { worker in
        tape.forward(worker)
        for row in plan.shard(of: worker).rows { ids.base[row] = scores.indexOfLargest(inRow: row) }
      }
      carried.capture(final)
      for row in texts.indices where texts[row].end == nil && step <= limits[row] {
        if ids.base[row] >= firstEnd {
          texts[row].end = ids.base[row]
        } else if step < limits[row] {
          texts[row].tokens.append(ids.base[row])
        }
        // An end is no token to read; its row goes on unheard.
      }
      if texts.indices.allSatisfy({ texts[$0].end != nil || step >= limits[$0] }) { break }
    }
    return texts
  }
}

extension Matrix {
  /// The first of the largest columns of a row.
  @specialized(where S == Float)
  @specialized(where S == Double)
  func indexOfLargest(inRow row: Int) -> Int32 {
    Int32(Rows.indexOfLargest(self.row(row), count: columns))
  }
}
