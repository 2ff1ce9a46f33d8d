import ArgumentParser
import Foundation
import TaskCommands
import Unroll

extension DataCommand {
  /// Divides examples in arrays, in the form in which they came.
  struct SplitArrays: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "split-arrays",
      abstract: "Divides examples in arrays into training and test files.",
      discussion: """
        An example is a row of each array, along the first dimension: of all arrays of one .npz archive, \
        or of several IDX files, images and then their labels, with as many files to write. Types and \
        shapes stay. The same seed makes the same division on every machine.
        """)

    @Option(parsing: .upToNextOption, help: "An .npz archive, or IDX files of as many rows.")
    var data: [String]
    @Option(parsing: .unconditional, help: "Share that is held out as the test file.")
    var fraction = 0.1
    @Option(parsing: .unconditional, help: "Seed.") var seed: UInt64 = 1
    @Option(parsing: .upToNextOption, help: "Training files to write.") var train: [String]
    @Option(parsing: .upToNextOption, help: "Test files to write.") var test: [String]
    @Flag(help: "Divide class by class: by the last IDX file, or the array y.") var byClass = false

    func validate() throws {
      guard train.count == data.count, test.count == data.count else {
        throw ValidationError(
          "--data names \(data.count) files, --train \(train.count) and --test \(test.count): expected as many."
        )
      }
    }

    func run() throws {
      try OutputFiles.check(
        train.map { ("--train", $0) } + test.map { ("--test", $0) }, reading: [("--data", data)])
      let urls = try data.map { try URL(typed: $0) }
      if urls.count == 1, urls[0].contentExtension == "npz" {
        try divideArchive(urls[0])
      } else {
        try divideFiles(urls)
      }
    }

    private func divideArchive(_ url: URL) throws {
      let archive = try ZIPArchive(url)
      let arrays = try archive.names.map { name in
        let place = "'\(url.relativePath)' array '\(name.replacing(".npy", with: ""))'"
        return (name, try NumpyRows(try archive.content(of: name) ?? [], place: place), place)
      }
      try check(arrays.map { ($0.2, $0.1.count) })
      let labels = arrays.first {
        ["y.npy", "Y.npy", "labels.npy", "label.npy", "target.npy"].contains($0.0)
      }
      if byClass, labels == nil {
        throw UserError.usage("--by-class: '\(url.relativePath)' has no array 'y'")
      }
      let split = try split(arrays.first?.1.count ?? 0, classes: labels?.1.spellings)
      for (rows, path) in [(split.training, train[0]), (split.heldOut, test[0])] {
        try ZIPArchive.write(
          arrays.map { ($0.0, $0.1.file(of: Array(rows))) }, to: URL(typed: path))
      }
    }

    private func divideFiles(_ urls: [URL]) throws {
      let files = try urls.map { try IDXFile(contentsOf: $0) }
      try check(zip(urls, files).map { ("'\($0.relativePath)'", $1.shape.first ?? 0) })
      let split = try split(
        files[0].shape[0],
        classes: byClass ? try files[files.count - 1].integers().map(String.init) : nil)
      for (rows, paths) in [(split.training, train), (split.heldOut, test)] {
        for (file, path) in zip(files, paths) {
          try AtomicFile.write(to: URL(typed: path)) { writer in
            try file.file(ofRows: Array(rows)).withUnsafeBytes { try writer.append($0) }
          }
        }
      }
    }

    private func check(_ counts: [(place: String, count: Int)]) throws {
      guard let first = counts.first, first.count > 0 else {
        throw UserError("there are no arrays to divide", hint: "name an archive of numpy.savez")
      }
      if let other = counts.first(where: { $0.count != first.count }) {
        throw UserError(
          "\(other.place) has \(other.count) rows, expected \(first.count), as \(first.place) has",
          hint: "name arrays of the same examples")
      }
    }

    private func split(_ count: Int, classes: [String]?) throws -> DataSplit {
      // Classes in the order in which they are met.
      var ids: [String: Int32] = [:]
      for name in classes ?? [] where ids[name] == nil { ids[name] = Int32(ids.count) }
      let strata = classes?.compactMap { ids[$0] }
      let split = try DataSplit.heldOut(
        fraction, of: count, seed: seed, strata: strata.map { LongList($0) }, option: "--fraction")
      Output.beside((train + test).map(Optional.some)).write(
        "\(split.training.count) examples in \(train.joined(separator: ", ")), "
          + "\(split.heldOut.count) in \(test.joined(separator: ", "))\n")
      return split
    }
  }
}
