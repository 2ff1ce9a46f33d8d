import Compute
import Foundation

/// One option set by hand, as text (`--set model.hidden=512`) or as a value.
public struct SettingsOverride: Sendable {
  package enum Input: Sendable, Equatable {
    case text(String)
    case value(OptionValue)
  }
  package let key: String
  package let input: Input

  package init(_ key: String, text: String) {
    self.key = key
    input = .text(text)
  }

  public init(_ key: String, _ value: OptionValue) {
    self.key = key
    input = .value(value)
  }

  /// `key=value`, as it is typed after `--set`.
  package init(parsing argument: String) throws {
    guard let equals = argument.firstIndex(of: "="), equals != argument.startIndex else {
      throw UserError.usage(
        "expected key=value, found '\(argument)'", hint: "for example model.hidden=512")
    }
    self.init(
      argument[..<equals].trimmingCharacters(in: .whitespaces),
      text: argument[argument.index(after: equals)...].trimmingCharacters(in: .whitespaces))
  }
}

extension SettingsSchema {
  /// What a programmer set in typed settings, for `resolve(overrides:)`, which then checks it and
  /// settles the defaults that follow it.
  package func overrides<Settings: TaskSettings>(for settings: Settings) -> [SettingsOverride] {
    zip(SettingsReflection.tables(of: settings), SettingsReflection.tables(of: Settings()))
      .flatMap { zip($0.settings, $1.settings) }
      .compactMap { chosen, fresh in
        let (value, isNew) = (chosen.setting.optionValue, chosen.setting.isGiven)
        guard value != fresh.setting.optionValue || isNew && !fresh.setting.isGiven else {
          return nil
        }
        return SettingsOverride("\(chosen.table).\(chosen.name)", value)
      }
  }
}
