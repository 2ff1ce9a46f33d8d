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
    @Option(
      parsing: .unconditional, help: "Share that is held out as the test file. (default: 0.1)")
    var fraction: Double?
    @Option(
      parsing: .unconditional,
      help: "Hold out this part of a cross-validation instead, from 1 to --folds.")
    var fold: Int?
    @Option(parsing: .unconditional, help: "Parts of the cross-validation. (default: 10)")
    var folds: Int?
    @Option(parsing: .unconditional, help: "Seed.") var seed: UInt64 = 1
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
      if parts < 2 { throw ValidationError("--folds must be 2 or more, found \(parts).") }
      guard let fold else {
        if let folds {
          throw ValidationError(
            "--folds \(folds) needs --fold, the part to hold out, from 1 to \(folds).")
        }
        return
      }
      if !(1...parts).contains(fold) {
        throw ValidationError("--fold must be 1...\(parts), one of --folds, found \(fold).")
      }
      if let fraction {
        throw ValidationError(
          "--fold \(fold) and --fraction \(fraction) both say what is held out: drop one of them.")
      }
    }

    /// Of a cross-validation.
    private var parts: Int { folds ?? 10 }

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
          try DataSplit.fold(fold - 1, of: parts, count: count, seed: seed, strata: strata)
        } else {
          try DataSplit.heldOut(
            fraction ?? 0.1, of: count, seed: seed, strata: strata, option: "--fraction")
        }
      for (indices, path) in [(split.training, train), (split.heldOut, test)] {
        try AtomicFile.write(text(Array(indices)), to: URL(typed: path))
      }
      Output.beside([train, test]).write(
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
