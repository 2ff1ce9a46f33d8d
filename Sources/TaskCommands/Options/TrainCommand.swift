import ArgumentParser
import Compute
import Foundation
import Runs

/// `unroll train TASK`: its options are the settings of the task, a section of the help for each table.
struct TrainCommand<Task: TrainableTask>: ParsableCommand, CustomReflectable {
  private var arguments = RunArguments()
  private var typed = TypedSettings()
  private var foreign = ForeignOptions<Task>()
  private var crossValidation: CrossValidationArguments?

  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: Task.name, abstract: Task.abstract,
      discussion: [Task.discussion, RunArguments.discussion].filter { !$0.isEmpty }
        .joined(separator: "\n\n"))
  }

  init() {}

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: OptionKey.self)
    arguments = try container.decode(
      OptionGroup<RunArguments>.self, forKey: Self.argumentsKey
    ).wrappedValue
    for table in Self.tables { try typed.add(table.decode(container)) }
    if Task.isCrossValidation {
      crossValidation = try container.decode(
        OptionGroup<CrossValidationArguments>.self, forKey: Self.crossValidationKey
      ).wrappedValue
    }
    foreign = try container.decode(
      OptionGroup<ForeignOptions<Task>>.self, forKey: Self.foreignKey
    ).wrappedValue
  }

  var customMirror: Mirror {
    Mirror(
      self,
      children: [("arguments", OptionGroup<RunArguments>(title: "Run") as Any)]
        + (Task.isCrossValidation
          ? [
            (
              Self.crossValidationKey.stringValue,
              OptionGroup<CrossValidationArguments>(title: "Cross-validation")
            )
          ] : [])
        + Self.tables.map { ($0.key.stringValue, $0.wrapper) }
        + [("foreign", OptionGroup<ForeignOptions<Task>>() as Any)],
      displayStyle: .struct)
  }

  func run() throws {
    StopSignals.letUserSignalsPass()
    try foreign.refuse()
    let typed = try typed.expanded()
    if let other = Task.alternative, let option = option(of: other, in: typed) {
      return try train(other, typed, meantBy: "--\(option.spelling)")
    }
    try train(Task.self, typed, meantBy: nil)
  }

  /// - Parameter option: what says that another task than the command's own is meant.
  private func train<Meant: TrainableTask>(
    _ task: Meant.Type, _ typed: TypedSettings, meantBy option: String?
  ) throws {
    for override in typed.overrides where Meant.schema.option(override.key) == nil {
      let other = Task.schema.option(override.key)?.spelling ?? override.key
      throw UserError.usage(
        "--\(other) means nothing beside \(option ?? "the others")", hint: "drop one of them")
    }
    let budget = arguments.budget.map { TimeLimit(seconds: $0.seconds) }
    let start = try start(task, typed)
    if budget != nil {
      switch start {
      case .new where !Meant.isCrossValidation: break
      case .resume:
        throw UserError.usage(
          "--budget is for a single new run",
          hint: "a run that goes on keeps the length that it began with")
      default:
        throw UserError.usage(
          "--budget is for a single new run",
          hint:
            "drop it: what fits a time is found by training, and stands in the run's config.toml")
      }
    }
    try Meant.train(
      TrainingRequest(
        start: start, isQuiet: arguments.quiet, writesProfile: arguments.profile,
        writesSamples: arguments.samples, board: arguments.board, budget: budget,
        rankTimeout: arguments.rankTimeout, crossValidation: crossValidation))
  }

  private func start<Meant: TrainableTask>(
    _ task: Meant.Type, _ typed: TypedSettings
  ) throws -> TrainingRequest.Start {
    let overrides = typed.overrides + (try arguments.settings())
    switch (arguments.out, arguments.resume) {
    case (.some, .some):
      throw UserError.usage(
        "--out and --resume name two run folders", hint: "--resume RUN alone continues RUN")
    case (nil, let resume?):
      guard !arguments.printConfig else {
        throw UserError.usage(
          "--print-config is for new runs", hint: "a run keeps its settings in config.toml")
      }
      guard !arguments.dryRun else {
        throw UserError.usage(
          "--dry-run is for new runs", hint: "name the settings, with --config RUN/config.toml")
      }
      guard !arguments.overwrite else {
        throw UserError.usage(
          "--overwrite replaces a run, and --resume goes on with it",
          hint: "drop --overwrite, or begin anew with --out \(resume)")
      }
      return .resume(
        folder: try URL(typed: resume), files: try arguments.files, overrides: overrides)
    case (let out, nil):
      let settings = try Meant.schema.resolve(
        presets: typed.presets, files: arguments.files,
        environment: ProcessInfo.processInfo.environment,
        overrides: overrides + Meant.fixed + (arguments.dryRun ? noCaches(Meant.schema) : [])
      ).withAbsolutePaths
      if arguments.printConfig { return .listed(settings) }
      if arguments.dryRun { return .dry(settings) }
      guard let out else {
        throw UserError.usage("no run folder", hint: "name one with --out RUN, or --resume RUN")
      }
      return .new(
        settings, folder: try URL(typed: out), overwrites: arguments.overwrite)
    }
  }

  /// Where caches go without a choice: nothing is left behind there.
  private func noCaches(_ schema: SettingsSchema) -> [SettingsOverride] {
    schema.keys.compactMap(schema.option).compactMap { option in
      guard option.isPath, option.mayChange, option.table == "data",
        case .value(let value) = option.default
      else { return nil }
      return SettingsOverride(option.key, value)
    }
  }

  /// What was typed that only the alternative task has.
  private func option(
    of other: any TrainableTask.Type, in typed: TypedSettings
  ) -> SettingsOption? {
    typed.overrides.lazy.filter { Task.schema.option($0.key) == nil }
      .compactMap { other.schema.option($0.key) }.first
  }
}

extension TrainableTask {
  /// The command `unroll train NAME`.
  package static var command: any ParsableCommand.Type { TrainCommand<Self>.self }
}

extension TrainCommand {
  private static var argumentsKey: OptionKey { OptionKey("arguments") }
  private static var crossValidationKey: OptionKey { OptionKey("cross-validation") }
  private static var foreignKey: OptionKey { OptionKey("foreign") }

  /// A table of the settings, as a group of options whose type nobody needs to know.
  private struct Table {
    let key: OptionKey
    let wrapper: Any
    let decode: (KeyedDecodingContainer<OptionKey>) throws -> TypedSettings
  }

  private static var tables: [Table] {
    tables(from: FirstTable.self, Task.schema.tables[...])
  }

  private static func tables<Place: TablePlace>(
    from place: Place.Type, _ rest: ArraySlice<SettingsSchema.Table>
  ) -> [Table] {
    guard let table = rest.first else { return [] }
    typealias Group = OptionGroup<TableOptions<Task, Place>>
    let key = OptionKey("table-" + table.name)
    let first = Table(key: key, wrapper: Group(title: table.name)) { container in
      try container.decode(Group.self, forKey: key).wrappedValue.typed
    }
    return [first] + tables(from: TableAfter<Place>.self, rest.dropFirst())
  }
}
