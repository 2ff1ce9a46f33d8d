import Autodiff
import Compute
import Corpora
import Networks
import Parallel
import Runs

/// Tags sentences without training: dropout off, every sentence once.
///
/// Not thread-safe; the work is shared by the team.
final class TaggerReader {
  let model: Tagger<Float>
  private let team: WorkerTeam
  private let tape: Tape<Float>
  private let recorder: TaggerRecorder
  private let constraints: TransitionConstraints?
  /// Models that choose tags together with this one.
  var others: [TaggerReader] = []
  /// Of a minibatch, in token order.
  private var tags = AlignedBuffer<Int32>(count: 1024)

  /// - Parameter constraints: sequences of tags that a conditional random field may not choose.
  init(_ model: Tagger<Float>, _ constraints: TransitionConstraints?, team: WorkerTeam) {
    self.model = model
    self.constraints = constraints
    self.team = team
    tape = Tape(workers: team.count, precision: model.precision)
    recorder = TaggerRecorder(model)
  }

  /// What was read of one sentence.
  struct Reading {
    let sentence: Int
    /// Ids of the model's tags.
    let tags: [Int32]
    /// How probable each tag of the model is at each word; empty unless asked for.
    let marginals: [[Double]]
    /// The most probable sequences of tags, the best first; empty unless asked for.
    let paths: [ScoredPath]
    /// Nil where none are learnt.
    let intent: Int32?
  }

  /// What is to be told beside the best tags.
  struct Wishes {
    var marginals = false
    /// Sequences of tags; 0 for none. A model that scores names alone has none.
    var paths = 0
  }

  /// Tags all of `data`, in any order of sentences.
  ///
  /// - Returns: the sum of the losses and the tokens they are of: a conditional random field has none
  ///   for a sentence with a tag that was never trained, the others none for the tag itself. Zeros
  ///   without tags.
  @discardableResult
  func read(
    _ data: TaggingData, _ wishes: Wishes = Wishes(), visit: (Reading) -> Void
  ) -> (loss: Double, count: Int) {
    let decoder = ChainDecoder(
      meanOf: ([self] + others).compactMap { reader in
        reader.model.transitions.map { ChainDecoder($0, constraints: constraints) }
      })
    // Of several models: training knows no constraints.
    let free = ChainDecoder(
      meanOf: others.isEmpty
        ? [] : ([self] + others).compactMap { $0.model.transitions.map { ChainDecoder($0) } })
    var (loss, count) = (0.0, 0)
    func expect(_ rows: [Int]) {
      data.expect(rows)
      // For whoever compares.
      data.sentences.expect(rows)
    }
    data.lengths.forEachBatchByLength(expecting: expect) { rows in
      guard !team.isCancelled else { return }
      tape.begin(training: false)
      let (output, plan) = recorder.record(
        data, rows: rows, hasTargets: data.hasTags, unknownTag: decoder == nil ? -1 : 0, on: tape)
      let layout = plan.layout
      if tags.count < layout.tokenCount { tags = AlignedBuffer(count: 2 * layout.tokenCount) }
      let together = others.map { $0.outputs(data, rows) }
      let (tape, emissions, tags) = (tape, output.emissions, tags)
      let (head, all) = (model.configuration.head, [emissions] + together.map(\.emissions))
      team.run { worker in
        tape.forward(worker)
        for row in plan.shard(of: worker).rows {
          if all.count > 1 { head.average(all, layout, row: row) }
          chooseTags(emissions, layout, row, decoder, into: tags)
        }
      }
      for (row, sentence) in rows.enumerated() {
        let chosen = (0..<layout.lengths[row]).map { tags.base[layout.offsets[$0] + row] }
        visit(
          Reading(
            sentence: sentence, tags: chosen,
            marginals: wishes.marginals ? marginals(emissions, layout, row, decoder) : [],
            paths: wishes.paths > 0
              ? (decoder ?? ChainDecoder(independent: emissions.columns))
                .bestPaths(emissions, layout, row: row, count: wishes.paths) : [],
            intent: output.intents.map { $0.intent(row, with: together.compactMap(\.intents)) }))
      }
      guard data.hasTags, let terms = output.tagLoss?.terms else { return }
      guard others.isEmpty else {
        for (row, sentence) in rows.enumerated() {
          let (nats, known) = logLoss(
            data.tags[sentence], emissions, layout, row, free)
          (loss, count) = (loss + nats, count + known)
          if let intents = output.intents, !data.intents.isEmpty, data.intents[sentence] >= 0 {
            loss -= intents.logProbability(
              of: data.intents[sentence], row, with: together.compactMap(\.intents))
          }
        }
        return
      }
      loss += output.intentLoss?.sum ?? 0
      for (row, sentence) in rows.enumerated() {
        let known = data.tags[sentence].count { $0 >= 0 }
        if decoder == nil {
          for step in 0..<layout.lengths[row] {
            loss += Double(terms[layout.offsets[step] + row, 0])
          }
          count += known
        } else if known == data.lengths[sentence] {
          loss += Double(terms[row, 0])
          count += known
        }
      }
    }
    return (loss, count)
  }

