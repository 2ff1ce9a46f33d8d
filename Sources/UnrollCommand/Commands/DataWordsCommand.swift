import ArgumentParser
import Foundation
import TaskCommands
import Unroll

extension DataCommand {
  /// A corpus of any size over a vocabulary of any size.
  struct Words: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Lines of words from a vocabulary of any size, with their exact entropy rate.",
      discussion: """
        Words are about as frequent as Zipf's law has it, and which of them are frequent now depends on the \
        word before. No model of words can predict the text better than the entropy rate, ends of lines \
        included.
        """)

    @Option(parsing: .unconditional, help: "Distinct words.") var types = 10_000
    @Option(help: "Size: 4096, 20MB, 1.5GB; the last line is whole.") var bytes: String
    @Option(parsing: .unconditional, help: "Seed of the source and the text.") var seed: UInt64 = 1
    @Option(help: "File to write.") var out: String
    @Option(parsing: .unconditional, help: "Threads; 0: as many as there are cores.") var threads =
      0
    @OptionGroup var showing: ShowingOptions
    @Flag(help: "Print one JSON object.") var json = false

    func validate() throws {
      if threads < 0 || threads > 4096 {
        throw ValidationError("--threads must be 0...4096, found \(threads).")
      }
    }

    func run() throws {
      try OutputFiles.check([("--out", out)])
      let size = try ByteSize.parse(bytes)
      let source = try ZipfSource(types: types, seed: seed)
      let tokens = try source.write(
        bytes: size, to: URL(typed: out),
        threads: threads > 0 ? threads : UsableCores.count)
      let perplexity = exp(source.entropyRate)
      if json {
        Output.beside([out]).json([
          "bytes": size, "types": types, "seed": seed, "tokens": tokens,
          "entropy_rate_nats": source.entropyRate, "perplexity": perplexity,
        ])
      } else {
        Output.beside([out]).write(
          String(
            format: "%@: %ld tokens, entropy rate %.6f nats a token (perplexity %.2f)\n", out,
            tokens,
            source.entropyRate, perplexity))
      }
    }
  }
}
