import ArgumentParser
import Foundation
import TaskCommands
import Unroll

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data",
    abstract:
      "Makes text, sums and spoken digits from seeds; divides labelled texts and pairs of texts; fetches public corpora.",
    subcommands: [Make.self, Split.self, SplitPairs.self, SplitArrays.self, Get.self])
}

extension DataCommand {
  struct Make: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Makes data from a seed.",
      subcommands: [Markov.self, Words.self, Phrases.self, Digits.self, Addition.self])
  }

  struct Markov: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Text from a random Markov source, with its exact entropy rate.",
      discussion: """
        No model can predict the text better than the entropy rate, and a good one comes close: a \
        floor to check learning against.
        """)

    @Option(parsing: .unconditional, help: "Characters that the next one depends on.") var order = 3
    @Option(help: "Size: 4096, 20MB, 1.5GB.") var bytes: String
    @Option(parsing: .unconditional, help: "Seed of the source and the text.") var seed: UInt64 = 1
    @Option(help: "File to write.") var out: String
    @OptionGroup var showing: ShowingOptions
    @Flag(help: "Print one JSON object.") var json = false

    func run() throws {
      try OutputFiles.check([("--out", out)])
      let size = try ByteSize.parse(bytes)
      let source = try MarkovSource(order: order, seed: seed)
      try source.write(bytes: size, to: URL(typed: out))
      if json {
        Output.beside([out]).json([
          "bytes": size, "order": order, "seed": seed, "entropy_rate_nats": source.entropyRate,
          "entropy_rate_bits": source.bitsPerCharacter,
        ])
      } else {
        Output.beside([out]).write(
          String(
            format: "%@: %ld bytes, entropy rate %.6f nats (%.6f bits) a character\n", out, size,
            source.entropyRate, source.bitsPerCharacter))
      }
    }
  }

  struct Phrases: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Sentences from a small grammar in which pears are eaten and pairs are worn.")

    @Option(parsing: .unconditional, help: "Sentences, one a line.") var lines = 2000
    @Option(parsing: .unconditional, help: "Seed.") var seed: UInt64 = 1
    @Option(help: "File to write.") var out: String
    @OptionGroup var showing: ShowingOptions

    func validate() throws {
      if lines < 1 { throw ValidationError("--lines must be at least 1, found \(lines).") }
    }

    func run() throws {
      try OutputFiles.check([("--out", out)])
      try PhraseGrammar(seed: seed).write(lines: lines, to: URL(typed: out))
    }
  }

  struct Digits: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Strings of spoken digits, joined from recordings of single ones.",
      discussion: """
        Recordings are files DIGIT_SPEAKER_INDEX.wav, as in the Free Spoken Digit Dataset. Each \
        string is of one speaker. Recordings 0-4 of each digit and speaker make test strings, 5-7 \
        valid, all others train. Writes DIR/PART/*.wav and DIR/PART.tsv.
        """)

    @Option(help: "Folder of the recordings.") var recordings: String
    @Option(help: "Folder to write to.") var out: String
    @Option(parsing: .unconditional, help: "Seed.") var seed: UInt64 = 1
    @Option(parsing: .unconditional, help: "Strings to train on.") var train = 4000
    @Option(parsing: .unconditional, help: "Strings to validate on.") var valid = 300
    @Option(parsing: .unconditional, help: "Strings to test on.") var test = 600
    @Option(parsing: .unconditional, help: "Most digits in a string.") var longest = 5
    @OptionGroup var showing: ShowingOptions

    func validate() throws {
      if min(train, valid, test) < 1 || max(train, valid, test) > 1_000_000 {
        throw ValidationError(
          "--train, --valid and --test must be 1...1000000, found \(train), \(valid) and \(test).")
      }
      if longest < 1 || longest > 1000 {
        throw ValidationError("--longest must be 1...1000, found \(longest).")
      }
    }

    func run() throws {
      try DigitStrings(recordings: URL(typed: recordings)).write(
        [
          .init(name: "train", indices: 8...Int.max, count: train),
          .init(name: "valid", indices: 5...7, count: valid),
          .init(name: "test", indices: 0...4, count: test),
        ], longest: longest, seed: seed, to: URL(typed: out))
    }
  }

  struct Get: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Fetches a public corpus, verifies its SHA-256, and shows its licence.",
      discussion: DatasetManifest.standard.datasets.map { "\($0.name): \($0.description)" }
        .joined(separator: "\n"))

    @Argument(help: "Name of the corpus.") var name: String
    @Option(help: "Folder to put it in.") var into = "data/corpora"

    func run() throws {
      let fetcher = DatasetFetcher { Output.standardError.message($0) }
      for file in try fetcher.fetch(name, into: URL(typed: into)) {
        Output.standardOutput.write(file.relativePath + "\n")
      }
    }
  }
}
