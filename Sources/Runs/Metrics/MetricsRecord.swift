import Compute
import Interchange
import Parallel

/// One line of `metrics.jsonl`: what was measured after an update.
package struct MetricsRecord: Sendable, Equatable {
  package enum Value: Sendable, Equatable {
    case integer(Int)
    case number(Double)
    case text(String)
    case texts([String])
    case flag(Bool)
  }

  /// Updates done when this was measured.
  package let update: Int
  private let fields: [Field]

  private struct Field: Equatable {
    let name: String, value: Value
  }

  package static let updateName = "update"
  /// What a record is about: `train`, `valid`, …
  package static let splitName = "split"
  package static let validation = "valid"
  /// Texts that the model wrote.
  package static let sample = "sample"
  /// In the first record that a process writes: the format of all records up to the next that says one.
  ///
  /// | format | |
  /// |---|---|
  /// | 1 | 0.1, which says no number: shares are percent |
  /// | 2 | 0.2: shares are 0…1 |
  package static let format = FileFormat(2)
  package static let formatName = "format"
  package static let nonfiniteName = "nonfinite"
  /// Seconds of training, over all the processes that a run took.
  package static let wallTimeName = "wall_time"
  private static let coresName = "cores"
  /// Names of numbers that say where and on what a record was made, and measure nothing.
  package static let circumstances: Set<String> = [
    updateName, "tokens", "epoch", wallTimeName, formatName, coresName,
  ]

  /// - Parameter fields: in the order in which they shall be written; names differ, and neither is
  ///   `update` nor `nonfinite`.
  package init(update: Int, _ fields: KeyValuePairs<String, Value>) {
    self.init(update: update, fields: fields.map { ($0.key, $0.value) })
  }

  /// The same, of fields that are put together piece by piece.
  package init(update: Int, fields: [(key: String, value: Value)]) {
    let names = Set(fields.map(\.key) + [Self.updateName, Self.nonfiniteName])
    precondition(names.count == fields.count + 2, "names of \(fields) are taken")
    self.update = update
    self.fields = fields.map { Field(name: $0.key, value: $0.value) }
  }

  /// The same record, which says the format too, and what computes from here on.
  package var withFormat: MetricsRecord {
    let origin = Origin.current
    let notes = [
      ("version", origin.version), ("build", origin.build), ("instructions", origin.instructions),
      ("processor", Processor.name),
    ].compactMap { name, value in value.map { (name, Value.text($0)) } }
    return MetricsRecord(
      update: update,
      fields: fields.map { ($0.name, $0.value) }
        + [(Self.formatName, .integer(Self.format.current))] + notes
        + [(Self.coresName, .integer(UsableCores.count))])
  }

  /// The record as JSON on one line, without the line's end; `update` comes first.
  ///
  /// JSON has no NaN and no infinity: such a value is written as `null`, and a last field tells
  /// what it was, as in `"nonfinite":{"loss":"nan"}`.
  package var json: String {
    var members = [JSONValue.Member(Self.updateName, .integer(update))]
    var nonfinite: [JSONValue.Member] = []
    for field in fields {
      let value: JSONValue =
        switch field.value {
        case .integer(let value): .integer(value)
        case .number(let value): value.isFinite ? .number(value) : .null
        case .text(let value): .string(value)
        case .texts(let values): .array(values.map(JSONValue.string))
        case .flag(let value): .boolean(value)
        }
      members.append(.init(field.name, value))
      if case .number(let value) = field.value, !value.isFinite {
        nonfinite.append(.init(field.name, .string(String(value))))
      }
    }
    if !nonfinite.isEmpty { members.append(.init(Self.nonfiniteName, .object(nonfinite))) }
    return JSONValue.object(members).description
  }
}
