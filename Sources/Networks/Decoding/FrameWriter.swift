import Autodiff
import Compute
import Parallel

/// Writes the frames that codes say, each from the frame the network wrote before, where it reads
/// frames at all.
///
/// Not thread-safe; the rows are shared by the team.
package final class FrameWriter<S: MatrixElement> {
  private let model: FrameAutoencoder<S>
  private let team: WorkerTeam
  private let tape: Tape<S>

  package init(_ model: FrameAutoencoder<S>, team: WorkerTeam) {
    self.model = model
    self.team = team
    tape = Tape(workers: team.count, precision: model.precision)
  }

  /// Writes `layout.lengths[row]` frames for each row of `codes` `[rows, code]`, whose memory is not
  /// the writer's.
  ///
  /// - Parameter frames: `[tokens of layout, frameSize]`, overwritten.
  package func write(_ codes: Matrix<S>, _ layout: SequenceLayout, into frames: Matrix<S>) {
    precondition(codes.rows == layout.rowCount && frames.rows == layout.tokenCount)
    guard model.feedsFrames else {
      run(codes, layout, previous: nil, states: nil, into: frames)
      return
    }
    let carried = CarriedStates<S>(model.stateConfiguration, rows: codes.rows)
    for step in 0..<layout.stepCount {
      let active = layout.activeRows[step]
      run(
        codes.rows(0..<active), SequenceLayout(rows: active, steps: 1),
        previous: step == 0 ? nil : frames.rows(layout.offsets[step - 1]..<layout.offsets[step]),
        states: step == 0 ? nil : carried,
        into: frames.rows(layout.offsets[step]..<layout.offsets[step + 1]), keeping: carried)
    }
  }

  /// - Parameter previous: what is read, its first rows; nil for zeros where frames are read.
  private func run(
    _ codes: Matrix<S>, _ layout: SequenceLayout, previous: Matrix<S>?, states: CarriedStates<S>?,
    into frames: Matrix<S>, keeping carried: CarriedStates<S>? = nil
  ) {
    tape.begin(training: false)
    let plan = tape.plan(layout)
    var input: Matrix<S>?
    if model.feedsFrames {
      let read = tape.arena.matrix(rows: layout.tokenCount, columns: model.frameSize)
      if let previous { read.copy(from: previous.rows(0..<read.rows)) } else { read.fill(0) }
      input = read
    }
    let code = tape.variable(value: codes, plan: plan, extent: .sequences, needsGradient: false)
    let (written, final) = model.recordFrames(
      code, previous: input, states: states?.variables(plan, on: tape), on: tape)
    let tape = tape
    team.run { tape.forward($0) }
    carried?.capture(final)
    frames.copy(from: written.value)
  }
}
