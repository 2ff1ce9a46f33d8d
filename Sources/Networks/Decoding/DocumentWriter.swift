import Autodiff
import Compute
import Parallel

/// Writes what the codes of documents say: sentence after sentence, each read again by the encoder
/// before the next is begun.
///
/// Not thread-safe; the rows are shared by the team.
package final class DocumentWriter<S: MatrixElement> {
  private let model: DocumentAutoencoder<S>
  private let team: WorkerTeam
  private let tape: Tape<S>
  private let writer: GreedyTokenWriter<S>

  package init(_ model: DocumentAutoencoder<S>, team: WorkerTeam) {
    self.model = model
    self.team = team
    tape = Tape(workers: team.count, precision: model.precision)
    writer = GreedyTokenWriter(model.decoder, precision: model.precision, team: team)
  }

  /// The sentences that each code says.
  ///
  /// - Parameters:
  ///   - codes: `[documents, code]`, in memory that is not the writer's.
  ///   - limits: of each document, most sentences, and most tokens a sentence.
  package func write(
    _ codes: Matrix<S>, limits: [(sentences: Int, tokens: Int)]
  ) -> [[[Int32]]] {
    let rows = codes.rows
    var documents = [[[Int32]]](repeating: [], count: rows)
    var isOver = [Bool](repeating: false, count: rows)
    let carried = CarriedStates<S>(model.documentDecoder.configuration, rows: rows)
    let layout = SequenceLayout(rows: rows, steps: 1)
    let states = OwnedMatrix<S>(rows: rows, columns: model.documentDecoder.stack.outputSize)
    let vectors = OwnedMatrix<S>(rows: rows, columns: model.configuration.codeSize)
    vectors.matrix.fill(0)
    let tape = tape
    for step in 0...(limits.map(\.sentences).max() ?? 0) {
      tape.begin(training: false)
      let plan = tape.plan(layout)
      func variable(_ matrix: Matrix<S>, _ extent: Variable<S>.Extent) -> Variable<S> {
        tape.variable(value: matrix, plan: plan, extent: extent, needsGradient: false)
      }
      let result = model.documentDecoder.record(
        variable(codes, .sequences), variable(vectors.matrix, .tokens),
        states: step == 0 ? nil : carried.variables(plan, on: tape), on: tape)
      team.run { tape.forward($0) }
      carried.capture(result.final.map { $0[0] })
      states.matrix.copy(from: result.output.value)
      let sentences = writer.write(
        states.matrix, firstEnd: model.end, limits: limits.map(\.tokens))
      for (row, sentence) in sentences.enumerated() where !isOver[row] {
        isOver[row] = sentence.end == model.endOfDocument || step == limits[row].sentences
        if !isOver[row] { documents[row].append(sentence.tokens) }
      }
      if isOver.allSatisfy(\.self) { break }
      read(sentences.map(\.tokens), into: vectors.matrix)
    }
    return documents
  }

  /// The vectors of sentences, in their order.
  private func read(_ sentences: [[Int32]], into vectors: Matrix<S>) {
    let order = sentences.indices.sorted {
      (sentences[$1].count, $0) < (sentences[$0].count, $1)
    }
    let layout = SequenceLayout(lengths: order.map { sentences[$0].count + 1 })
    let ids = AlignedBuffer<Int32>(count: layout.tokenCount)
    for (row, index) in order.enumerated() {
      for (step, id) in (sentences[index] + [model.end]).enumerated() {
        ids.base[layout.offsets[step] + row] = id
      }
    }
    tape.begin(training: false)
    let result = model.recordSentences(
      UnsafeBufferPointer(ids.elements), plan: tape.plan(layout), on: tape)
    let tape = tape
    team.run { tape.forward($0) }
    for (row, index) in order.enumerated() {
      vectors.rows(index..<index + 1).copy(from: result.value.rows(row..<row + 1))
    }
  }
}
