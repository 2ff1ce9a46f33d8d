import Compute
import Corpora
import Foundation
import Interchange

/// Series in a caller's memory as a `.ts` file, which `LabelledSeries` reads with nothing to guess: neither
/// names of columns nor how many channels there are.
struct SeriesFile {
  private let series: VectorSequences
  /// One for each of the series; nil where the task asks for none.
  private let answers: [String]?

  /// - Parameter answers: JSON, a list of labels or numbers, or NULL.
  /// - Throws: a usage `UserError` for answers that are not as many or that no line could hold.
  init(_ series: VectorSequences, answers: UnsafePointer<CChar>?) throws {
    self.series = series
    guard series.count > 0 else { throw UserError.usage("found no series at all") }
    guard let answers else {
      self.answers = nil
      return
    }
    guard let list = try JSONValue(from: answers, "the answers").array else {
      throw UserError.usage("the answers must be a JSON list of labels or numbers")
    }
    guard list.count == series.count else {
      throw UserError.usage(
        "found \(series.count) series and \(list.count) answers, expected as many")
    }
    self.answers = try list.enumerated().map { try Self.text(of: $1, at: $0) }
  }

  private static func text(of answer: JSONValue, at place: Int) throws -> String {
    switch answer {
    case .string(let label)
    where !label.isEmpty && !label.contains(where: { $0.isNewline || $0 == ":" })
      && label.trimmingCharacters(in: .whitespaces) == label:
      return label
    case .integer, .number: return "\(answer)"
    default:
      throw UserError.usage(
        "answer \(place + 1) must be a number or a line of text without a colon, found \(answer)")
    }
  }

  func write(to url: URL) throws {
    try FileManager.default.createDirectory(
      at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try AtomicFile.write(to: url) { file in
      try file.append("@univariate \(series.width == 1)\n")
      try file.append((answers == nil ? "@classLabel false\n" : "") + "@data\n")
      for place in 0..<series.count {
        let steps = series[place]
        var fields = (0..<series.width).map { channel in
          stride(from: steps.startIndex + channel, to: steps.endIndex, by: series.width)
            // As many digits as bring the very number back.
            .map { "\(Double(steps[$0]))" }.joined(separator: ",")
        }
        if let answers { fields.append(answers[place]) }
        try file.append(fields.joined(separator: ":") + "\n")
      }
    }
  }
}