  /// What the model makes of some sentences, to be chosen from together with others.
  private func outputs(_ data: TaggingData, _ rows: [Int]) -> TaggerOutput<Float> {
    tape.begin(training: false)
    let (output, _) = recorder.record(data, rows: rows, hasTargets: false, on: tape)
    team.run { [tape] in tape.forward($0) }
    return output
  }
}

/// What the tags of a sentence cost by the mean of several models, and how many of them were trained: see
/// `read`.
private func logLoss(
  _ tags: some BidirectionalCollection<Int32>, _ emissions: Matrix<Float>, _ layout: SequenceLayout,
  _ row: Int,
  _ decoder: ChainDecoder<Float>?
) -> (nats: Double, count: Int) {
  let known = tags.count { $0 >= 0 }
  if let decoder {
    guard known == tags.count,
      let log = decoder.logProbability(of: tags, emissions, layout, row: row)
    else { return (0, 0) }
    return (-log, known)
  }
  var nats = 0.0
  for (step, tag) in tags.enumerated() where tag >= 0 {
    let outputs = emissions.values(layout.offsets[step] + row)
    if outputs.count == 1 {
      // A name, or not.
      nats -= Scalar.log(max(Scalar.sigmoid(Double(tag == 1 ? outputs[0] : -outputs[0])), 1e-300))
    } else {
      nats -= Double(EnsembleMean.ofClasses([outputs])[Int(tag)])
    }
  }
  return (nats, known)
}

/// The probability of every tag at each word of one sentence: in a conditional random field its marginal.
private func marginals(
  _ emissions: Matrix<Float>, _ layout: SequenceLayout, _ row: Int, _ decoder: ChainDecoder<Float>?
) -> [[Double]] {
  if emissions.columns == 1 {
    return (0..<layout.lengths[row]).map { step in
      let score = Double(emissions[layout.offsets[step] + row, 0])
      return [Scalar.sigmoid(-score), Scalar.sigmoid(score)]
    }
  }
  // Where no sequence is allowed the tags were chosen one by one.
  let independent = ChainDecoder<Float>(independent: emissions.columns)
  return decoder?.marginals(emissions, layout, row: row)
    ?? independent.marginals(emissions, layout, row: row) ?? []
}

/// Writes the tags of one sentence, in the minibatch's token order.
private func chooseTags(
  _ emissions: Matrix<Float>, _ layout: SequenceLayout, _ row: Int,
  _ decoder: ChainDecoder<Float>?, into tags: AlignedBuffer<Int32>
) {
  // Some tags of the scheme were perhaps never seen, and no allowed sequence may be left.
  let path = decoder?.bestPath(emissions, layout, row: row)?.tags
  for step in 0..<layout.lengths[row] {
    let token = layout.offsets[step] + row
    tags.base[token] =
      if let path { path[step] } else if emissions.columns == 1 {
        // One score: a name, or not.
        emissions[token, 0] > 0 ? 1 : 0
      } else { emissions.indexOfMaximum(token) }
  }
}

extension Matrix<Float> {
  /// The most probable intent of a sentence, by this and `others` together.
  fileprivate func intent(_ row: Int, with others: [Matrix]) -> Int32 {
    guard !others.isEmpty else { return indexOfMaximum(row) }
    let logits = ([self] + others).map { $0.values(row) }
    return Int32(EnsembleMean.ofClasses(logits).indexOfMaximum)
  }

  /// Of an intent, by the mean of this and `others`.
  fileprivate func logProbability(of intent: Int32, _ row: Int, with others: [Matrix]) -> Double {
    Double(EnsembleMean.ofClasses(([self] + others).map { $0.values(row) })[Int(intent)])
  }

  fileprivate func values(_ row: Int) -> [Float] {
    Array(UnsafeBufferPointer(start: self.row(row), count: columns))
  }

  /// Where the first of the largest numbers of a row stands.
  fileprivate func indexOfMaximum(_ row: Int) -> Int32 {
    Int32(UnsafeBufferPointer(start: self.row(row), count: columns).indexOfMaximum)
  }
}

extension TaggerConfiguration.Head {
  /// Writes the mean of what several models say of a sentence to the first one's outputs: of
  /// probabilities, or of the scores that a conditional random field starts from.
  fileprivate func average(_ all: [Matrix<Float>], _ layout: SequenceLayout, row: Int) {
    for step in 0..<layout.lengths[row] {
      let token = layout.offsets[step] + row
      let outputs = all.map { $0.values(token) }
      let mean =
        switch self {
        case .softmax: EnsembleMean.ofClasses(outputs)
        case .sigmoid: EnsembleMean.ofLabels(outputs)
        case .crf: EnsembleMean.ofNumbers(outputs)
        }
      all[0].row(token).update(from: mean, count: mean.count)
    }
  }
}
