import Autodiff
import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Networks
import Parallel
import Runs

/// Recorded segments and their autoencoder.
final class SegmentForm: AutoencoderForm {
  let format: RecordingFormat
  let team: WorkerTeam
  let features: SpeechFeatureConfiguration
  private let frames: FrameAutoencoder<Float>
  private let isReversed: Bool
  private let noise: FeatureNoise
  private let writer: FrameWriter<Float>
  /// Of the recordings to train on, where they are not written themselves.
  private let partners: Partners?
  private let partnerRows = IDBuffer()

  /// Throws a `UserError` for a precision that the processor lacks.
  init(
    _ settings: AutoencodingSettings, _ format: RecordingFormat, partners: Partners?,
    team: WorkerTeam
  ) throws {
    self.format = format
    self.partners = partners
    self.team = team
    features = settings.features.configuration
    let shape = try settings.model.configuration()
    let feedsFrames = settings.model.decoderInput == "previous"
    frames = FrameAutoencoder(
      shape, frameSize: features.width, feedsFrames: feedsFrames,
      precision: try settings.train.checkedPrecision)
    isReversed = settings.model.reversed
    noise = FeatureNoise(settings.model.noise, on: features)
    writer = FrameWriter(frames, team: team)
  }

  var model: any Autoencoder<Float> { frames }
  var vocabulary: Vocabulary? { nil }
  var artifact: Artifact {
    Artifact(RunFolder.recordingsName, format, change: "its sampling rate is another")
  }
  var summary: String { "frames of \(features.width) numbers" }
  var progressFigure: ProgressSnapshot.Measure? { nil }
  var queryKind: String { "the path of a WAV file" }

  // MARK: Examples

  /// - Parameter files: a folder of recordings, and perhaps a file of `file<TAB>label` lines.
  func read(_ files: [URL]) throws -> AutoencodingSource {
    guard let folder = files.first, files.count <= 2 else {
      throw UserError.usage(
        "found \(files.count) paths, expected a folder of recordings, and perhaps their labels",
        hint: "name them with --data DIR FILE")
    }
    var recordings = try Recordings(
      in: folder, features, sampleRate: format.sampleRate, team: team)
    if files.count == 2 { try recordings.readLabels(files[1]) }
    return .recordings(recordings)
  }

  func examples(_ source: AutoencodingSource) -> AutoencodingExamples {
    .recordings(source.recordings)
  }

  func example(_ query: String) throws -> AutoencodingExamples {
    .recordings(
      try Recordings(
        file: URL(fileURLWithPath: query), features, sampleRate: format.sampleRate, team: team))
  }

  // MARK: Recording

  func record(
    _ examples: AutoencodingExamples, rows: [Int], update: Int, on tape: Tape<Float>
  ) -> RecordedMinibatch {
    let recorded = record(
      examples.recordings.utterances.sequences, rows,
      // Of recordings to train on alone.
      partners: tape.isTraining ? partners?.chosen(for: rows, update: update) : nil, on: tape)
    return RecordedMinibatch(
      losses: [recorded.loss], count: recorded.targets.rows * frames.frameSize,
      tokens: recorded.codes.plan.layout.tokenCount + recorded.targets.rows)
  }

  func recordCodes(
    _ examples: AutoencodingExamples, rows: [Int], on tape: Tape<Float>
  ) -> Variable<Float> {
    frames.recordCodes(tape.features(examples.recordings.utterances.sequences, rows), on: tape)
  }

  /// What was recorded of some sequences.
  private struct Recorded {
    let loss: Loss<Float>
    /// In the rows that were read.
    let codes: Variable<Float>
    /// Of what is to be written.
    let layout: SequenceLayout
    /// What is to be written, `[tokens, frameSize]`.
    let targets: Matrix<Float>
  }

  /// - Parameter partners: to be written from the codes of `rows`; nil: themselves.
  private func record(
    _ sequences: VectorSequences, _ rows: [Int], partners: [Int]? = nil, on tape: Tape<Float>
  ) -> Recorded {
    let x = tape.features(sequences, rows)
    let partners = partners.map { record($0, of: sequences, on: tape) }
    let written = partners?.frames ?? x
    let layout = written.plan.layout
    let targets = isReversed ? reversed(written.value, layout, on: tape) : written.value
    let (loss, codes) = frames.record(
      noise.added(to: x, on: tape),
      partners: partners.map { ($0.frames.plan, $0.source) },
      previous: frames.feedsFrames ? delayed(targets, layout, on: tape) : nil, targets: targets,
      scale: 1 / Double(tape.total(of: layout.tokenCount * frames.frameSize)), on: tape)
    return Recorded(loss: loss, codes: codes, layout: layout, targets: targets)
  }

  /// Partners longest first, equal lengths in the order of the rows; and the row of each.
  private func record(
    _ partners: [Int], of sequences: VectorSequences, on tape: Tape<Float>
  ) -> (frames: Variable<Float>, source: UnsafeBufferPointer<Int32>) {
    let starts = sequences.starts
    func length(_ row: Int) -> Int { starts[partners[row] + 1] - starts[partners[row]] }
    let order = partners.indices.sorted { (length($1), $0) < (length($0), $1) }
    return (
      tape.features(sequences, order.map { partners[$0] }),
      UnsafeBufferPointer(partnerRows.fill(order.map { Int32($0) }))
    )
  }

