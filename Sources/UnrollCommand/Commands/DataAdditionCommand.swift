import ArgumentParser
import Foundation
import TaskCommands
import Unroll

extension DataCommand {
  /// Sums as pairs of texts, for `unroll train translate`.
  struct Addition: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Sums of two numbers as lines '12+345<TAB>357'.",
      discussion: """
        No two lines have the same terms, in either order, so what is held out was never seen.
        """)

    @Option(parsing: .unconditional, help: "Digits of the terms at most.") var digits = 3
    @Option(parsing: .unconditional, help: "Lines.") var count = 50_000
    @Option(parsing: .unconditional, help: "Seed.") var seed: UInt64 = 1
    @Option(help: "File to write.") var out: String

    func run() throws {
      try OutputFiles.check([("--out", out)])
      let pairs = try AdditionPairs(digits: digits, seed: seed)
      guard count >= 1, count <= pairs.count else {
        throw UserError.usage(
          "--count \(count): expected 1 to \(pairs.count), the sums of \(digits) digits")
      }
      let lines = (0..<count).map { index in
        let (source, target) = pairs.pair(index)
        return "\(source)\t\(target)\n"
      }
      try AtomicFile.write(lines.joined(), to: URL(typed: out))
    }
  }
}
