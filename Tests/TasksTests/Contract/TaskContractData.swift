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
    "lm lm, hierarchical": languageModel.with(["model.output": "hierarchical"]),
    "transcribe transcribe": transcription,
    "transcribe transcribe, subwords": spokenSubwords,
    "translate translate": translation,
    "translate translate, sampled": translation.with(
      [
        "model.output": "sampled", "model.negatives": "4", "model.tie": "decoder",
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
  private func with(_ more: [String: String]) -> TaskContractData {
    TaskContractData(
      settings: settings.merging(more) { $1 }, write: write, change: change, mistake: mistake,
      prediction: prediction)
  }

  /// The rows of a command; its name alone if there is none.
  static func forms(of name: String) -> [String] {
    [name] + all.keys.filter { $0.hasPrefix(name + ",") }.sorted()
  }
}

// MARK: Text

extension TaskContractData {
  private static let languageModel = TaskContractData(
    settings: ["data.text": "text.txt", "data.tokens": "word", "train.steps": "5"],
    write: { try lines(40) { sentence($0) + "\n" }.write(to: $0, "text.txt") },
    change: Change(file: "text.txt", from: "a cat", to: "a cot"),
    mistake: Mistake(file: "text.txt", line: 3, text: "a \0 b", place: "line 3"))

  private static let conditionalText = TaskContractData(
    settings: ["data.condition": "texts.tsv"], write: writeLabelled,
    change: Change(file: "texts.tsv", from: "fire", to: "fine"),
    mistake: Mistake(file: "texts.tsv", line: 4, text: "no tab", place: "line 4"),
    prediction: Predicted(
      files: ["texts.tsv"], lines: { try read($0, "texts.tsv") },
      figures: { _, _, predictions in
        let sum = predictions.sum("log_probability")
        let count = predictions.sum("tokens")
        return ["loss": -sum / count, "count": count]
      }))

  private static let classification = TaskContractData(
    settings: ["data.train": "texts.tsv"], write: writeLabelled,
    change: Change(file: "texts.tsv", from: "fire", to: "fine"),
    mistake: Mistake(file: "texts.tsv", line: 4, text: "no tab", place: "line 4"),
    prediction: Predicted(
      files: ["texts.tsv"], lines: { try read($0, "texts.tsv").map { fields($0)[1] } },
      figures: { _, folder, predictions in
        let labels = try read(folder, "texts.tsv").map { fields($0)[0] }
        let nats = zip(labels, predictions).map { label, prediction in
          -log(prediction["probabilities"]?[label]?.number ?? .nan)
        }
        return [
          "accuracy": share(of: zip(labels, predictions)) { $1["label"]?.string == $0 },
          "loss": nats.reduce(0, +) / Double(nats.count),
        ]
      }))

  private static let series = TaskContractData(
    settings: ["data.train": "series.csv", "data.features": "2", "model.pooling": "mean"],
    write: {
      try lines(24) { row in
        let values = (0..<2 * (2 + row % 3)).map { Double((7 * row + 5 * $0) % 11) / 10 - 0.5 }
        return (values.reduce(0, +) > 0 ? "up," : "down,")
          + values.map { "\($0)" }.joined(separator: ",") + "\n"
      }.write(to: $0, "series.csv")
    },
    change: Change(file: "series.csv", from: "0.4", to: "0.3"),
    mistake: Mistake(file: "series.csv", line: 6, text: "up,1,x", place: "row 6"),
    prediction: Predicted(
      files: ["series.csv"],
      lines: { try read($0, "series.csv").map { String($0.drop { $0 != "," }.dropFirst()) } },
      figures: { _, folder, predictions in
        let labels = try read(folder, "series.csv").map { String($0.prefix { $0 != "," }) }
        let nats = zip(labels, predictions).map { label, prediction in
          -log(prediction["probabilities"]?[label]?.number ?? .nan)
        }
        return [
          "accuracy": share(of: zip(labels, predictions)) { $1["label"]?.string == $0 },
          "loss": nats.reduce(0, +) / Double(nats.count),
        ]
      }))

  private static let tagging = TaskContractData(
    settings: [
      "data.train": "words.txt", "data.intent": "true", "model.characters": "3",
      "model.head": "crf", "model.bidirectional": "true",
    ],
    write: { try TaggingGrammar.utterances(0..<24).write(to: $0, "words.txt") },
    change: Change(file: "words.txt", from: "ville", to: "villa"),
    mistake: Mistake(file: "words.txt", line: 5, text: "BOS no tab EOS", place: "line 5"),
    prediction: Predicted(
      files: ["words.txt"],
      lines: { _ in (0..<24).map { TaggingGrammar.sentence($0).words.joined(separator: " ") } },
      figures: { _, _, predictions in
        let sentences = (0..<24).map { TaggingGrammar.sentence($0) }
        let tags = predictions.flatMap { $0["tags"]?.array?.compactMap(\.string) ?? [] }
        return [
          "accuracy": share(of: zip(sentences.flatMap(\.tags), tags)) { $0 == $1 },
          "intent_accuracy": share(of: zip(sentences, predictions)) {
            $0.intent == $1["intent"]?.string
          }, "count": Double(tags.count),
        ]
      }))

  private static let answering = TaskContractData(
    settings: ["data.stories": "stories.txt", "model.ages": "4"],
    write: { try StoryGrammar.stories(0..<24).write(to: $0, "stories.txt") },
    change: Change(file: "stories.txt", from: "went", to: "bent"),
    mistake: Mistake(file: "stories.txt", line: 2, text: "no number", place: "line 2"),
    prediction: Predicted(
      files: ["stories.txt"], lines: { try read($0, "stories.txt") },
      figures: { _, folder, predictions in
        let answers = try read(folder, "stories.txt").map(fields).filter { $0.count > 1 }
          .map { $0[1] }
        return [
          "accuracy": share(of: zip(answers, predictions)) { $0 == $1["answer"]?.string },
          "count": Double(answers.count),
        ]
      }))

  private static let translation = TaskContractData(
    settings: ["data.pairs": "pairs.tsv", "train.scheduled_sampling": "0.2"],
    write: {
      try lines(24) { index in
        let words = sentence(index).split(separator: " ")
        return words.joined(separator: " ") + "\t" + words.reversed().joined(separator: " ") + "\n"
      }.write(to: $0, "pairs.tsv")
    },
    change: Change(file: "pairs.tsv", from: "a cat", to: "a cot"),
    mistake: Mistake(file: "pairs.tsv", line: 7, text: "no tab", place: "line 7"),
    prediction: Predicted(
      files: ["pairs.tsv"], lines: { try read($0, "pairs.tsv").map { fields($0)[0] } },
      figures: { _, folder, predictions in
        let targets = try read(folder, "pairs.tsv").map { fields($0)[1] }
        var (bleu, chrF) = (BLEUScore(), ChrFScore())
        for (target, prediction) in zip(targets, predictions) {
          let found = prediction["translation"]?.string ?? ""
          bleu.add(reference: target, hypothesis: found)
          chrF.add(reference: target, hypothesis: found)
        }
        return [
          "bleu": bleu.score, "chrf": chrF.score,
          "exact": share(of: zip(targets, predictions)) { $0 == $1["translation"]?.string },
        ]
      }))

  private static let autoencoding = TaskContractData(
    settings: ["data.text": "text.txt", "model.code": "6", "train.word_dropout": "0.1"],
    write: { try lines(24) { sentence($0) + "\n" }.write(to: $0, "text.txt") },
    change: Change(file: "text.txt", from: "a cat", to: "a cot"),
    mistake: Mistake(file: "text.txt", line: 3, text: "a \0 b", place: "line 3"),
    prediction: Predicted(
      files: ["text.txt"], lines: { try read($0, "text.txt") },
      figures: { _, folder, predictions in
        let truth = try read(folder, "text.txt").map { $0.split(separator: " ").map(String.init) }
        let written = predictions.map {
          ($0["reconstruction"]?.string ?? "").split(separator: " ").map(String.init)
        }
        let right = zip(truth, written).map { zip($0, $1).count { $0 == $1 } }.reduce(0, +)
        let count = truth.joined().count
        return [
          "tokens_reconstructed": Double(right) / Double(count), "count": Double(count),
          "exact": share(of: predictions) { $0["is_exact"] == .boolean(true) },
        ]
      }))

  /// Two or three sentences each, the last of them one of a word.
  private static let documents = TaskContractData(
    settings: [
      "data.text": "text.txt", "model.hierarchical": "true", "model.code": "6",
      "train.word_dropout": "0.1",
    ],
    write: {
      try lines(16) { document in
        (0...document % 2).map { sentence(document + 3 * $0) + "\n" }.joined() + "end\n\n"
      }.write(to: $0, "text.txt")
    },
    change: Change(file: "text.txt", from: "a cat", to: "a cot"),
    mistake: Mistake(file: "text.txt", line: 3, text: "a \0 b", place: "line 3"),
    prediction: Predicted(
      files: ["text.txt"],
      lines: { folder in
        try String(contentsOf: folder.appendingPathComponent("text.txt"), encoding: .utf8)
          .components(separatedBy: "\n")
      },
      figures: { _, folder, predictions in
        var (right, count, exact) = (0, 0, 0)
        for prediction in predictions {
          let (truth, written) = (
            texts(prediction["sentences"]), texts(prediction["reconstruction"])
          )
          for (index, sentence) in truth.enumerated() {
            count += sentence.count
            right += zip(sentence, index < written.count ? written[index] : []).count { $0 == $1 }
          }
          if truth == written { exact += 1 }
        }
        return [
          "tokens_reconstructed": Double(right) / Double(count), "count": Double(count),
          "exact": Double(exact) / Double(predictions.count), "documents": 16,
        ]
      }))

  /// The words of each of some sentences.
  private static func texts(_ sentences: JSONValue?) -> [[String]] {
    (sentences?.array ?? []).map { ($0.string ?? "").split(separator: " ").map(String.init) }
  }
}

// MARK: Numbers, music, sound

extension TaskContractData {
  private static let regression = TaskContractData(
    settings: ["data.train": "numbers.csv", "data.features": "2"],
    write: {
      try lines(24) { row in
        let values = (0..<2 * (2 + row % 3)).map { Double((7 * row + 5 * $0) % 11) / 10 - 0.5 }
        return "\(values.reduce(0, +))," + values.map { "\($0)" }.joined(separator: ",") + "\n"
      }.write(to: $0, "numbers.csv")
    },
    change: Change(file: "numbers.csv", from: "0.4", to: "0.3"),
    mistake: Mistake(file: "numbers.csv", line: 6, text: "1,2,x", place: "row 6"),
    prediction: Predicted(
      files: ["numbers.csv"],
      lines: { try read($0, "numbers.csv").map { String($0.drop { $0 != "," }.dropFirst()) } },
      figures: { _, folder, predictions in
        let truth = try read(folder, "numbers.csv").map {
          Double($0.prefix { $0 != "," }) ?? .nan
        }
        let errors = zip(truth, predictions).map { number, prediction in
          number - (prediction["prediction"]?.array?.first?.number ?? .nan)
        }
        let count = Double(errors.count)
        return [
          "loss": errors.reduce(0) { $0 + $1 * $1 } / count,
          "mae": errors.reduce(0) { $0 + abs($1) } / count,
        ]
      }))

  /// What a piece begins with is predicted from nothing, which cannot be typed: it is measured alone.
  private static let composition = TaskContractData(
    settings: ["data.music": "music.json", "model.hidden": "24", "model.layers": "1"],
    write: {
      let pieces = pieces.map { "\($0)" }.joined(separator: ",\n")
      let text = "{\"train\": [\n\(pieces)],\n\"valid\": [\(pieces)],\n\"test\": [\(pieces)]}\n"
      try text.write(to: $0, "music.json")
    },
    change: Change(file: "music.json", from: "65", to: "64"),
    mistake: Mistake(file: "music.json", line: 3, text: "[[5]],", place: "train, piece 2"),
    prediction: Predicted(
      files: ["music.json"],
      lines: { _ in pieces.flatMap { piece in (1..<piece.count).map { "\(piece.prefix($0))" } } },
      figures: { task, folder, predictions in
        let firsts = pieces.map { "\($0.prefix(1))" }.joined(separator: ",")
        try "{\"train\": [], \"valid\": [], \"test\": [\(firsts)]}".write(to: folder, "firsts.json")
        let first = try task.evaluate([folder.appendingPathComponent("firsts.json")]).score
        let steps = pieces.flatMap { $0.dropFirst() }
        let nats = zip(steps, predictions).map { notes, prediction in
          (prediction["probabilities"]?.array ?? []).enumerated().reduce(0) { sum, key in
            let p = key.element.number ?? .nan
            return sum - log(notes.contains(21 + key.offset) ? p : 1 - p)
          }
        }
        let sum = nats.reduce(0, +) + first.loss * Double(pieces.count)
        return ["nll_per_step": sum / Double(steps.count + pieces.count)]
      }))

  /// Chords go round, from any of them.
  private static let pieces: [[[Int]]] = (0..<12).map { piece in
    (0..<3 + piece % 3).map { [[60, 64, 67], [60, 65, 69], [59, 62, 67]][($0 + piece) % 3] }
  }

  /// Few labels, so that little is learnt in little time.
  private static let spokenSubwords: TaskContractData = {
    var data = transcription.with(["data.labels": "bpe", "data.tokenizer": "tokenizer.json"])
    let write = data.write
    data.write = { folder in
      try write(folder)
      try """
      {"model": {"type": "BPE", "vocab": {"Ġ": 0, "a": 1, "b": 2, "Ġa": 3}, "merges": ["Ġ a"]},
      "added_tokens": [], "normalizer": null, "post_processor": null, "decoder": null,
      "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true}}
      """.write(to: folder, "tokenizer.json")
    }
    return data
  }()

  private static let transcription = TaskContractData(
    settings: [
      "data.audio": "audio", "data.transcripts": "transcripts.tsv", "features.filters": "6",
      "features.coefficients": "4", "features.deltas": "0",
    ],
    write: { folder in
      let audio = folder.appendingPathComponent("audio")
      try write(spoken, to: audio)
      try lines(spoken.count) { "\($0).wav\t\(spoken[$0])\n" }
        .write(to: folder, "transcripts.tsv")
    },
    change: Change(file: "transcripts.tsv", from: "\tab", to: "\tbb"),
    mistake: Mistake(file: "transcripts.tsv", line: 4, text: "3.wav ab", place: "line 4"),
    prediction: Predicted(
      files: ["audio", "transcripts.tsv"],
      lines: { folder in
        spoken.indices.map { folder.appendingPathComponent("audio/\($0).wav").path }
      },
      figures: { _, _, predictions in
        var (words, characters) = (EditCounts(), EditCounts())
        for (truth, prediction) in zip(spoken, predictions) {
          let found = prediction["text"]?.string ?? ""
          words.add(reference: truth.split(separator: " "), hypothesis: found.split(separator: " "))
          characters.add(reference: Array(truth), hypothesis: Array(found))
        }
        return ["wer": words.rate, "cer": characters.rate, "count": Double(spoken.count)]
      }))

  private static let recordings = TaskContractData(
    settings: [
      "data.audio": "audio", "features.filters": "6", "features.coefficients": "4",
      "features.deltas": "0", "model.code": "6", "model.input_noise": "0.1",
    ],
    write: { try write(spoken, to: $0.appendingPathComponent("audio")) },
    // The last sample a little louder, and no sound at all.
    change: Change(file: "audio/3.wav") { $0[$0.count - 2] ^= 1 },
    mistake: Mistake(file: "audio/4.wav", place: "4.wav") { $0 = Data("no sound".utf8) },
    prediction: Predicted(
      files: ["audio"],
      lines: { folder in
        spoken.indices.map { folder.appendingPathComponent("audio/\($0).wav").path }
      },
      figures: { _, _, predictions in
        let errors = predictions.map { prediction in
          let frames = prediction["reconstruction"]?.array ?? []
          return (sum: (prediction["mse"]?.number ?? .nan) * Double(frames.count), frames.count)
        }
        let frames = errors.reduce(0) { $0 + $1.1 }
        return [
          "mse": errors.reduce(0) { $0 + $1.sum } / Double(frames),
          "count": Double(frames * 4),
        ]
      }))

  private static func write(_ texts: [String], to audio: URL) throws {
    try FileManager.default.createDirectory(at: audio, withIntermediateDirectories: true)
    for (row, text) in texts.enumerated() {
      try WAVFile(sampleRate: 8000, samples: ToneRecordings.sound(text, row: row))
        .write(to: audio.appendingPathComponent("\(row).wav"))
    }
  }

  private static let spoken = (0..<12).map { ["a", "b", "ab", "ba"][$0 % 4] }
}

// MARK: Made examples

extension TaskContractData {
  private static let made = TaskContractData(
    settings: ["data.length": "6", "data.examples": "60", "data.valid_examples": "16"])

  private static let recall = TaskContractData(
    settings: [
      "data.bits": "2", "data.max_length": "2", "data.sequences": "60",
      "data.valid_sequences": "16", "model.memory_slots": "4", "model.memory_width": "3",
    ])
}

// MARK: Support

extension TaskContractData {
  /// `the dog sees a cat`: five words, or three.
  private static func sentence(_ index: Int) -> String {
    let nouns = ["cat", "dog", "cow", "fox"]
    let words = ["the", nouns[index % 4], ["sees", "hears", "likes"][index % 3]]
    return (index % 5 == 0 ? words : words + ["a", nouns[(index / 2) % 4]])
      .joined(separator: " ")
  }

  private static func writeLabelled(_ folder: URL) throws {
    try lines(24) { row in
      let words = row % 2 == 0 ? ["fire", "sun", "coal"] : ["ice", "snow", "wind"]
      return (row % 2 == 0 ? "hot" : "cold")
        + "\t\(words[row % 3]) and \(words[(row / 3) % 3])\n"
    }.write(to: folder, "texts.tsv")
  }

  private static func lines(_ count: Int, _ line: (Int) -> String) -> String {
    (0..<count).map(line).joined()
  }

  private static func read(_ folder: URL, _ name: String) throws -> [String] {
    try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
      .split(separator: "\n").map(String.init)
  }

  private static func fields(_ line: String) -> [String] {
    line.split(separator: "\t").map(String.init)
  }

  private static func share<Items: Sequence>(
    of items: Items, _ isRight: (Items.Element) -> Bool
  ) -> Double {
    let verdicts = items.map(isRight)
    return Double(verdicts.count { $0 }) / Double(verdicts.count)
  }
}

extension String {
  fileprivate func write(to folder: URL, _ name: String) throws {
    try Data(utf8).write(to: folder.appendingPathComponent(name))
  }
}

extension [JSONValue] {
  fileprivate func sum(_ key: String) -> Double {
    reduce(0) { $0 + ($1[key]?.number ?? .nan) }
  }
}
