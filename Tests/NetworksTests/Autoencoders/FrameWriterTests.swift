import Autodiff
import Compute
import Networks
import Parallel
import Testing

@Suite struct FrameWriterTests {
  /// A decoder that is fed what was written, zeros before the first frame, says the same frames.
  @Test(arguments: [false, true])
  func whatIsWrittenIsWhatWouldBeLearnt(feedsFrames: Bool) {
    let layout = SequenceLayout(lengths: [4, 3, 1])
    let model = FrameAutoencoder<Double>(
      AutoencoderConfiguration(
        stack: StackConfiguration(inputSize: 6, hiddenSize: 5), codeSize: 3),
      frameSize: 6, feedsFrames: feedsFrames
    ).allocated(seed: 2)
    let (team, arena) = (WorkerTeam(count: 2), Arena<Double>())
    func matrix() -> Matrix<Double> { arena.matrix(rows: layout.tokenCount, columns: 6) }
    let read = matrix()
    read.assign((0..<6 * layout.tokenCount).map { Double(($0 * 7) % 11) / 11 })

    func run<Recorded>(_ record: (Variable<Double>, Tape<Double>) -> Recorded) -> Recorded {
      let tape = Tape<Double>(workers: 2)
      tape.begin(training: false)
      let x = tape.variable(value: read, plan: tape.plan(layout), needsGradient: false)
      let recorded = record(x, tape)
      team.run { tape.forward($0) }
      return recorded
    }
    let (codes, keeper) = run { x, tape in (model.recordCodes(x, on: tape), tape) }
    let written = matrix()
    FrameWriter(model, team: team).write(codes.value, layout, into: written)
    withExtendedLifetime(keeper) {}
    #expect(written.values.contains { abs($0) > 0.01 })

    let previous = matrix()
    previous.fill(0)
    for step in 1..<layout.stepCount {
      let range = layout.offsets[step]..<layout.offsets[step + 1]
      let before = layout.offsets[step - 1]..<layout.offsets[step - 1] + range.count
      previous.rows(range).copy(from: written.rows(before))
    }
    let tape = run { x, tape in
      _ = model.record(
        x, previous: feedsFrames ? previous : nil, targets: written, scale: 1, on: tape)
      return tape
    }
    #expect(tape.loss < 1e-24)
  }
}
