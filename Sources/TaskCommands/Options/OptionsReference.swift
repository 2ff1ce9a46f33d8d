import Runs

/// The reference of all options, `docs/options.md`: a section for each task, a table for each table
/// of its settings.
package enum OptionsReference {
  package static func markdown(of tasks: [any TrainableTask.Type]) -> String {
    """
    # Options

    Every setting of `unroll train` by task: its option, its key in a TOML file and after `--set`, what
    it may be, and what it is if nobody says anything. The environment variable of a key is `UNROLL_` and
    the key in capitals, with `_` for the dot: `UNROLL_MODEL_HIDDEN` sets `model.hidden`. What is "by
    the data" follows from [rules](defaults.md), or with `--defaults fixed` is what stands behind it.

    This page is written by `unroll options-reference`; do not edit it.

    """ + tasks.map(section).joined()
  }

  private static func section(of task: any TrainableTask.Type) -> String {
    "\n## unroll train \(task.name)\n\n\(task.abstract)\n"
      + task.schema.tables.map { table(of: $0, task) }.joined()
  }

  private static func table(
    of table: SettingsSchema.Table, _ task: any TrainableTask.Type
  ) -> String {
    let arguments = OptionArgument.all(of: table, in: task)
    guard !arguments.isEmpty else { return "" }
    let title = table.about.isEmpty ? "`[\(table.name)]`" : "`[\(table.name)]` \(table.about)"
    return "\n### \(title)\n\n| option | key | values | default | what it is |\n"
      + "|---|---|---|---|---|\n" + arguments.map(row).joined()
  }

  private static func row(of argument: OptionArgument) -> String {
    guard argument.isSetting else {
      return "| `--\(argument.spelling)` | | | | \(escaped(argument.shorthand?.help ?? "")) |\n"
    }
    let option = argument.option
    let names =
      option.kind == .boolean
      ? "`--\(argument.spelling)`, `--no-\(argument.spelling)`" : "`--\(argument.spelling)`"
    let help = [option.help, argument.shorthand?.help].compactMap(\.self).joined(separator: ". ")
    let text = option.defaultText.map { "`\($0)`" } ?? ""
    let value = option.followsData ? "by the data" + (text.isEmpty ? "" : ", or \(text)") : text
    return "| \(names) | `\(option.key)` | \(values(option)) | \(value) | \(escaped(help)) |\n"
  }

  private static func values(_ option: SettingsOption) -> String {
    switch option.kind {
    case .choice(let names): names.map { "`\($0)`" }.joined(separator: ", ")
    case .string: option.isPath ? "a path" : "text"
    case .strings: option.isPath ? "paths" : "texts"
    case .boolean: "true or false"
    case .integer, .number, .period: option.kind.description
    }
  }

  private static func escaped(_ text: String) -> String {
    text.replacing("|", with: "\\|").replacing("<", with: "&lt;")
  }
}
