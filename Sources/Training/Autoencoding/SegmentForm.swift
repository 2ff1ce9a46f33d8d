import Autodiff
import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Networks
import Parallel

/// Recorded segments and their autoencoder.
final class SegmentForm: AutoencoderForm {
  /// Samples a second of the recordings.
  let sampleRate: Int
  let team: WorkerTeam
  let features: SpeechFeatureConfiguration
  private let model: FrameAutoencoder<Float>
  private let isReversed: Bool
  private let inputNoise: Double
  private let writer: FrameWriter<Float>
  /// Of the recordings to train on, where they are not written themselves.
  var partners: Partners?
  private let partnerRows = IDBuffer()

  /// Throws a `UserError` if the machine's memory is too small.
  init(
    _ configuration: ResolvedConfiguration, sampleRate: Int, seed: UInt64, team: WorkerTeam
  ) throws {
    self.sampleRate = sampleRate
    self.team = team
    features = SpeechFeatureConfiguration(configuration)
    let shape = try AutoencoderConfiguration(configuration)
    let feedsFrames = configuration.string("model.decoder_input") == "previous"
    var memory = WeightMemory()
    shape.add(
      to: &memory, encoder: features.width, decoder: feedsFrames ? features.width : 0)
    memory.add(matrix: features.width, shape.stack.stateSize)
    try memory.check()
    model = FrameAutoencoder(
      shape, frameSize: features.width, feedsFrames: feedsFrames,
      precision: try Precision(checking: configuration)
    ).allocated(seed: seed)
    isReversed = configuration.boolean("model.reversed")
    inputNoise = configuration.number("model.input_noise")
    writer = FrameWriter(model, team: team)
  }

  var parameters: ParameterStore<Float> { model.parameters }
  var precision: Precision { model.precision }
  var codeSize: Int { model.configuration.codeSize }
  var measure: ProgressSnapshot.Measure? { nil }
  var queryKind: String { "the path of a WAV file" }
  var summary: String { "frames of \(features.width) numbers" }

  func read(_ url: URL) throws -> SegmentExamples {
    try SegmentExamples(in: url, features, sampleRate: sampleRate, team: team)
  }

  func example(_ query: String) throws -> SegmentExamples {
    let url = URL(fileURLWithPath: query)
    return SegmentExamples(
      try Utterances(
        [url.lastPathComponent], in: url.deletingLastPathComponent(), features,
        sampleRate: sampleRate, team: team))
  }

  // MARK: Recording

  func record(
    _ examples: SegmentExamples, rows: [Int], update: Int, on tape: Tape<Float>
  ) -> RecordedMinibatch {
    if let partners {
      return record(
        examples, rows, partners: partners.chosen(for: rows, update: update), on: tape)
    }
    let (loss, _, x) = record(examples, rows, on: tape)
    let tokens = x.plan.layout.tokenCount
    return RecordedMinibatch(
      losses: [loss], count: tokens * model.frameSize, tokens: 2 * tokens)
  }

  /// Records the examples `rows` with `partners` to be written from their codes.
  private func record(
    _ examples: SegmentExamples, _ rows: [Int], partners: [Int], on tape: Tape<Float>
  ) -> RecordedMinibatch {
    let sequences = examples.utterances.sequences
    let x = tape.features(sequences, rows)
    let starts = sequences.starts
    func length(_ row: Int) -> Int { starts[partners[row] + 1] - starts[partners[row]] }
    // Longest first; equal lengths in the order of the rows.
    let order = partners.indices.sorted { (length($1), $0) < (length($0), $1) }
    let written = tape.features(sequences, order.map { partners[$0] })
    let source = partnerRows.fill(order.map { Int32($0) })
    let layout = written.plan.layout
    let targets = isReversed ? reversed(written.value, layout, on: tape) : written.value
    let count = layout.tokenCount * model.frameSize
    let (loss, _) = model.record(
      tape.gaussianNoise(x, deviation: inputNoise),
      partners: (written.plan, UnsafeBufferPointer(source)),
      previous: model.feedsFrames ? delayed(targets, layout, on: tape) : nil, targets: targets,
      scale: 1 / Double(count), on: tape)
    return RecordedMinibatch(
      losses: [loss], count: count, tokens: x.plan.layout.tokenCount + layout.tokenCount)
  }

  func recordCodes(
    _ examples: SegmentExamples, rows: [Int], on tape: Tape<Float>
  ) -> Variable<Float> {
    model.recordCodes(tape.features(examples.utterances.sequences, rows), on: tape)
  }

