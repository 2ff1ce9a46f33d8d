import ArgumentParser
import Foundation
import TaskCommands
import Unroll

extension DataCommand {
  /// Divides examples, so that other programs can train and test on the same examples.
  struct Split: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Divides the examples of a file into a training and a test file.",
      discussion: """
        The same seed makes the same division on every machine; it is the one that unroll train makes \
        by itself with --valid-fraction and --split-seed.

        Labelled texts are divided class by class and written as lines 'label<TAB>text'. With --as, \
        examples of any format are written as they stand: --as rows --by-class for tables of \
        'label,number,…', --as rows for those of numbers, with a step a row too, --as blocks for \
        sentences in columns, --as lines for utterances, transcripts and .ts files, --as stories for \
        bAbI's. Pairs of texts have \
        'unroll data split-pairs', arrays (.npz, IDX) 'unroll data split-arrays'.
        """)

    @Option(help: "File of examples; of labelled texts a folder of LABEL.txt files too.")
    var data: String
    @Option(help: "Share that is held out as the test file.") var fraction = 0.1
    @Option(help: "Hold out this part of a cross-validation instead, from 1 to --folds.")
    var fold: Int?
    @Option(help: "Parts of the cross-validation.") var folds = 10
    @Option(help: "Seed.") var seed: UInt64 = 1
    @Option(help: "Training file to write.") var train: String
    @Option(help: "Test file to write.") var test: String

    @Option(
      name: .customLong("as"),
      help: ArgumentHelp(
        "What one example is: a labelled text, a line, a row of a table, a block of lines up to a blank one (sentences in columns), a story.",
        valueName: "form"))
    var form: SplitForm = .labelled
    @Flag(
      inversion: .prefixedNo,
      help: "The first line names columns and goes to both files; rows without a number do.")
    var header: Bool?
    @Flag(help: "Divide lines or rows class by class; the class is their first field.")
    var byClass = false

    func validate() throws {
      if form == .labelled, header != nil || byClass {
        throw ValidationError("--header and --by-class are for --as lines and --as rows.")
      }
      if folds < 2 { throw ValidationError("--folds must be 2 or more.") }
      if let fold, !(1...folds).contains(fold) {
        throw ValidationError("--fold must be 1...\(folds), one of --folds.")
      }
    }

    func run() throws {
      try OutputFiles.check([("--train", train), ("--test", test)], reading: [("--data", [data])])
      let url = try URL(typed: data)
      guard let form = form.records else { return try divideTexts(url) }
      let hasHeader = try header ?? (form == .rows && RecordFile.namesColumns(url))
      let file = try RecordFile(url, form: form, hasHeader: hasHeader)
      try divide(
        file.count, strata: byClass ? LongList(file.classes) : nil,
        note: (hasHeader ? ", names of columns in both" : "")
          + (file.joinsSteps ? ", all steps of a series in one" : ""),
        file.text)
    }

    private func divideTexts(_ url: URL) throws {
      let texts: LabelledTexts
      do {
        texts = try LabelledTexts.read(url)
      } catch let error as UserError where error.systemCode == nil {
        let other =
          "other examples are divided with --as, sentences in columns with --as blocks, arrays by "
          + "'unroll data split-arrays'"
        throw UserError(
          error.message, hint: [error.hint, other].compactMap(\.self).joined(separator: "; "),
          kind: error.kind)
      }
      let classes = try texts.classes
      try divide(texts.count, strata: classes) { indices in
        indices.map { "\(texts.labels.names[Int(classes[$0])])\t\(texts.texts[$0])\n" }.joined()
      }
    }

    private func divide(
      _ count: Int, strata: LongList<Int32>?, note: String = "", _ text: ([Int]) -> String
    ) throws {
      let split =
        if let fold {
          try DataSplit.fold(fold - 1, of: folds, count: count, seed: seed, strata: strata)
        } else {
          try DataSplit.heldOut(
            fraction, of: count, seed: seed, strata: strata, option: "--fraction")
        }
      for (indices, path) in [(split.training, train), (split.heldOut, test)] {
        try AtomicFile.write(text(Array(indices)), to: URL(typed: path))
      }
      Output.standardOutput.write(
        "\(split.training.count) examples in \(train), \(split.heldOut.count) in \(test)\(note)\n")
    }
  }
}

/// What `unroll data split` divides.
enum SplitForm: String, CaseIterable, ExpressibleByArgument {
  case labelled, lines, rows, blocks, stories

  /// Nil for labelled texts, which are written anew.
  var records: RecordFile.Form? { RecordFile.Form(rawValue: rawValue) }
}
