import Foundation
import Interchange
import Measures
import Runs
import TestSupport
import Testing

// Tasks that learn from numbers, music and sound, or from examples that are made.

extension TaskContractData {
  static let regression = TaskContractData(
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
  static let composition = TaskContractData(
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
  static let pieces: [[[Int]]] = (0..<12).map { piece in
    (0..<3 + piece % 3).map { [[60, 64, 67], [60, 65, 69], [59, 62, 67]][($0 + piece) % 3] }
  }

  /// Few labels, so that little is learnt in little time.
  static let spokenSubwords: TaskContractData = {
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

  static let transcription = TaskContractData(
    settings: [
      "data.audio": "audio", "data.transcripts": "transcripts.tsv", "features.filters": "6",
      "features.coefficients": "4", "features.deltas": "0", "model.time_masks": "1",
      "model.frequency_masks": "1", "model.frequency_mask_width": "2",
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

  static let recordings = TaskContractData(
    settings: [
      "data.audio": "audio", "features.filters": "6", "features.coefficients": "4",
      "features.deltas": "0", "model.code": "6", "model.input_noise": "0.1",
      "model.time_masks": "2", "model.time_mask_steps": "3",
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

  static func write(_ texts: [String], to audio: URL) throws {
    try FileManager.default.createDirectory(at: audio, withIntermediateDirectories: true)
    for (row, text) in texts.enumerated() {
      try Sound(sampleRate: 8000, samples: ToneRecordings.sound(text, row: row))
        .write(to: audio.appendingPathComponent("\(row).wav"))
    }
  }

  static let spoken = (0..<12).map { ["a", "b", "ab", "ba"][$0 % 4] }
}

extension TaskContractData {
  static let made = TaskContractData(
    settings: ["data.length": "6", "data.examples": "60", "data.valid_examples": "16"])

  static let recall = TaskContractData(
    settings: [
      "data.bits": "2", "data.max_length": "2", "data.sequences": "60",
      "data.valid_sequences": "16", "model.memory_slots": "4", "model.memory_width": "3",
    ])
}
