import ArgumentParser
import Foundation
import Unroll

struct Score: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Prints the log-probability of each sentence on standard input.",
    discussion: """
      One sentence a line. It is scored as a line of the training text: after a line's end, and \
      with the line's end at its own end. Natural logarithms.
      """)

  @Argument(help: ArgumentHelp("The run folder.", valueName: "run")) var folder: String
  @Option(help: "Worker threads; 0: as many as there are cores.") var threads = 0
  @Flag(help: "Print one JSON object a sentence.") var json = false

  func validate() throws {
    if threads < 0 || threads > 4096 { throw ValidationError("--threads must be 0...4096.") }
  }

  func run() throws {
    let archive = try LanguageModelArchive(at: URL(fileURLWithPath: folder))
    let team = WorkerTeam(count: threads > 0 ? threads : UsableCores.count)
    let reader = LanguageModelReader(archive.model, team: team, maximumRows: 64)
    var sentences: [String] = []
    var number = 0
    while let line = try Self.readSentence(number + 1) {
      number += 1
      sentences.append(line)
      // Enough to fill minibatches of equal lengths; no more, so that output flows.
      if sentences.count == 1024 {
        try score(sentences, endingAt: number, archive, reader)
        sentences = []
      }
    }
    try score(sentences, endingAt: number, archive, reader)
  }

  private static func readSentence(_ number: Int) throws -> String? {
    guard let line = try StandardStreams.readLine() else { return nil }
    // Reading repairs what is no UTF-8 with U+FFFD.
    if line.unicodeScalars.contains("\u{FFFD}") {
      throw UserError("line \(number) of standard input is not UTF-8")
    }
    return line
  }

  /// - Parameter line: the number of the last sentence, for messages.
  private func score(
    _ sentences: [String], endingAt line: Int, _ archive: LanguageModelArchive,
    _ reader: LanguageModelReader<Float>
  ) throws {
    let end = archive.lineEnd
    let first = line - sentences.count + 1
    let sequences = try sentences.enumerated().map { index, sentence in
      do {
        return [end] + (try archive.vocabulary.encode(sentence)) + [end]
      } catch let error as UserError {
        throw UserError(
          "line \(first + index) of standard input: \(error.message)", hint: error.hint)
      }
    }
    for (index, value) in reader.logProbabilities(sequences).enumerated() {
      let tokens = sequences[index].count - 1
      if json {
        Output.json([
          "sentence": sentences[index], "log_probability": value, "tokens": tokens,
          "nats_per_token": -value / Double(tokens),
        ])
      } else {
        Output.standardOutput.write(String(format: "%.4f\t", value) + sentences[index] + "\n")
      }
    }
  }
}