  /// Every row from its end to its beginning.
  private func reversed(
    _ frames: Matrix<Float>, _ layout: SequenceLayout, on tape: Tape<Float>
  ) -> Matrix<Float> {
    let result = tape.arena.matrix(rows: frames.rows, columns: frames.columns)
    for step in 0..<layout.stepCount {
      for row in 0..<layout.activeRows[step] {
        let source = layout.offsets[layout.lengths[row] - 1 - step] + row
        let token = layout.offsets[step] + row
        result.rows(token..<token + 1).copy(from: frames.rows(source..<source + 1))
      }
    }
    return result
  }

  /// Every row a step later, after a frame of zeros.
  private func delayed(
    _ frames: Matrix<Float>, _ layout: SequenceLayout, on tape: Tape<Float>
  ) -> Matrix<Float> {
    let result = tape.arena.matrix(rows: frames.rows, columns: frames.columns)
    result.rows(0..<layout.activeRows[0]).fill(0)
    for step in 1..<max(1, layout.stepCount) {
      let active = layout.activeRows[step]
      let (source, target) = (layout.offsets[step - 1], layout.offsets[step])
      result.rows(target..<target + active).copy(from: frames.rows(source..<source + active))
    }
    return result
  }

  // MARK: Reconstruction

  /// A sequence that was written from its code alone.
  private struct Reconstruction {
    /// Both as written, `[tokens, frameSize]`.
    let frames: Matrix<Float>
    let targets: Matrix<Float>
    /// The rows that are this sequence's, in the order of writing.
    let tokens: [Int]

    /// Summed in the order of `tokens`.
    func squaredError(over tokens: [Int]) -> Double {
      var sum = 0.0
      for token in tokens {
        for column in 0..<frames.columns {
          let error = Double(frames[token, column]) - Double(targets[token, column])
          sum += error * error
        }
      }
      return sum
    }
  }

  /// Calls `visit` with every sequence and what is written from its code.
  ///
  /// - Returns: the squared errors of the teacher-forced decoder, and the numbers they are of.
  @discardableResult
  private func reconstruct(
    _ sequences: VectorSequences, visit: (Int, Reconstruction) -> Void
  ) -> (forced: Double, count: Int) {
    var (forced, count) = (0.0, 0)
    pass.read(sequences.lengths, expecting: sequences.expect) { rows, tape in
      let recorded = record(sequences, rows, on: tape)
      return (
        recorded,
        frames: tape.arena.matrix(rows: recorded.layout.tokenCount, columns: frames.frameSize)
      )
    } visit: { rows, read in
      let (recorded, frames) = read
      let layout = recorded.layout
      forced += recorded.loss.sum
      count += layout.tokenCount * frames.columns
      writer.write(recorded.codes.value, layout, into: frames)
      for (row, example) in rows.enumerated() {
        visit(
          example,
          Reconstruction(
            frames: frames, targets: recorded.targets,
            tokens: (0..<layout.lengths[row]).map { layout.offsets[$0] + row }))
      }
    }
    return (forced, count)
  }

  func score(_ examples: AutoencodingExamples) -> Score {
    var free = 0.0
    let (forced, count) = reconstruct(examples.recordings.utterances.sequences) {
      free += $1.squaredError(over: $1.tokens)
    }
    let (loss, error) = (forced / Double(max(1, count)), free / Double(max(1, count)))
    return Score(
      loss: loss, unit: .number, figures: [.init("mse", error, .number, .lowerIsBetter)],
      decidedBy: "mse", count: count,
      text: String(format: "mean squared error %.4f  teacher-forced %.4f", error, loss))
  }

  // MARK: Predicting

  /// One path of a WAV file a line.
  func queries() -> any QueryReader<AutoencodingQuery> {
    LineQueries { [self] line, _ in
      let path = line.trimmingCharacters(in: .whitespaces)
      return path.isEmpty ? nil : AutoencodingQuery(lines: [path], example: try example(path))
    }
  }

  /// How far reconstructions are off, and with `--json` their frames.
  func predict(_ queries: [AutoencodingQuery]) -> [Prediction] {
    let sequences = VectorSequences(
      width: frames.frameSize,
      queries.compactMap(\.example?.recordings.utterances.sequences).map { $0[0] })
    var predictions = [Prediction?](repeating: nil, count: queries.count)
    reconstruct(sequences) { predictions[$0] = prediction(queries[$0].lines[0], $1) }
    return predictions.compactMap(\.self)
  }

  private func prediction(_ path: String, _ reconstruction: Reconstruction) -> Prediction {
    let frames = reconstruction.frames
    let tokens = isReversed ? reconstruction.tokens.reversed() : reconstruction.tokens
    let error =
      reconstruction.squaredError(over: tokens) / Double(tokens.count * frames.columns)
    return Prediction(
      text: String(format: "%.4f\t", error) + path,
      json: [
        "file": .string(path), "mse": .number(error),
        "reconstruction": .array(tokens.map { .numbers(frames.numbers(ofRow: $0)) }),
      ])
  }
}
