import Compute
import Corpora
import Foundation
import Interchange
import Runs

/// The labels that transcripts are made of. Class 0 of the network is blank, label i is class i + 1.
public struct TranscriptAlphabet: FileValue, Sendable {
  /// What a label is.
  public enum Unit: String, SettingValue, CaseIterable {
    /// A Unicode scalar, the blank between words among them.
    case character = "char"
    /// What stands between blanks.
    case word
    /// A piece of a word, as byte-pair encoding has it.
    case subword = "bpe"

    /// The labels of a text, where no tokenizer makes them.
    func split(_ text: String) -> [String] {
      switch self {
      case .character: text.unicodeScalars.map { String($0) }
      case .word, .subword:
        text.utf8.split(separator: 0x20).map { String(decoding: $0, as: UTF8.self) }
      }
    }
  }

  package let unit: Unit
  package let labels: LabelSet
  /// Samples a second of the recordings.
  package let sampleRate: Int
  /// What makes labels of a text, where they are subwords; it has a file of its own.
  package private(set) var subwords: SubwordTokenizer?

  // Subwords are compared with their own file.
  public static func == (a: TranscriptAlphabet, b: TranscriptAlphabet) -> Bool {
    a.unit == b.unit && a.labels == b.labels && a.sampleRate == b.sampleRate
  }

  package init(unit: Unit, labels: LabelSet, sampleRate: Int) {
    self.unit = unit
    self.labels = labels
    self.sampleRate = sampleRate
  }

  /// An alphabet of subwords. Throws a `UserError` for pieces that look alike.
  package init(_ subwords: SubwordTokenizer, sampleRate: Int) throws {
    // Ids that no piece has are labels that nobody writes.
    let names = subwords.parts.pieces.enumerated().map { $1.isEmpty ? "\u{0}\($0)" : $1 }
    guard Set(names).count == names.count else {
      throw UserError.usage(
        "pieces of the tokenizer are spelt in two ways of one text, as labels cannot be",
        hint: "take a tokenizer of bytes, or have the subwords learnt")
    }
    self.init(unit: .subword, labels: LabelSet(ordered: names), sampleRate: sampleRate)
    self.subwords = subwords
  }

  /// The classes of a text. Throws a `UserError` for a label that is not in the alphabet, found at
  /// `place`.
  package func classes(_ text: String, place: String) throws -> [Int32] {
    if let subwords { return subwords.encode(text).map { $0 + 1 } }
    return try unit.split(text).map { label in
      guard let id = labels.id(label) else {
        let shown = labels.names.prefix(40).joined(separator: unit == .word ? " " : "")
        throw UserError(
          "\(place): the \(unit == .word ? "word" : "character") '\(label)' is not in the alphabet "
            + "'\(shown)\(labels.count > 40 ? "…" : "")'",
          hint: "correct the transcript, or train with an alphabet that has it")
      }
      return id + 1
    }
  }

  /// The text of some classes, none of them blank.
  package func text(_ classes: [Int]) -> String {
    if let subwords {
      return subwords.decode(classes.map { Int32($0 - 1) }).trimmingCharacters(in: .whitespaces)
    }
    return classes.map { labels.names[$0 - 1] }.joined(separator: unit == .word ? " " : "")
  }

  /// 2: of subwords.
  private static let format = FileFormat(2)
  /// What the file of the subwords is called by: `RunFolder.tokenizer(of:)`.
  static let subwordsName = "labels"

  /// Its files in a run folder.
  var artifacts: [Artifact] {
    [
      Artifact(RunFolder.alphabetName, self, change: "its labels or its sampling rate are others")
    ]
      + (subwords.map {
        [
          Artifact(
            "\(RunFolder.tokenizerPrefix)\(Self.subwordsName).json", $0,
            change: "its labels are others")
        ]
      } ?? [])
  }

  /// Reads them. Throws a `UserError` that names the file.
  init(of folder: RunFolder) throws {
    let alphabet = try TranscriptAlphabet(contentsOf: folder.alphabet)
    guard alphabet.unit == .subword else {
      self = alphabet
      return
    }
    let url = folder.tokenizer(of: Self.subwordsName)
    self = try TranscriptAlphabet(
      SubwordTokenizer(contentsOf: url), sampleRate: alphabet.sampleRate)
    guard labels == alphabet.labels else {
      throw UserError(
        "'\(url.relativePath)' has other subwords than '\(folder.alphabet.lastPathComponent)'",
        hint: "restore the file from a copy of the run")
    }
  }

  public func save(to url: URL) throws {
    let json: JSONValue = [
      "format": .integer(unit == .subword ? 2 : 1), "unit": .string(unit.rawValue),
      "sample_rate": .integer(sampleRate), "labels": .array(labels.names.map { .string($0) }),
    ]
    try AtomicFile.write("\(json)\n", to: url)
  }

  /// Reads what `save` wrote. Throws a `UserError` that names the file.
  public init(contentsOf url: URL) throws {
    let text = try RegularFile.text(of: url)
    let json = try? JSONValue(parsing: text)
    try Self.format.check(json?["format"]?.integer, of: url)
    guard let json, let unit = json["unit"]?.string.flatMap(Unit.init),
      let rate = json["sample_rate"]?.integer,
      let names = json["labels"]?.array?.compactMap(\.string), rate > 0, !names.isEmpty,
      Set(names).count == names.count
    else {
      throw UserError(
        "'\(url.relativePath)' is no alphabet: expected unit, sample_rate and labels",
        hint: "restore the file from a copy of the run")
    }
    self.init(unit: unit, labels: LabelSet(ordered: names), sampleRate: rate)
  }
}
