import Foundation
import Interchange
import Measures
import Runs
import TestSupport
import Testing

// Tasks that learn from texts.

extension TaskContractData {
  static let languageModel = TaskContractData(
    settings: [
      "data.text": "text.txt", "data.tokens": "word", "train.steps": "5",
      "model.activation_penalty": "2", "model.temporal_penalty": "1",
    ],
    write: { try lines(40) { sentence($0) + "\n" }.write(to: $0, "text.txt") },
    change: Change(file: "text.txt", from: "a cat", to: "a cot"),
    mistake: Mistake(file: "text.txt", line: 3, text: "a \0 b", place: "line 3"))

  static let conditionalText = TaskContractData(
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

  static let classification = TaskContractData(
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

  static let series = TaskContractData(
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

  static let tagging = TaskContractData(
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

  static let answering = TaskContractData(
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

  static let translation = TaskContractData(
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

  static let autoencoding = TaskContractData(
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
  static let documents = TaskContractData(
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
  static func texts(_ sentences: JSONValue?) -> [[String]] {
    (sentences?.array ?? []).map { ($0.string ?? "").split(separator: " ").map(String.init) }
  }
}
