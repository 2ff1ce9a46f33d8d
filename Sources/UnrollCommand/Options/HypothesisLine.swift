import ArgumentParser
import Foundation
import Unroll

/// How a line of standard input says which sentence it is a reading of.
enum HypothesisForm: String, CaseIterable, ExpressibleByArgument {
  /// `id ||| text ||| …`, as machine translation writes n-best lists.
  case bars
  /// `id text`, as Kaldi writes them.
  case blank
}

/// One reading of a sentence, with the sentence's name.
struct HypothesisLine {
  let id: String
  let text: String
  /// The whole line.
  private let line: String
  private let form: HypothesisForm

  /// Throws a `UserError` that names the place of a line of another form.
  init(_ line: String, _ form: HypothesisForm, at place: String) throws {
    self.line = line
    self.form = form
    let parts =
      switch form {
      case .bars: line.components(separatedBy: "|||")
      case .blank: line.split(maxSplits: 1, whereSeparator: \.isWhitespace).map(String.init)
      }
    guard let id = parts.first?.trimmingCharacters(in: .whitespaces), !id.isEmpty,
      form == .blank || parts.count > 1
    else {
      throw UserError(
        "\(place): found no id, expected '\(form == .bars ? "id ||| text" : "id text")'",
        hint: "drop --ids for plain sentences")
    }
    self.id = id
    // A reading may be empty.
    text = parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : ""
  }

  /// The line with its score: behind everything, or in the place of the text.
  func scored(_ score: String) -> String {
    switch form {
    case .bars: "\(line) ||| \(score)"
    case .blank: "\(id) \(score)"
    }
  }

  /// The line as one sentence's reading among others: `id text`.
  var chosen: String { form == .bars ? "\(id) ||| \(text)" : "\(id) \(text)" }
}
