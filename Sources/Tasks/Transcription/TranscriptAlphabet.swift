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

    func split(_ text: String) -> [String] {
      switch self {
      case .character: text.unicodeScalars.map { String($0) }
      case .word: text.split(separator: " ").map(String.init)
      }
    }
  }

  package let unit: Unit
  package let labels: LabelSet
  /// Samples a second of the recordings.
  package let sampleRate: Int

  package init(unit: Unit, labels: LabelSet, sampleRate: Int) {
    self.unit = unit
    self.labels = labels
    self.sampleRate = sampleRate
  }

  /// The classes of a text. Throws a `UserError` for a label that is not in the alphabet, found at
  /// `place`.
  package func classes(_ text: String, place: String) throws -> [Int32] {
    try unit.split(text).map { label in
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
    classes.map { labels.names[$0 - 1] }.joined(separator: unit == .word ? " " : "")
  }

  private static let format = FileFormat(1)

  public func save(to url: URL) throws {
    let json: JSONValue = [
      "format": .integer(Self.format.current), "unit": .string(unit.rawValue),
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
