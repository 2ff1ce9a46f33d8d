import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Networks

/// A memory network with what it knows of language.
struct AnsweringModel {
  let vocabularies: AnsweringVocabularies
  let model: MemoryNetwork<Float>

  /// - Throws: `UserError` for a precision that the processor lacks and for more weights than the
  ///   machine can hold.
  init(
    _ configuration: ResolvedConfiguration, _ vocabularies: AnsweringVocabularies, seed: UInt64
  ) throws {
    self.vocabularies = vocabularies
    let shape = MemoryNetworkConfiguration(
      vocabularyCount: vocabularies.words.count,
      embeddingSize: configuration.integer("model.embedding"),
      encoder: .init(rawValue: configuration.string("model.encoder")) ?? .rnn,
      stack: try StackConfiguration(configuration, inputSize: 1),
      fusionSize: configuration.integer("model.fusion"),
      ageCount: configuration.integer("model.ages"),
      score: .init(rawValue: configuration.string("model.attention")) ?? .general,
      hopCount: configuration.integer("model.hops"), answerCount: vocabularies.answers.count)
    try Self.checkMemory(shape)
    model = MemoryNetwork(shape, precision: try Precision(checking: configuration)).allocated(
      seed: seed)
  }

  private static func checkMemory(_ shape: MemoryNetworkConfiguration) throws {
    var memory = WeightMemory()
    let size = shape.memorySize
    memory.add(table: shape.vocabularyCount, shape.embeddingSize)
    memory.add(table: shape.ageCount, size)
    if shape.encoder == .rnn { memory.add(shape.stack) }
    if let fusion = shape.fusion { memory.add(fusion) }
    memory.add(StackConfiguration(cell: .gru, inputSize: size, hiddenSize: size))
    memory.add(matrix: size, shape.textSize)
    // Attention has at most a query's and a key's weights.
    memory.add(matrix: 2 * size, size)
    memory.add(matrix: 2 * size, shape.answerCount)
    try memory.check()
  }

  /// The share of right answers, of all and of each file's.
  ///
  /// - Parameter files: names of the data's files.
  func evaluate(_ data: StoryData, files: [String], _ reader: StoryReader) -> Evaluation {
    var tallies = [(right: Int, count: Int)](repeating: (0, 0), count: files.count)
    let sum = reader.read(data, hasTargets: true) { reading in
      let question = data.questions[reading.question]
      tallies[question.file].count += 1
      if reading.answer == Int(question.answer) { tallies[question.file].right += 1 }
    }
    let count = data.questions.count
    let right = tallies.reduce(0) { $0 + $1.right }
    func share(_ tally: (right: Int, count: Int)) -> Double {
      Double(tally.right) / Double(max(1, tally.count))
    }
    func percent(_ tally: (right: Int, count: Int)) -> Double {
      Double(100 * tally.right) / Double(max(1, tally.count))
    }
    let loss = sum / Double(max(1, data.questions.count { $0.answer >= 0 }))
    let rows = zip(files, tallies).map { file, tally in
      String(format: "%6.2f %%  %d of %d  ", percent(tally), tally.right, tally.count) + file
    }
    return Evaluation(
      score: Score(
        loss: loss, figures: [.init("accuracy", share((right, count)), .share, .higherIsBetter)],
        decidedBy: "accuracy",
        // Wrong answers; of equals the smaller loss.
        standing: Standing(number: Double(count - right) + loss / (1 + loss)), count: count,
        text: String(
          format: "%.4f nats  accuracy %.2f %%", loss, percent((right, count)))),
      report: files.count > 1 ? rows.joined(separator: "\n") : "",
      details: [
        .init(
          "files",
          .array(
            zip(files, tallies).map { file, tally in
              .object([
                .init("file", .string(file)), .init("accuracy", .number(share(tally))),
                .init("count", .integer(tally.count)),
              ])
            }))
      ])
  }
}