  private func record(
    _ examples: SegmentExamples, _ rows: [Int], on tape: Tape<Float>
  ) -> (loss: Loss<Float>, codes: Variable<Float>, frames: Variable<Float>) {
    let x = tape.features(examples.utterances.sequences, rows)
    let layout = x.plan.layout
    let targets = isReversed ? reversed(x.value, layout, on: tape) : x.value
    let scale = 1 / Double(layout.tokenCount * model.frameSize)
    let (loss, codes) = model.record(
      tape.gaussianNoise(x, deviation: inputNoise),
      previous: model.feedsFrames ? delayed(targets, layout, on: tape) : nil, targets: targets,
      scale: scale, on: tape)
    return (loss, codes, x)
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

  /// Calls `visit` with every example and the mean squared error of what is written from its code
  /// alone.
  ///
  /// - Returns: the squared errors of the teacher-forced decoder, of the other, and the numbers that
  ///   they are of.
  @discardableResult
  private func reconstruct(
    _ examples: SegmentExamples, visit: (Int, Double) -> Void = { _, _ in }
  ) -> (forced: Double, free: Double, count: Int) {
    let tape = Tape<Float>(workers: team.count, precision: precision)
    var (forced, free, count) = (0.0, 0.0, 0)
    examples.forEachBatch { rows in
      tape.begin(training: false)
      let (loss, codes, x) = record(examples, rows, on: tape)
      let layout = x.plan.layout
      let frames = tape.arena.matrix(rows: layout.tokenCount, columns: model.frameSize)
      let targets = isReversed ? reversed(x.value, layout, on: tape) : x.value
      team.run { tape.forward($0) }
      forced += loss.sum
      count += layout.tokenCount * model.frameSize
      writer.write(codes.value, layout, into: frames)
      for (row, example) in rows.enumerated() {
        var sum = 0.0
        for step in 0..<layout.lengths[row] {
          let token = layout.offsets[step] + row
          for column in 0..<model.frameSize {
            let error = Double(frames[token, column]) - Double(targets[token, column])
            sum += error * error
          }
        }
        free += sum
        visit(example, sum / Double(layout.lengths[row] * model.frameSize))
      }
    }
    return (forced, free, count)
  }

  func score(_ examples: SegmentExamples) -> Score {
    let (forced, free, count) = reconstruct(examples)
    let (loss, error) = (forced / Double(max(1, count)), free / Double(max(1, count)))
    return Score(
      loss: loss, unit: .number, figures: [.init("mse", error, .number, .lowerIsBetter)],
      decidedBy: "mse", count: count,
      text: String(format: "mean squared error %.4f  teacher-forced %.4f", error, loss))
  }

  /// One path of a WAV file a line: how far its reconstruction is off, and with `--json` its frames.
  func predict(_ nextLine: () throws -> String?, emit: (Prediction) throws -> Void) throws {
    while let line = try nextLine() {
      let path = line.trimmingCharacters(in: .whitespaces)
      if path.isEmpty { continue }
      let example = try example(path)
      let tape = Tape<Float>(workers: team.count, precision: precision)
      tape.begin(training: false)
      let (_, codes, x) = record(example, [0], on: tape)
      let written = tape.arena.matrix(rows: x.value.rows, columns: model.frameSize)
      team.run { tape.forward($0) }
      writer.write(codes.value, x.plan.layout, into: written)
      let order = isReversed ? Array((0..<written.rows).reversed()) : Array(0..<written.rows)
      var sum = 0.0
      let frames = order.enumerated().map { step, token in
        JSONValue.array(
          (0..<model.frameSize).map { column in
            let error = Double(written[token, column]) - Double(x.value[step, column])
            sum += error * error
            return .number(Double(written[token, column]))
          })
      }
      let error = sum / Double(written.rows * model.frameSize)
      try emit(
        Prediction(
          text: String(format: "%.4f\t", error) + path,
          json: .object([
            .init("file", .string(path)), .init("mse", .number(error)),
            .init("reconstruction", .array(frames)),
          ])))
    }
  }

  // MARK: Files

  func writeFiles(to folder: RunFolder) throws {
    let json = JSONValue.object([.init("sample_rate", .integer(sampleRate))])
    try AtomicFile.write("\(json)\n", to: folder.recordings)
  }

  func matchesFiles(of folder: RunFolder) throws -> Bool {
    try Self.sampleRate(of: folder) == sampleRate
  }

  /// Reads what `writeFiles` wrote. Throws a `UserError` that names the file.
  static func sampleRate(of folder: RunFolder) throws -> Int {
    guard let text = try? String(contentsOf: folder.recordings, encoding: .utf8),
      let rate = (try? JSONValue(parsing: text))?["sample_rate"]?.integer, rate > 0
    else {
      throw UserError(
        "'\(folder.recordings.relativePath)' does not say the recordings' sampling rate",
        hint: "restore the file from a copy of the run")
    }
    return rate
  }
}
