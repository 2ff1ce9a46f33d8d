import ArgumentParser
import Foundation
import TaskCommands
import Unroll

extension DataCommand {
  /// Divides pairs of texts, so that a test set exists, and other programs can use the same.
  struct SplitPairs: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "split-pairs",
      abstract: "Divides pairs of texts into a training and a test file.",
      discussion: """
        Writes lines 'source<TAB>target'. All pairs with the same source go to the same file. The \
        same seed makes the same division on every machine; it is the one that unroll train translate \
        makes by itself with --valid-fraction and --split-seed.
        """)

    @Option(help: "File of 'source<TAB>target' lines.") var pairs: String
    @Flag(help: "Exchange sources and targets.") var swap = false
    @Option(
      parsing: .unconditional,
      help: "Share of the different sources that is held out as the test file.")
    var fraction = 0.1
    @Option(parsing: .unconditional, help: "Seed.") var seed: UInt64 = 1
    @Option(help: "Training file to write.") var train: String
    @Option(help: "Test file to write.") var test: String

    func run() throws {
      try OutputFiles.check(
        [("--train", train), ("--test", test)], reading: [("--pairs", [pairs])])
      let read = try PairedTexts([[URL(typed: pairs)]])
      let texts = swap ? read.swapped : read
      let split = try texts.split(heldOut: fraction, seed: seed, option: "--fraction")
      for (indices, path) in [(split.training, train), (split.heldOut, test)] {
        let lines = indices.map { "\(texts.sources[$0])\t\(texts.targets[$0])\n" }
        try AtomicFile.write(lines.joined(), to: URL(typed: path))
      }
      Output.beside([train, test]).write(
        "\(split.training.count) pairs in \(train), \(split.heldOut.count) in \(test)\n")
    }
  }
}
