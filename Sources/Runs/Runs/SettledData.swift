import Compute
import Foundation
import Parallel

/// The settings of a run, as somebody and the data choose them, with the data that they name.
package struct SettledData<Task: TrainingTask> {
  package let resolved: ResolvedSettings
  let settings: Task.Settings
  let team: WorkerTeam
  let training: Task.Source
  let validation: Task.Source?
  /// What follows from the data, a line for each reason; empty where all was given.
  package let advice: [String]

  /// Reads the data. What is read from them may change how they are read: then they are read once more, so
  /// that the settings alone say what is learnt from.
  ///
  /// - Parameters:
  ///   - isNew: false for a run that has begun, which goes on with the settings that it has.
  ///   - processor: the first worker's place, where several processes share processors.
  package init(
    _ asked: ResolvedSettings, isNew: Bool, in folder: RunFolder, from processor: Int = 0
  ) throws {
    let wishes: Task.Settings = asked.settings()
    try wishes.checkAll()
    if isNew { try wishes.checkAllOfNewRun() }
    team = try wishes.train.startedTeam(from: processor)
    let workplace = Workplace(team: team, folder: folder)
    let (decided, inherited) = try Self.inheriting(
      asked.filled(with: try Task.decided(by: wishes)), wishes, isNew: isNew)
    // Given up before they are read once more.
    var first: Read? = try Self.read(decided, workplace)
    let advised =
      try isNew ? first.map { try Self.advised(decided, $0.settings, $0.training) } : nil
    let (settled, lines) = advised ?? (decided, [])
    let isReadOtherwise = settled.differences(from: decided).contains {
      let table = $0.key.prefix { $0 != "." }
      return table != "model" && !Advice.learningTables.contains(String(table))
    }
    (resolved, advice) = (settled, inherited + lines)
    settings = resolved.settings()
    try settings.checkAll()
    if isReadOtherwise { first = nil }
    (_, training, validation) = try first ?? Self.read(resolved, workplace)
    if isNew { try Task.checkNewRun(settings, training) }
  }

  private typealias Read = (
    settings: Task.Settings, training: Task.Source, validation: Task.Source?
  )

  private static func read(_ resolved: ResolvedSettings, _ workplace: Workplace) throws -> Read {
    let settings: Task.Settings = resolved.settings()
    try settings.checkAll()
    let (training, validation) = try Activity.run("reading") { _ in
      try Task.read(settings, workplace)
    }
    return (settings, training, validation)
  }

  private static func inheriting(
    _ resolved: ResolvedSettings, _ wishes: Task.Settings, isNew: Bool
  ) throws -> (ResolvedSettings, [String]) {
    guard isNew, wishes.train.defaults == TrainingSettings.Defaults.data.rawValue,
      let url = URL(named: wishes.train.reuse.from)
    else { return (resolved, []) }
    let (settings, line) = try InheritedSettings(from: url, Task.self)
      .filling(resolved) { (try? $0.settings(as: Task.Settings.self).checkAll()) != nil }
    return (settings, [line].compactMap(\.self))
  }

  private static func advised(
    _ resolved: ResolvedSettings, _ settings: Task.Settings, _ source: Task.Source
  ) throws -> (ResolvedSettings, [String]) {
    guard settings.train.defaults == TrainingSettings.Defaults.data.rawValue else {
      return (resolved, [])
    }
    let advice = try Task.advise(settings, source)
    let rules = settings.train.reuse.from.isEmpty ? advice.rules : advice.onLearning.rules
    return rules.reduce((resolved, [])) { sofar, rule in
      // A rule that contradicts what was given is left out.
      guard let (next, line) = sofar.0.filled(with: rule),
        (try? next.settings(as: Task.Settings.self).checkAll()) != nil
      else { return sofar }
      return (next, sofar.1 + [line])
    }
  }
}
