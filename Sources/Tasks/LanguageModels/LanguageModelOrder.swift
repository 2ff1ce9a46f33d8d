import Autodiff
import Compute
import Corpora
import Foundation
import Networks
import Parallel
import Runs

/// The minibatches of a language model's training, in one of its orders.
protocol LanguageModelOrder: AnyObject, ExampleOrder {
  /// Tokens that are predicted in an epoch.
  var tokensPerEpoch: Int { get }
  /// What outlives a minibatch, a row for each stream.
  var carriedStates: [(name: String, matrix: Matrix<Float>)] { get }

  /// Writes the tokens of an update where `LanguageModelMinibatch` has room, and says which rows there are.
  ///
  /// - Parameter rows: some of `rows(update:)`, ascending.
  func fill(_ minibatch: LanguageModelMinibatch, update: Int, rows: [Int]) -> SequenceLayout
  /// Likewise with as many tokens as any update has, before the first one. Carried states, which may be more
  /// than the machine has memory, are not touched.
  ///
  /// - Parameter rows: some of `largestMinibatch`, ascending.
  func fillLargest(_ minibatch: LanguageModelMinibatch, rows: [Int]) -> SequenceLayout
  /// Where the rows that were filled in last begin; nil: at zeros.
  func states(_ plan: RowPlan, on tape: Tape<Float>) -> [RecurrentState<Float>?]?
  /// Takes over where they ended.
  func capture(_ final: [RecurrentState<Float>])
  /// The tokens of a row that was filled in last.
  func place(ofRow row: Int) -> String
}

extension LanguageModelOrder {
  var stepsPerEpoch: Int? { tokensPerEpoch }
}

/// Memory for the tokens of a minibatch, in the order of its layout.
final class LanguageModelMinibatch {
  private(set) var inputs = AlignedBuffer<Int32>(count: 0)
  private(set) var targets = AlignedBuffer<Int32>(count: 0)

  func reserve(_ count: Int) {
    guard count > inputs.count else { return }
    inputs = AlignedBuffer(count: count)
    targets = AlignedBuffer(count: count)
  }

  /// Writes rows of stretches of text, longest first: each token is the target of the one before it, the
  /// first one of what stands before it in the text or, where it begins one, of `lineEnd`.
  func fill(
    _ rows: [(store: TokenStore, tokens: Range<Int>, isBeginning: Bool)], after lineEnd: Int32
  ) -> SequenceLayout {
    let layout = SequenceLayout(lengths: rows.map(\.tokens.count))
    reserve(layout.tokenCount)
    var ids = [Int32](repeating: 0, count: layout.stepCount + 1)
    for (row, (store, tokens, isBeginning)) in rows.enumerated() {
      ids.withUnsafeMutableBufferPointer { ids in
        guard let base = ids.baseAddress else { return }
        if isBeginning || tokens.lowerBound == 0 {
          ids[0] = lineEnd
          store.copy(tokens, into: base + 1)
        } else {
          store.copy(tokens.lowerBound - 1..<tokens.upperBound, into: base)
        }
      }
      for step in 0..<tokens.count {
        let place = layout.offsets[step] + row
        inputs.base[place] = ids[step]
        targets.base[place] = ids[step + 1]
      }
    }
    return layout
  }
}

/// Parallel streams through a running text, states carried from update to update.
final class StreamOrder: LanguageModelOrder {
  private let streams: TokenStreams
  private let carried: CarriedStates<Float>
  private var place = 0
  /// The streams that were filled in last, if they are not all.
  private var part: [Int]?
  private var isCounted = false

  init(
    _ text: LanguageModelText, _ configuration: LanguageModelConfiguration, batch: Int, steps: Int
  ) throws {
    streams = try TokenStreams(text.tokens, batchSize: batch, stepCount: steps)
    carried = CarriedStates(configuration, rows: batch)
  }

  var updatesPerEpoch: Int { streams.updatesPerEpoch }
  var tokensPerEpoch: Int { streams.tokensPerEpoch }
  var carriedStates: [(name: String, matrix: Matrix<Float>)] { carried.matrices }

  /// The streams.
  func rows(update: Int) -> [Int] { Array(0..<streams.batchSize) }

  func fill(_ minibatch: LanguageModelMinibatch, update: Int, rows: [Int]) -> SequenceLayout {
    let (epoch, place) = update.quotientAndRemainder(dividingBy: streams.updatesPerEpoch)
    part = rows.count < streams.batchSize ? rows : nil
    isCounted = false
    if place == 0 { carried.reset(part) }
    self.place = place
    return fill(minibatch, epoch: epoch, rows: rows.count)
  }

  private func fill(
    _ minibatch: LanguageModelMinibatch, epoch: Int, rows: Int
  ) -> SequenceLayout {
    minibatch.reserve(streams.batchSize * streams.stepCount)
    let steps = streams.fill(
      update: place, epoch: epoch, streams: part, inputs: minibatch.inputs.base,
      targets: minibatch.targets.base)
    return SequenceLayout(rows: rows, steps: steps)
  }

  var largestMinibatch: [Int] { rows(update: 0) }

  func fillLargest(_ minibatch: LanguageModelMinibatch, rows: [Int]) -> SequenceLayout {
    part = rows.count < streams.batchSize ? rows : nil
    isCounted = true
    return fill(minibatch, epoch: 0, rows: rows.count)
  }

  func states(_ plan: RowPlan, on tape: Tape<Float>) -> [RecurrentState<Float>?]? {
    carried.variables(plan, rows: part, isCounted: isCounted, on: tape)
  }

