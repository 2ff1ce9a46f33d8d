import Autodiff
import Compute
import Foundation
import Interchange
import Runs

@_cdecl("unroll_open")
public func unrollOpen(
  _ folder: UnsafePointer<CChar>?, _ options: UnsafePointer<CChar>?,
  _ run: UnsafeMutablePointer<Int64>?, _ text: TextPlace?
) -> Int32 {
  run?.pointee = 0
  return Call.answer(text) {
    guard let run else { throw UserError.usage("the place of the run's number is missing") }
    run.pointee = OpenRuns.add(try OpenRun(Call.folder(folder), OpenRun.Options(options)))
    return ""
  }
}

@_cdecl("unroll_close")
public func unrollClose(_ run: Int64, _ text: TextPlace?) -> Int32 {
  Call.answer(text) {
    try OpenRuns.remove(run)
    return ""
  }
}

@_cdecl("unroll_describe")
public func unrollDescribe(_ run: Int64, _ text: TextPlace?) -> Int32 {
  Call.answer(text) { "\(try OpenRuns.run(run).description)" }
}

@_cdecl("unroll_parameter")
public func unrollParameter(
  _ run: Int64, _ name: UnsafePointer<CChar>?,
  _ values: UnsafeMutablePointer<UnsafePointer<Float>?>?,
  _ count: UnsafeMutablePointer<Int64>?, _ text: TextPlace?
) -> Int32 {
  values?.pointee = nil
  count?.pointee = 0
  return Call.answer(text) {
    let name = try Call.string(name, "the name of the parameter")
    try OpenRuns.run(run).use { task in
      guard let parameter = task.parameters.parameters.first(where: { $0.name == name }) else {
        throw UserError.usage("the run has no parameter '\(name)'")
      }
      values?.pointee = UnsafePointer(parameter.value)
      count?.pointee = Int64(parameter.count)
    }
    return ""
  }
}

extension OpenRun {
  /// What there is to know before it is used.
  fileprivate var description: JSONValue {
    get throws {
      try use { task in
        let series = task as? any SeriesPredicting
        let width = series.flatMap { $0.seriesWidth }
        let classes = series.map { $0.classes } ?? []
        let abilities: [(name: String, has: Bool)] = [
          ("predict", task is any Predicting), ("predict_series", width != nil),
          ("sample", task is any Sampling), ("score", task is any Scoring),
          ("embed", task is any SequenceEmbedding),
        ]
        return [
          "task": .string(type(of: task).name), "settings": try settings(of: task),
          "parameters": .array(
            task.parameters.parameters.map {
              ["name": .string($0.name), "shape": .array($0.shape.map { .integer($0) })]
            }),
          "abilities": .strings(abilities.filter(\.has).map(\.name)),
          "classes": classes.isEmpty ? .null : .strings(classes),
          "series_width": width.map { .integer($0) } ?? .null,
          "notes": .strings(notes),
        ]
      }
    }
  }

  private func settings(of task: some TrainingTask) throws -> JSONValue {
    let settings = try type(of: task).settings(of: folder)
    return .object(
      settings.schema.keys.map { JSONValue.Member($0, JSONValue(settings[$0])) })
  }
}
