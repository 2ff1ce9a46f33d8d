import Compute
import Corpora
import Runs

extension StoryCorpus: ExampleSource {
  /// Whole stories are held out, of each file its share: questions about one share their sentences.
  public func divided(
    _ heldOut: HeldOut
  ) throws -> (training: StoryCorpus, validation: StoryCorpus?) {
    var fileOfStory = [Int32](repeating: 0, count: storyCount)
    for question in questions { fileOfStory[question.story] = Int32(question.file) }
    let split = try heldOut.split(of: storyCount, strata: LongList(fileOfStory))
      .spread(over: LongList(questions.map(\.story)))
    return (
      subset(Array(split.training)),
      split.heldOut.isEmpty ? nil : subset(Array(split.heldOut))
    )
  }

  /// The words of all questions and of what they are about: other sentences teach nothing.
  func vocabulary() throws -> Vocabulary {
    let read = Set(questions.lazy.flatMap(\.sentences))
    let texts = read.sorted().map { sentences[$0] } + questions.map(\.words)
    return try Vocabulary.of(texts.lazy.map { $0.joined(separator: " ") }, kind: .word)
  }
}
