import Foundation
import Interchange
import Measures
import Runs
import TestSupport
import Testing

/// What one command of a task is held to its contract on: tiny data, and what is known of them.
struct TaskContractData: Sendable {
  /// Settings beside `common`. Of those that are paths, the name inside the folder of the data.
  var settings: [String: String] = [:]
  /// Writes the data into a folder.
  var write: @Sendable (URL) throws -> Void = { _ in }
  /// Nil where examples are made and not read, as are the next two.
  var change: Change?
  var mistake: Mistake?
  /// Nil for tasks that do not predict.
  var prediction: Predicted?

  /// Bytes of a file that may well be others: the data are as good as before, and others.
  struct Change: Sendable {
    let file: String
    let apply: @Sendable (inout Data) throws -> Void

    init(file: String, from: String, to: String) {
      precondition(from.utf8.count == to.utf8.count)
      self.init(file: file) { data in
        data.replaceSubrange(
          try #require(data.range(of: Data(from.utf8)), "'\(from)'"), with: Data(to.utf8))
      }
    }

    init(file: String, _ apply: @escaping @Sendable (inout Data) throws -> Void) {
      (self.file, self.apply) = (file, apply)
    }
  }

  /// A line, or a file, that makes no sense, and where the error says it is.
  struct Mistake: Sendable {
    let file: String
    let place: String
    let apply: @Sendable (inout Data) throws -> Void

    /// - Parameter line: counted from 1.
    init(file: String, line: Int, text: String, place: String) {
      self.init(file: file, place: place) { data in
        var lines = String(decoding: data, as: UTF8.self).components(separatedBy: "\n")
        lines[line - 1] = text
        data = Data(lines.joined(separator: "\n").utf8)
      }
    }

    init(file: String, place: String, _ apply: @escaping @Sendable (inout Data) throws -> Void) {
      (self.file, self.place, self.apply) = (file, place, apply)
    }
  }

  /// Examples that are evaluated and predicted.
  struct Predicted: Sendable {
    /// What `evaluate` reads, in the folder of the data.
    let files: [String]
    /// What is typed to have the same predicted.
    let lines: @Sendable (URL) throws -> [String]
    /// Figures of the evaluation by their keys, worked out from what was predicted.
    let figures: @Sendable (any TrainingTask, URL, [JSONValue]) throws -> [String: Double]
  }

  /// Settings of every task, as far as it has them: two layers, so that dropout is at work.
  static let common = [
    "model.hidden": "6", "model.layers": "2", "model.embedding": "5", "model.dropout": "0.1",
    "data.valid_fraction": "0.25", "train.batch": "4", "train.updates": "48",
    "train.eval_every": "7", "optimizer.lr": "0.03",
  ]

  /// By `task command`, and `task command, form` for other forms of its data. A command without a row
  /// fails the contract.
  static let all: [String: TaskContractData] = [
    "lm lm": languageModel, "lm-condition lm": conditionalText,
    "lm-condition lm, subwords": conditionalText.with(
      ["data.tokens": "bpe", "data.vocabulary_size": "270"]),
    "lm lm, sampled": languageModel.with(
      [
        "model.output": "sampled", "model.negatives": "5", "model.tie": "true",
        "optimizer.row_moments": "true",
      ]),
    "lm lm, subwords": languageModel.with(["data.tokens": "bpe", "data.vocabulary_size": "300"]),
    "lm lm, adaptive inputs": languageModel.with(
      [
        "model.output": "adaptive", "model.cutoffs": "['4', '8']", "model.adaptive_inputs": "true",
        "model.tie": "true", "model.embedding_dropout": "0.1",
      ]),
    "lm lm, hierarchical": languageModel.with(["model.output": "hierarchical"]),
    "lm lm, n-grams": languageModel.with([
      "model.output": "hierarchical", "model.maxent_order": "4", "model.maxent_size": "9000",
    ]),
    "transcribe transcribe": transcription,
    "transcribe transcribe, subwords": spokenSubwords,
    "translate translate": translation,
    "translate translate, sampled": translation.with(
      [
        "model.output": "sampled", "model.negatives": "4", "model.tie": "decoder",
        "train.scheduled_sampling": "0",
      ]),
    "translate translate, adaptive": translation.with(
      [
        "model.output": "adaptive", "model.cutoffs": "['3', '7']", "model.tie": "none",
        "train.scheduled_sampling": "0",
      ]),
    "translate translate, hierarchical": translation.with(
      ["model.output": "hierarchical", "train.scheduled_sampling": "0"]),
    "autoencode autoencode": autoencoding,
    "autoencode autoencode, documents": documents,
    "autoencode autoencode, recordings": recordings, "answer answer": answering,
    "classify classify": classification, "classify classify, series": series, "tag tag": tagging,
    "regress regress": regression, "compose compose": composition,
    "synthetic adding": made, "synthetic copy": made, "synthetic parity": made,
    "synthetic temporal-order": made, "recall recall": recall,
  ]

  /// The same data, learnt from in another way.
  func with(_ more: [String: String]) -> TaskContractData {
    TaskContractData(
      settings: settings.merging(more) { $1 }, write: write, change: change, mistake: mistake,
      prediction: prediction)
  }

  /// The rows of a command; its name alone if there is none.
  static func forms(of name: String) -> [String] {
    [name] + all.keys.filter { $0.hasPrefix(name + ",") }.sorted()
  }
}

// MARK: Support

extension TaskContractData {
  /// `the dog sees a cat`: five words, or three.
  static func sentence(_ index: Int) -> String {
    let nouns = ["cat", "dog", "cow", "fox"]
    let words = ["the", nouns[index % 4], ["sees", "hears", "likes"][index % 3]]
    return (index % 5 == 0 ? words : words + ["a", nouns[(index / 2) % 4]])
      .joined(separator: " ")
  }

  static func writeLabelled(_ folder: URL) throws {
    try lines(24) { row in
      let words = row % 2 == 0 ? ["fire", "sun", "coal"] : ["ice", "snow", "wind"]
      return (row % 2 == 0 ? "hot" : "cold")
        + "\t\(words[row % 3]) and \(words[(row / 3) % 3])\n"
    }.write(to: folder, "texts.tsv")
  }

  static func lines(_ count: Int, _ line: (Int) -> String) -> String {
    (0..<count).map(line).joined()
  }

  static func read(_ folder: URL, _ name: String) throws -> [String] {
    try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
      .split(separator: "\n").map(String.init)
  }

  static func fields(_ line: String) -> [String] {
    line.split(separator: "\t").map(String.init)
  }

  static func share<Items: Sequence>(
    of items: Items, _ isRight: (Items.Element) -> Bool
  ) -> Double {
    let verdicts = items.map(isRight)
    return Double(verdicts.count { $0 }) / Double(verdicts.count)
  }
}

extension String {
  func write(to folder: URL, _ name: String) throws {
    try Data(utf8).write(to: folder.appendingPathComponent(name))
  }
}

extension [JSONValue] {
  func sum(_ key: String) -> Double {
    reduce(0) { $0 + ($1[key]?.number ?? .nan) }
  }
}
