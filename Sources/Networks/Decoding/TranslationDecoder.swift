import Autodiff
import Compute
import Parallel

/// Writes targets for sources: greedily or with a beam, many sources at once, dropout off.
///
/// A step of all hypotheses of all sources is one region; what they start the next one from is copied
/// in between. Not thread-safe; the work is shared by the team.
package final class TranslationDecoder<S: MatrixElement> {
  private let model: Translator<S>
  private let team: WorkerTeam
  private let tape: Tape<S>
  private let batchSize: Int
  private var ids = AlignedBuffer<Int32>(count: 256)
  private var rows = AlignedBuffer<Int32>(count: 256)
  /// h of every layer, c where there is one, then what is fed.
  private var states: [KeptRows<S>]
  private let keys = KeptRows<S>()
  private let values = KeptRows<S>()
  /// Models of the same targets that choose every token together with this one.
  package var others: [TranslationDecoder] = []

  /// - Parameter batchSize: sources at once.
  package init(_ model: Translator<S>, team: WorkerTeam, batchSize: Int = 32) {
    self.model = model
    self.team = team
    self.batchSize = batchSize
    tape = Tape(workers: team.count, precision: model.precision)
    let decoder = model.configuration.decoder
    let count = decoder.layerCount * decoder.stateSizes.count
    states = (0..<count + (model.configuration.feedsInput ? 1 : 0)).map { _ in KeptRows() }
  }

  /// Finds targets for each of `sources`, in their order; the best first.
  ///
  /// - Parameters:
  ///   - sources: none empty.
  ///   - longest: tokens of the target of a source at most, the stop symbol included.
  package func decode(
    _ sources: [[Int32]], _ options: BeamSearchOptions = BeamSearchOptions(),
    longest: (Int) -> Int
  ) -> [[FoundTarget]] {
    var results = [[FoundTarget]](repeating: [], count: sources.count)
    let order = sources.indices.sorted { (sources[$1].count, $0) < (sources[$0].count, $1) }
    let limits = sources.indices.map(longest)
    for start in stride(from: 0, to: order.count, by: batchSize) {
      let chosen = Array(order[start..<min(start + batchSize, order.count)])
      let searches = decode(
        chosen.map { sources[$0] },
        chosen.map {
          BeamSearch(options, stop: model.configuration.stop, longest: limits[$0])
        })
      for (place, search) in zip(chosen, searches) { results[place] = search.results }
    }
    return results
  }

  /// Sources of one batch, longest first.
  private func decode(_ sources: [[Int32]], _ begun: [BeamSearch]) -> [BeamSearch] {
    let layout = SequenceLayout(lengths: sources.map(\.count))
    let models = [self] + others
    let plans = models.map { $0.tape.plan(layout) }
    for (model, plan) in zip(models, plans) { model.encode(sources, plan: plan) }
    var searches = begun
    // Hypotheses side by side, those of a source one after the other.
    var live = sources.indices.map { (source: $0, token: model.configuration.start) }
    while !live.isEmpty {
      let steps = zip(models, plans).map { $0.takeStep(live, sourcePlan: $1) }
      let counts = live.map { searches[$0.source].candidateCount }
      let candidates = candidates(steps.map(\.logits), counts)
      var next: [(source: Int, token: Int32)] = []
      var parents: [Int] = []
      var first = 0
      for source in searches.indices where searches[source].liveCount > 0 {
        let count = searches[source].liveCount
        let length = sources[source].count
        let moves = searches[source].advance(
          (first..<first + count).flatMap { row in
            candidates[row].map {
              .init(parent: row - first, token: $0.token, logProbability: $0.logProbability)
            }
          }
        ) { hypothesis in
          steps[0].weights.map { weights in
            (0..<length).map { Float(Double(weights[first + hypothesis, $0])) }
          } ?? []
        }
        next += moves.map { (source, $0.token) }
        parents += moves.map { first + $0.parent }
        first += count
      }
      for (model, step) in zip(models, steps) {
        for (kept, state) in zip(model.states, step.states) {
          kept.copy(state.value, rows: parents)
        }
      }
      live = next
    }
    return searches
  }

  /// Leaves what the decoder needs of the sources in `states`, `keys` and `values`.
  private func encode(_ sources: [[Int32]], plan: RowPlan) {
    let layout = plan.layout
    reserve(layout.tokenCount)
    for step in 0..<layout.stepCount {
      for row in 0..<layout.activeRows[step] {
        ids.base[layout.offsets[step] + row] = sources[row][step]
      }
    }
    tape.begin(training: false)
    let encoding = model.encode(
      UnsafeBufferPointer(start: ids.base, count: layout.tokenCount), plan: plan, on: tape)
    run()
    if let memory = encoding.memory {
      keys.copy(memory.keys.value, rows: Array(0..<layout.tokenCount))
      values.copy(memory.values.value, rows: Array(0..<layout.tokenCount))
    }
    let all = encoding.states.flatMap { [$0.h] + ($0.c.map { [$0] } ?? []) }
    for (kept, state) in zip(states, all) { kept.copy(state.value, rows: Array(sources.indices)) }
    if model.configuration.feedsInput {
      states.last?.clear(rows: sources.count, columns: model.configuration.featureSize)
    }
  }

  private struct Step {
    /// `[hypotheses, outputs]`.
    let logits: Variable<S>
    /// As `TranslationDecoder.states`.
    let states: [Variable<S>]
    let weights: Matrix<S>?
  }

  private func takeStep(
    _ live: [(source: Int, token: Int32)], sourcePlan: RowPlan
  ) -> Step {
    reserve(live.count)
    for (row, hypothesis) in live.enumerated() {
      ids.base[row] = hypothesis.token
      rows.base[row] = Int32(hypothesis.source)
    }
    tape.begin(training: false)
    let plan = tape.plan(SequenceLayout(rows: live.count, steps: 1))
    var given = states.map { $0.variable(plan, .sequences, on: tape) }
    let fed = model.configuration.feedsInput ? given.popLast() : nil
    let hasCell = model.configuration.decoder.stateSizes.count > 1
    let recurrent = stride(from: 0, to: given.count, by: hasCell ? 2 : 1).map {
      RecurrentState(h: given[$0], c: hasCell ? given[$0 + 1] : nil)
    }
    let memory = model.configuration.attention.map { _ in
      AttentionMemory(
        keys: keys.variable(sourcePlan, .tokens, on: tape),
        values: values.variable(sourcePlan, .tokens, on: tape))
    }
    let result = model.recordStep(
      UnsafeBufferPointer(start: ids.base, count: live.count), plan: plan, states: recurrent,
      fed: fed, memory, rows: UnsafeBufferPointer(start: rows.base, count: live.count), on: tape)
    run()
    return Step(
      logits: result.logits,
      states: result.states.flatMap { [$0.h] + ($0.c.map { [$0] } ?? []) }
        + (model.configuration.feedsInput ? [result.features] : []),
      weights: result.weights)
  }

  /// The most probable continuations of each row, the best first: of several models, by the mean of
  /// their probabilities.
  private func candidates(
    _ logits: [Variable<S>], _ counts: [Int]
  ) -> [[(token: Int32, logProbability: Double)]] {
    let found = FoundTokens(rowCount: counts.count)
    // The start symbol is the last id, and no choice.
    let choices = model.configuration.outputCount - 1
    let (rows, columns) = (logits.map(\.value), logits[0].columns)
    let plan = logits[0].plan
    team.run { worker in
      for row in plan.shard(of: worker).rows {
        if rows.count > 1 { average(rows.map { $0.row(row) }, count: columns) }
        found.rows[row] = mostProbable(
          rows[0].row(row), outputs: columns, choices: choices, count: counts[row])
      }
    }
    return Array(found.rows)
  }

  private func run() {
    team.run { [tape] worker in tape.forward(worker) }
  }

  private func reserve(_ count: Int) {
    if ids.count < count { ids = AlignedBuffer(count: 2 * count) }
    if rows.count < count { rows = AlignedBuffer(count: 2 * count) }
  }
}

