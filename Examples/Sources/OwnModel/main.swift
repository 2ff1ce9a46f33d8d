// A model and a training loop of one's own: it learns to spell the days of the week.
import Unroll

final class Speller: TrainableModel {
  let parameters = ParameterStore<Float>()
  let embedding: Embedding<Float>, recurrence: RecurrentStack<Float>, output: Linear<Float>

  init(letters: Int) {
    embedding = Embedding("embedding", count: letters, size: 16, in: parameters)
    recurrence = RecurrentStack("rnn", inputs: 16, hidden: 64, cell: Cells.gru, in: parameters)
    output = Linear("output", inputs: 64, outputs: letters, in: parameters)
  }

  func record(_ batch: TokenBatch, on tape: Tape<Float>) -> Loss<Float> {
    let states = recurrence(embedding(batch, on: tape), on: tape)
    return output.softmaxCrossEntropy(states, targets: batch.targets, on: tape)
  }

  func logits(_ batch: TokenBatch, on tape: Tape<Float>) -> Variable<Float> {
    output(recurrence(embedding(batch, on: tape), on: tape), on: tape)
  }
}

let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
let words = days.map { "\($0).".utf8.map { Int32($0) } }
let batch = TokenBatch(
  inputs: words.map { Array($0.dropLast()) }, targets: words.map { Array($0.dropFirst()) })
let model = Speller(letters: 128)
let trainer = try Trainer(model, optimizer: .adam(learningRate: 1e-2), clipNorm: 5)
for step in 1...60 {
  let result = trainer.step(batch)
  if step % 10 == 0 { print(step, result.loss) }
}

var word: [Int32] = "we".utf8.map { Int32($0) }
while word.last != 46, word.count < 12 {
  let scores = trainer.values { model.logits(TokenBatch(inputs: [word]), on: $0) }[word.count - 1]
  word.append(Int32(scores.firstIndex(of: scores.max() ?? 0) ?? 0))
}
print(String(decoding: word.map { UInt8($0) }, as: UTF8.self))
