import Compute
import Foundation
import TestSupport
import Testing
import Unroll

/// What `unroll predict` says of columns, and of tags beside the best ones.
@Suite struct TagColumnTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func tagger(
    _ settings: [String: String] = [:], run name: String = "run"
  ) throws -> TaggingTask {
    let data = try folder.write(TaggingGrammar.columns(0..<60), to: "train.conll")
    let basic = [
      "data.train": data.path, "model.hidden": "8", "model.embedding": "4",
      "train.threads": "1", "train.updates": "20", "model.head": "crf",
    ]
    let run = try TrainingRun<TaggingTask>(
      TaggingTask.schema.resolve(
        overrides: basic.merging(settings) { $1 }.map { SettingsOverride($0, text: $1) }),
      folder: .plan(at: folder.file(name)))
    try run.begin()
    _ = try run.train { _ in }
    return try TaggingTask.open(run.folder.url, threads: 1)
  }

  /// Each line of the input has its line of output: itself, and behind a word what separates columns
  /// there and a tag.
  @Test(arguments: [
    "from\nkarville\n", "\n\n", "from\tP\n\n\n\nto\tP\n  \n", "from P x\nto  P x\n\n",
    "-DOCSTART- -X-\n\nfrom P\n", "# text = from\nfrom\tP\n\n# id 4\tx=y\nto\tP\n\n# the end\n",
    "# text = to\n-DOCSTART- -X- O\n\nto P\n", "#from\n#\nto\n",
    "from P \nto P\n-DOCSTART- O\nto P\n",
  ])
  func noLineIsLost(text: String) throws {
    let tagger = try tagger()
    tagger.readColumns()
    let lines = text.dropLast().split(separator: "\n", omittingEmptySubsequences: false)
      .map(String.init)
    for atOnce in [true, false] {
      let output = try tagger.predictions(lines, atOnce: atOnce).map(\.text)
        .joined(separator: "\n").split(separator: "\n", omittingEmptySubsequences: false)
      #expect(output.count == lines.count, "\(output)")
      for (line, found) in zip(lines, output) {
        let isWord =
          !line.allSatisfy(\.isWhitespace) && !line.hasPrefix("-DOCSTART-")
          && (!line.hasPrefix("# ") || !text.contains("= "))
        guard isWord else {
          #expect(found == line)
          continue
        }
        let word = line.trimmingCharacters(in: .whitespaces)
        #expect(found.hasPrefix(word))
        let rest = found.dropFirst(word.count)
        #expect(rest.first == (line.contains("\t") ? "\t" : " "))
        #expect(!rest.dropFirst().contains(where: \.isWhitespace) && rest.count > 1)
      }
    }
  }

  /// The marginals of the field, and its most probable sequences, which together are certain.
  @Test(arguments: ["crf", "softmax"])
  func confidencesAndSequencesAreShown(head: String) throws {
    let tagger = try tagger(["model.head": head, "train.updates": "6"])
    var options = DecodingOptions()
    (options.count, options.showsConfidence) = (4000, true)
    options.asked = ["--n-best", "--confidence"]
    try tagger.decode(options)
    let prediction = try tagger.predictions(["from karville on"])[0]
    let json = prediction.json
    let tags = json["tags"]?.array?.compactMap(\.string) ?? []
    let confidences = json["confidences"]?.array?.compactMap(\.number) ?? []
    let best = try #require(json["n_best"]?.array)
    let paths = best.map { path in
      (
        tags: path["tags"]?.array?.compactMap(\.string) ?? [],
        p: exp(path["log_probability"]?.number ?? -.infinity)
      )
    }
    #expect(confidences.count == 3 && confidences.allSatisfy { 0 < $0 && $0 < 1 })
    #expect(paths[0].tags == tags)
    #expect(zip(paths, paths.dropFirst()).allSatisfy { $0.p >= $1.p })
    // Five tags of spans that begin and go on, and O: what breaks their scheme is written as what does not, and
    // is one with it.
    #expect(Set(paths.map(\.tags)).count == paths.count)
    if head == "softmax" { #expect((1..<7 * 7 * 7).contains(paths.count)) }
    #expect(abs(paths.reduce(0) { $0 + $1.p } - 1) < 1e-5)
    // Rank, ln p, tags; the first with its confidences.
    let lines = prediction.text.split(separator: "\n")
    #expect(lines.count == paths.count)
    let first = lines[0].split(separator: "\t").map(String.init)
    #expect(first.count == 4 && first[0] == "1" && first[2] == tags.joined(separator: " "))
    #expect(first[3] == confidences.map { String(format: "%.4f", $0) }.joined(separator: " "))
    #expect(lines[1].split(separator: "\t").count == 3)
    // In columns, a column a sequence.
    options.count = 2
    try tagger.decode(options)
    tagger.readColumns()
    let columns = try tagger.predictions(["from P", "to P"])[0].text.split(separator: "\n")
    #expect(columns.allSatisfy { $0.split(separator: " ").count == 5 })
  }

  /// A word alone that would go on with a span begins it: that is as probable as both together.
  @Test func whatIsWrittenAlikeIsOne() throws {
    let tagger = try tagger(["model.head": "softmax", "train.updates": "6"])
    var options = DecodingOptions()
    (options.count, options.showsConfidence) = (20, true)
    options.asked = ["--n-best", "--confidence"]
    try tagger.decode(options)
    for word in ["karville", "from", "unheard"] {
      let json = try tagger.predictions([word])[0].json
      let best = try #require(json["n_best"]?.array)
      // O and the beginnings of three types.
      #expect(best.count == 4, "\(best)")
      let p = exp(try #require(best[0]["log_probability"]?.number))
      #expect(best[0]["tags"] == json["tags"])
      let confidence = try #require(json["confidences"]?.array?.first?.number)
      #expect(abs(confidence - p) < 1e-6, "\(word): \(confidence), \(p)")
    }
  }

  @Test func whatTaggersLackIsRefused() throws {
    var options = DecodingOptions()
    options.asked = ["--beam", "--n-best"]
    let error = #expect(throws: UserError.self) { try tagger().decode(options) }
    #expect(error?.message.hasPrefix("--beam is not for taggers, which take") == true)
    options.asked = ["--n-best"]
    options.count = 2
    let names = #expect(throws: UserError.self) {
      try tagger(["model.head": "sigmoid"], run: "names").decode(options)
    }
    #expect(names?.hint?.contains("--head crf") == true)
  }
}
