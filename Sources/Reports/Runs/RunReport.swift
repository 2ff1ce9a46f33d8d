import Compute
import Foundation
import Interchange
import Measures
import Runs

/// What a page tells of one run: all that its folder holds, and what was measured for the page.
package struct RunReport: Sendable {
  package let name: String
  package let json: JSONValue

  /// Reads nothing but files that lie in the folder: a link that leads out of it is refused.
  ///
  /// - Parameters:
  ///   - name: what the run is called; nil: as its folder.
  ///   - measured: what its model was found to do.
  package init(_ folder: RunFolder, name: String? = nil, measured: RunMeasurement? = nil) throws {
    let files = RunFiles(folder)
    for file in [RunFolder.configurationName, RunFolder.metricsName] { try files.check(file) }
    let task = try folder.task()
    let settings = RunSettings(try task.settings(of: folder), of: task)
    let records = try folder.metricsRecords()
    let training = MetricColumns("train", of: records)
    let validation = MetricColumns(MetricsRecord.validation, of: records)
    let tensors = files.model?.tensors.values
    let update = max(training.lastUpdate, validation.lastUpdate)
    let epoch = max(training.last("epoch") ?? 0, validation.last("epoch") ?? 0)
    let times = records.compactMap { $0[MetricsRecord.wallTimeName]?.number }
    self.name = name ?? Self.name(of: folder)
    json = .object([
      .init("name", .string(self.name)), .init("call", .string("train \(settings.call)")),
      .init("isTraining", .boolean(files.isTraining)),
      .init("share", .number(settings.share(update: update, epoch: epoch))),
      .init("update", .integer(update)), .init("epoch", .number(epoch)),
      .init("time", times.max().map(JSONValue.number) ?? .null),
      .init(
        "parameters",
        tensors.map { .integer($0.reduce(0) { $0 + $1.elementCount }) } ?? .null),
      .init("command", .string(settings.command)), .init("monitored", .string(settings.monitored)),
      .init("origin", Self.origin(records, threads: settings.threads)),
      .init("columns", ["train": training.json, "valid": validation.json]),
      .init("figures", .array(Self.figures(validation))),
      .init("test", .array(Self.test(records))), .init("settings", settings.json),
      .init("phases", Self.phases(records)), .init("events", .array(Self.events(records))),
      .init("samples", .array(Self.samples(records))),
      .init("pictures", .array(files.pictures + (measured?.pictures ?? []))),
      .init("files", .array(files.data)), .init("measured", measured?.json ?? .null),
    ])
  }

  /// The last part of its path, of `.` as of any other.
  package static func name(of folder: RunFolder) -> String {
    folder.url.standardizedFileURL.lastPathComponent
  }

  // MARK: Of the metrics

  /// Best and last of each figure of validation.
  private static func figures(_ columns: MetricColumns) -> [JSONValue] {
    let updates = columns.places.first { $0.name == MetricsRecord.updateName }?.values ?? []
    return columns.figures.compactMap { name, values in
      let known = zip(updates, values).compactMap { update, value in
        value.map { (update: update ?? 0, value: $0) }
      }
      guard let last = known.last else { return nil }
      let direction = Figure.direction(of: name)
      let best =
        switch direction {
        case .lowerIsBetter: known.min { $0.value < $1.value } ?? last
        case .higherIsBetter: known.max { $0.value < $1.value } ?? last
        case nil: last
        }
      let better: JSONValue =
        switch direction {
        case .lowerIsBetter: .string("lower")
        case .higherIsBetter: .string("higher")
        case nil: .null
        }
      return [
        "key": .string(name), "best": .short(best.value), "update": .short(best.update),
        "last": .short(last.value), "better": better,
      ]
    }
  }

  /// What the best weights did on the data of `--test`, the last time.
  private static func test(_ records: [JSONValue]) -> [JSONValue] {
    guard case .object(let members)? = records.last(where: { split($0) == "test" }) else {
      return []
    }
    return members.compactMap { member in
      guard let value = member.value.number, Figure.direction(of: member.name) != nil else {
        return nil
      }
      return ["key": .string(member.name), "value": .short(value)]
    }
  }

  /// Who computed last.
  private static func origin(_ records: [JSONValue], threads: Int) -> JSONValue {
    let last = records.last { $0["version"] != nil }
    let members = ["version", "instructions", "processor", "cores"].compactMap { name in
      last?[name].map { JSONValue.Member(name, $0) }
    }
    return .object(members + (threads > 0 ? [.init("threads", .integer(threads))] : []))
  }

  private static func phases(_ records: [JSONValue]) -> JSONValue {
    var sums: [(phase: String, seconds: Double)] = []
    for record in records where split(record) == "profile" {
      guard let phase = record["phase"]?.string, let seconds = record["seconds"]?.number else {
        continue
      }
      // It is beside the time, not part of it.
      guard phase != "\(PhaseClock.Phase.hidden)" else { continue }
      if let place = sums.firstIndex(where: { $0.phase == phase }) {
        sums[place].seconds += seconds
      } else {
        sums.append((phase, seconds))
      }
    }
    return .array(sums.map { ["phase": .string($0.phase), "seconds": .short($0.seconds)] })
  }

  /// Updates that changed nothing, and rollbacks; the last hundred.
  private static func events(_ records: [JSONValue]) -> [JSONValue] {
    records.compactMap { record -> JSONValue? in
      let text: String
      switch split(record) {
      case "skipped":
        let rows = (record["rows"]?.array ?? []).compactMap(\.string).prefix(4)
        text = (["changed nothing: loss or gradient was no good"] + rows).joined(separator: "; ")
      case "rollback":
        text =
          "went back from update \(record["from"]?.integer ?? 0): \(record["reason"]?.string ?? "")"
      default: return nil
      }
      return ["update": record[MetricsRecord.updateName] ?? .null, "text": .string(text)]
    }.suffix(100)
  }

  /// Texts of the model at its validations: the last one of each, and of many about a hundred.
  private static func samples(_ records: [JSONValue]) -> [JSONValue] {
    var samples: [(update: Int, text: String)] = []
    for record in records where split(record) == MetricsRecord.sample {
      guard let update = record[MetricsRecord.updateName]?.integer,
        let text = record["text"]?.string
      else { continue }
      if samples.last?.update == update { samples.removeLast() }
      samples.append((update, text))
    }
    let step = samples.count / 100 + 1
    // Counted from the end: the last one is there.
    let kept = samples.indices.filter { (samples.count - 1 - $0) % step == 0 }.map { samples[$0] }
    return kept.map { ["update": .integer($0.update), "text": .string($0.text)] }
  }

  private static func split(_ record: JSONValue) -> String? {
    record[MetricsRecord.splitName]?.string
  }
}
