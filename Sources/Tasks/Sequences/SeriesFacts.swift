import Compute
import Corpora
import Foundation
import Interchange
import Runs

/// What a model of series knows of those it was trained on, beside its weights: `series.json`.
public struct SeriesFacts: FileValue, Sendable {
  /// What stood between the fields of the table.
  package var separator: UInt8?
  /// Steps of every series, where all have as many.
  package var length: Int?
  /// Of each channel; empty where numbers are taken as they are.
  package var channels: [Scale] = []
  /// Of the numbers to predict, likewise.
  package var target: Scale?
  /// The names of a table's columns, where a row is a step.
  package var columns: [String] = []
  /// What the first row of a table with a sequence a row calls its columns of numbers.
  package var names: [String] = []

  package init() {}

  /// - Parameter standardizes: whether channels, and targets that are numbers, get a scale.
  init(_ series: LabelledSeries, standardizes: Bool) {
    separator = series.separator
    names = series.names
    let lengths = series.sequences.lengths
    length = lengths.allSatisfy { $0 == lengths[0] } ? lengths.first : nil
    guard standardizes else { return }
    channels = Scale.ofChannels(series.sequences)
    if case .numbers(let values) = series.targets { target = Scale(of: values) }
  }

  /// Series with every channel on its scale.
  func scaled(_ sequences: VectorSequences) throws -> VectorSequences {
    guard !channels.isEmpty else { return sequences }
    precondition(channels.count == sequences.width, "\(channels.count) scales")
    return try sequences.mapped { channels[$0].applied(to: $1) }
  }

  /// Names are none that a run depends on, and files written before they were kept lack them.
  public static func == (left: SeriesFacts, right: SeriesFacts) -> Bool {
    left.separator == right.separator && left.length == right.length
      && left.channels == right.channels && left.target == right.target
      && left.columns == right.columns
  }

  private static let format = FileFormat(1)

  public func save(to url: URL) throws {
    func numbers(_ list: [Double]) -> JSONValue { .array(list.map { .number($0) }) }
    let json = JSONValue.object([
      .init("format", .integer(Self.format.current)),
      .init("separator", separator.map { .string(String(UnicodeScalar($0))) } ?? .null),
      .init("length", length.map { .integer($0) } ?? .null),
      .init("mean", numbers(channels.map(\.mean))),
      .init("deviation", numbers(channels.map(\.deviation))),
      .init("columns", .array(columns.map { .string($0) })),
      .init("names", .array(names.map { .string($0) })),
      .init("target", target.map { numbers([$0.mean, $0.deviation]) } ?? .null),
    ])
    try AtomicFile.write("\(json)\n", to: url)
  }

  /// Reads what `save` wrote. Throws a `UserError` that names the file.
  public init(contentsOf url: URL) throws {
    let json = try? JSONValue(parsing: try RegularFile.text(of: url))
    try Self.format.check(json?["format"]?.integer, of: url)
    func scales(_ means: [Double]?, _ deviations: [Double]?) -> [Scale]? {
      guard let means, let deviations, means.count == deviations.count,
        (means + deviations).allSatisfy(\.isFinite), deviations.allSatisfy({ $0 > 0 })
      else { return nil }
      return zip(means, deviations).map { Scale(mean: $0, deviation: $1) }
    }
    func numbers(_ value: JSONValue?) -> [Double]? { value?.array?.compactMap(\.number) }
    guard let json, let channels = scales(numbers(json["mean"]), numbers(json["deviation"])) else {
      throw UserError(
        "'\(url.relativePath)' does not say what a model of series was trained on: "
          + "expected mean and deviation of each channel", hint: Self.remedy)
    }
    self.channels = channels
    let pair = numbers(json["target"])
    target = pair.flatMap { $0.count == 2 ? scales([$0[0]], [$0[1]])?.first : nil }
    guard target != nil || json["target"] == nil || json["target"] == .null else {
      throw UserError(
        "'\(url.relativePath)' has a target without mean and deviation", hint: Self.remedy)
    }
    separator = json["separator"]?.string.flatMap { $0.utf8.first }
    length = json["length"]?.integer.flatMap { $0 > 0 ? $0 : nil }
    columns = json["columns"]?.array?.compactMap(\.string) ?? []
    names = json["names"]?.array?.compactMap(\.string) ?? []
  }

  private static let remedy = "restore the file from a copy of the run"

  /// Of a run whose weights read `width` numbers a step; nothing is known where an earlier version began it.
  /// Throws a `UserError` that names a file of other series.
  static func of(_ folder: RunFolder, width: Int?) throws -> SeriesFacts {
    guard FileManager.default.fileExists(atPath: folder.series.path) else { return SeriesFacts() }
    let facts = try SeriesFacts(contentsOf: folder.series)
    guard facts.channels.isEmpty || width == nil || facts.channels.count == width else {
      throw UserError(
        "'\(folder.series.relativePath)' has scales of \(facts.channels.count) channels, expected "
          + "\(width ?? 0) as the weights beside it read", hint: remedy)
    }
    return facts
  }

  var artifact: Artifact {
    Artifact(RunFolder.seriesName, self, change: "its series are others", isNew: true)
  }
}
