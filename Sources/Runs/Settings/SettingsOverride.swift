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
