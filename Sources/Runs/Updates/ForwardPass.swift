import Autodiff
import Compute
import Parallel

/// Reads outputs: runs what is recorded forward, without noise and without gradients.
///
/// While its team is cancelled nothing is computed, and outputs hold anything: whoever cancelled throws
/// them away.
public final class ForwardPass<S: MatrixElement> {
  let tape: Tape<S>
  package var workers: Int { team.count }
  var isCancelled: Bool { team.isCancelled }
  private let team: WorkerTeam

  public init(_ team: WorkerTeam, precision: Precision = .f32) {
    self.team = team
    tape = Tape(workers: team.count, precision: precision)
  }

  /// - Parameter record: puts a minibatch on the tape and says what is to be read of it.
  /// - Returns: the rows of that variable: tokens or sequences, in the order of their plan.
  public func values(_ record: (Tape<S>) -> Variable<S>) -> [[S]] {
    let matrix = read(record).value
    return (0..<matrix.rows).map(matrix.numbers(ofRow:))
  }

  /// The sum of all losses that `record` puts on the tape.
  public func loss(_ record: (Tape<S>) -> Void) -> Double {
    read(record)
    return tape.loss
  }

  /// Runs what `record` puts on the tape. Memory stays until the next is read.
  @discardableResult
  package func read<Recorded>(_ record: (Tape<S>) -> Recorded) -> Recorded {
    tape.begin(training: false)
    let recorded = record(tape)
    let tape = tape
    if !team.isCancelled { team.run { tape.forward($0) } }
    return recorded
  }
}