/// The `count` most probable of the first `choices` outputs, ties by id, with ln p over all outputs.
@specialized(where S == Float)
@specialized(where S == Double)
private func mostProbable<S: MatrixElement>(
  _ logits: UnsafePointer<S>, outputs: Int, choices: Int, count: Int
) -> [(token: Int32, logProbability: Double)] {
  let normaliser = Rows.logSumExp(logits, count: outputs)
  // Sorted by falling logit; a new one goes behind its equals, which have lower ids.
  var best: [Int] = []
  best.reserveCapacity(count + 1)
  for index in 0..<choices {
    if best.count == count, let last = best.last, !(logits[index] > logits[last]) { continue }
    let place = best.firstIndex { logits[index] > logits[$0] } ?? best.count
    best.insert(index, at: place)
    if best.count > count { best.removeLast() }
  }
  return best.map { (Int32($0), Double(logits[$0]) - normaliser) }
}

/// Writes ln of the mean of the probabilities in the place of the first model's logits.
private func average<S: MatrixElement>(_ logits: [UnsafeMutablePointer<S>], count: Int) {
  let normalisers = logits.map { Rows.logSumExp($0, count: count) }
  for index in 0..<count {
    var sum = 0.0
    for (row, normaliser) in zip(logits, normalisers) {
      sum += Scalar.exp(Double(row[index]) - normaliser)
    }
    logits[0][index] = S(
      Scalar.log(max(sum / Double(logits.count), Double.leastNormalMagnitude)))
  }
}

/// What workers found, a row each.
///
/// `@unchecked Sendable`: a worker writes the places of its own rows.
private final class FoundTokens: @unchecked Sendable {
  let rows: UnsafeMutableBufferPointer<[(token: Int32, logProbability: Double)]>

  init(rowCount: Int) {
    rows = .allocate(capacity: rowCount)
    rows.initialize(repeating: [])
  }

  deinit {
    rows.deinitialize()
    rows.deallocate()
  }
}

/// Rows of a matrix that outlive a region.
private final class KeptRows<S: MatrixElement> {
  private var memory = AlignedBuffer<S>(count: 1)
  private var matrix: Matrix<S>?

  /// Takes over the rows `rows` of `source`, in that order.
  func copy(_ source: Matrix<S>, rows: [Int]) {
    let target = reserved(rows: rows.count, columns: source.columns)
    for (row, place) in rows.enumerated() {
      target.row(row).update(from: source.row(place), count: target.paddedColumns)
    }
  }

  func clear(rows: Int, columns: Int) { reserved(rows: rows, columns: columns).fill(0) }

  func variable(
    _ plan: RowPlan, _ extent: Variable<S>.Extent, on tape: Tape<S>
  ) -> Variable<S> {
    guard let matrix else { preconditionFailure("nothing was kept") }
    return tape.variable(value: matrix, plan: plan, extent: extent, needsGradient: false)
  }

  private func reserved(rows: Int, columns: Int) -> Matrix<S> {
    let stride = Matrix<S>.stride(forColumns: columns)
    if memory.count < rows * stride { memory = AlignedBuffer(count: 2 * rows * stride) }
    let reserved = Matrix(base: memory.base, rows: rows, columns: columns, stride: stride)
    matrix = reserved
    return reserved
  }
}