  func capture(_ final: [RecurrentState<Float>]) { carried.capture(final, rows: part) }

  func place(ofRow row: Int) -> String {
    let tokens = streams.tokens(ofStream: row, update: place)
    return "tokens \(tokens.lowerBound) to \(tokens.upperBound) of the text"
  }
}

/// Parallel streams over documents in shuffled order, states carried within a document.
final class DocumentOrder: LanguageModelOrder {
  private var streams: DocumentStreams
  /// By streams, and by rows of the minibatch, which are sorted by length.
  private let carried: CarriedStates<Float>
  private let present: CarriedStates<Float>
  private let lineEnd: Int32
  private var segments: [DocumentStreams.Segment] = []

  init(
    _ text: LanguageModelText, _ configuration: LanguageModelConfiguration, batch: Int, steps: Int,
    seed: UInt64, lineEnd: Int32
  ) throws {
    streams = try DocumentStreams(text.tokens, batchSize: batch, stepCount: steps, seed: seed)
    carried = CarriedStates(configuration, rows: batch)
    present = CarriedStates(configuration, rows: batch)
    self.lineEnd = lineEnd
  }

  var updatesPerEpoch: Int { streams.updatesPerEpoch }
  var tokensPerEpoch: Int { streams.tokensPerEpoch }
  var carriedStates: [(name: String, matrix: Matrix<Float>)] { carried.matrices }

  /// Streams go their own ways through the documents, and those of a leaf may all be at their end: there is
  /// one leaf, see `LanguageModelTask.order`.
  func rows(update: Int) -> [Int] { Array(0..<streams.batchSize) }

  func fill(_ minibatch: LanguageModelMinibatch, update: Int, rows: [Int]) -> SequenceLayout {
    segments = streams.batch(update: update)
    for (here, there) in zip(present.matrices, carried.matrices) {
      for (row, segment) in segments.enumerated() {
        let states = here.matrix.rows(row..<row + 1)
        if segment.isBeginning {
          states.fill(0)
        } else {
          states.copy(from: there.matrix.rows(segment.stream..<segment.stream + 1))
        }
      }
    }
    return minibatch.fill(
      segments.map { ($0.store, $0.tokens, $0.isDocumentStart) }, after: lineEnd)
  }

  /// No update has more than full rows.
  var largestMinibatch: [Int] { rows(update: 0) }

  func fillLargest(_ minibatch: LanguageModelMinibatch, rows: [Int]) -> SequenceLayout {
    let layout = SequenceLayout(rows: streams.batchSize, steps: streams.stepCount)
    minibatch.reserve(layout.tokenCount)
    return layout
  }

  func states(_ plan: RowPlan, on tape: Tape<Float>) -> [RecurrentState<Float>?]? {
    present.variables(plan, on: tape)
  }

  func capture(_ final: [RecurrentState<Float>]) {
    present.capture(final)
    for (here, there) in zip(present.matrices, carried.matrices) {
      for (row, segment) in segments.enumerated() {
        there.matrix.rows(segment.stream..<segment.stream + 1)
          .copy(from: here.matrix.rows(row..<row + 1))
      }
    }
  }

  /// - Parameter row: of the carried states, which are those of streams.
  func place(ofRow row: Int) -> String {
    segments.first { $0.stream == row }.map { Self.place($0.store, $0.tokens) } ?? "no tokens"
  }

  static func place(_ store: TokenStore, _ tokens: Range<Int>) -> String {
    "tokens \(tokens.lowerBound) to \(tokens.upperBound) of '\(store.url.relativePath)'"
  }
}

/// Lines in shuffled order, each from a state of zeros.
final class LineOrder: LanguageModelOrder {
  private var batches: LineBatches
  private let lineEnd: Int32
  /// Of the whole minibatch.
  private var lines: [StretchOrder.Stretch] = []

  init(_ text: LanguageModelText, batch: Int, seed: UInt64, lineEnd: Int32) throws {
    batches = try LineBatches(text.tokens, batchSize: batch, seed: seed)
    self.lineEnd = lineEnd
  }

  var updatesPerEpoch: Int { batches.updatesPerEpoch }
  var tokensPerEpoch: Int { batches.tokensPerEpoch }
  var carriedStates: [(name: String, matrix: Matrix<Float>)] { [] }

  func rows(update: Int) -> [Int] { Array(batches.batch(update: update).indices) }

  func fill(_ minibatch: LanguageModelMinibatch, update: Int, rows: [Int]) -> SequenceLayout {
    lines = batches.batch(update: update)
    return fill(minibatch, rows.map { lines[$0] })
  }

  var largestMinibatch: [Int] { Array(batches.largestBatch.indices) }

  func fillLargest(_ minibatch: LanguageModelMinibatch, rows: [Int]) -> SequenceLayout {
    let largest = batches.largestBatch
    return fill(minibatch, rows.map { largest[$0] })
  }

  private func fill(
    _ minibatch: LanguageModelMinibatch, _ lines: [StretchOrder.Stretch]
  ) -> SequenceLayout {
    minibatch.fill(lines.map { ($0.store, $0.tokens, true) }, after: lineEnd)
  }

  func states(_ plan: RowPlan, on tape: Tape<Float>) -> [RecurrentState<Float>?]? { nil }
  func capture(_ final: [RecurrentState<Float>]) {}
  func place(ofRow row: Int) -> String {
    lines.indices.contains(row)
      ? DocumentOrder.place(lines[row].store, lines[row].tokens) : "no line"
  }
}
