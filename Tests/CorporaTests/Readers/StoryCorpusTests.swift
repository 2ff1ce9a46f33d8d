import Compute
import Corpora
import Foundation
import TestSupport
import Testing

@Suite struct StoryCorpusTests {
  private let folder: TemporaryFolder
  private let form = WordForm(isLowercased: true)

  init() throws { folder = try TemporaryFolder() }

  @Test func readsStoriesOfSeveralFiles() throws {
    let a = try folder.file(
      "a.txt",
      "\u{FEFF}1 Mary moved to the bathroom.\r\n2 Where is Mary? \tbathroom\t1\r\n\n"
        + "3 John  took it, too.\n4 What is taken?\tapple,milk\n1 Sheep fear wolves.\n2 Who?\twolf\t1"
    )
    let b = try folder.file("b.txt", "1 x\n2 y ?! \t two  words \t1 2\n")
    let corpus = try StoryCorpus.read([a, b], form: form)
    #expect(
      corpus.sentences == [
        ["mary", "moved", "to", "the", "bathroom", "."],
        ["john", "took", "it", ",", "too", "."], ["sheep", "fear", "wolves", "."], ["x"],
      ])
    #expect(corpus.questions.map(\.answer) == ["bathroom", "apple,milk", "wolf", "two words"])
    #expect(corpus.questions.map(\.sentences) == [0..<1, 0..<2, 2..<3, 3..<4])
    #expect(corpus.questions.map(\.story) == [0, 0, 1, 2])
    #expect(corpus.questions.map(\.file) == [0, 0, 0, 1])
    #expect(corpus.questions[0].words == ["where", "is", "mary", "?"])
    // Marks stay apart even where they stand alone or before one another.
    #expect(corpus.questions[3].words == ["y", "?", "!"])
    #expect(corpus.place(2) == "'\(a.path)' line 7")
    #expect(corpus.storyCount == 3)
    let subset = corpus.subset([3, 0])
    #expect(subset.questions.map(\.answer) == ["two words", "bathroom"])
    #expect(subset.sentences == corpus.sentences)
  }

  @Test func keepsCapitalsIfAsked() throws {
    let file = try folder.file("a.txt", "1 Mary.\n2 Who?\tMary\n")
    let corpus = try StoryCorpus.read([file], form: WordForm())
    #expect(corpus.sentences == [["Mary", "."]])
  }

  @Test(arguments: [
    ("Mary went.\n", "line 1: found 'Mary', expected the number of the line"),
    ("1 x\n2.5 y\n", "line 2: found '2.5', expected the number"),
    ("99999999999999999999 x\n", "line 1: found '99999999999999999999', expected the number"),
    ("-1 x\n", "line 1: found '-1', expected the number"),
    ("2 x\n", "line 1: found the number 2, expected 1 to begin a story"),
    ("1 x\n2 y\n4 z\n", "line 3: found the number 4, expected 3, or 1 to begin a story"),
    ("1 x\n2 q?\ta\n2 y\n", "line 3: found the number 2, expected 3"),
    ("1 \n", "line 1: found no words behind the number 1"),
    ("1 x\n2\ta\n", "line 2: found no words behind the number 2"),
    ("\tx\n", "line 1: found no number"),
    ("1 Who?\tx\n", "line 1: found a question before any sentence"),
    ("1 x\n2 q?\ta\n1 q?\ta\n", "line 3: found a question before any sentence"),
    ("1 x\n2 Who is it?\n", "line 2: the question has no answer"),
    ("1 x\n2 Who is it\t \t1\n", "line 2: the question has no answer"),
    ("1 x\n2 q?\ta\n\n1 y\n2 z\n1 x\n2 q?\ta\n", "line 4: the story that begins here has no"),
    ("1 x\n2 q?\ta\n1 y\n", "line 3: the story that begins here has no question with an answer"),
    ("\n \n", "holds no story"), ("", "is empty"),
  ])
  func badFilesNameFileAndLine(text: String, what: String) throws {
    let file = try folder.file("bad.txt", text)
    expectUserError(saying: "'\(file.path)'", what) {
      _ = try StoryCorpus.read([file], form: form)
    }
  }

  /// After a line that was passed over any number may have been the last.
  @Test func theHighestNumberHasNoSuccessor() throws {
    var parser = StoryParser(form: form)
    _ = parser.passOver("9223372036854775807 a")
    expectUserError(saying: "found the number 2, expected 9223372036854775808, or 1") {
      _ = try parser.read("2 b", at: "line 2")
    }
  }

  /// Each file of the tasks asks 1,000 questions.
  @Test(.enabled(if: SharedData.url("babi-en-1k") != nil))
  func readsTheTasks() throws {
    let folder = try #require(SharedData.url("babi-en-1k"))
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix(".txt") }
    #expect(names.count == 40)
    for name in names {
      let file = folder.appendingPathComponent(name)
      let corpus = try StoryCorpus.read([file], form: form)
      #expect(corpus.questions.count == 1000, "\(name)")
      #expect(corpus.questions.allSatisfy { $0.words.last == "?" }, "\(name)")
    }
  }
}
