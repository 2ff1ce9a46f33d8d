import ArgumentParser
import Foundation
import TaskCommands
import Unroll

extension DataCommand {
  /// Divides labelled texts, so that other programs can train and test on the same examples.
  struct Split: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Divides labelled texts into a training and a test file, class by class.",
      discussion: """
        Writes lines 'label<TAB>text'. The same seed makes the same division on every machine; it \
        is the one that unroll train classify makes by itself with --valid-fraction and --split-seed.
        """)

    @Option(help: "File of 'label<TAB>text' lines, or folder of LABEL.txt files.") var data: String
    @Option(help: "Share that is held out as the test file.") var fraction = 0.1
    @Option(help: "Hold out this part of a cross-validation instead, from 1 to --folds.")
    var fold: Int?
    @Option(help: "Parts of the cross-validation.") var folds = 10
    @Option(help: "Seed.") var seed: UInt64 = 1
    @Option(help: "Training file to write.") var train: String
    @Option(help: "Test file to write.") var test: String

    func run() throws {
      let texts = try LabelledTexts.read(URL(fileURLWithPath: data))
      let split =
        if let fold {
          try DataSplit.fold(
            fold - 1, of: folds, count: texts.count, seed: seed, strata: texts.classes)
        } else {
          try DataSplit.heldOut(fraction, of: texts.count, seed: seed, strata: texts.classes)
        }
      for (indices, path) in [(split.training, train), (split.heldOut, test)] {
        let lines = indices.map {
          "\(texts.labels.names[Int(texts.classes[$0])])\t\(texts.texts[$0])\n"
        }
        try AtomicFile.write(lines.joined(), to: URL(fileURLWithPath: path))
      }
      Output.standardOutput.write(
        "\(split.training.count) examples in \(train), \(split.heldOut.count) in \(test)\n")
    }
  }
}
