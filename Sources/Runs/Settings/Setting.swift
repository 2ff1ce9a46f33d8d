/// The one declaration of an option: its property is what the program reads, its wrapper says what
/// users may do with it, and its initial value is the default.
///
/// ```swift
/// @Setting(in: .width, "Units of the token embedding") var embedding = 128
/// ```
///
/// From this come the TOML key (`model.embedding` in a group `model`), the option `--embedding`,
/// the variable `UNROLL_MODEL_EMBEDDING`, the check of the range and the line of help.
///
/// A setting is a value: copies of a struct of settings know nothing of each other.
@propertyWrapper
public struct Setting<Value: SettingValue>: Sendable {
  package var declaration: SettingDeclaration
  private var box: Box

  public var wrappedValue: Value {
    get { box.value }
    set { box = Box(newValue, isGiven: true) }
  }

  /// `$embedding` is the setting itself: whether somebody chose its value, and what a group's
  /// initialiser may change: its default and its declaration
  /// (`$bidirectional.declaration.isOffered = false`).
  public var projectedValue: Self {
    get { self }
    set { self = newValue }
  }

  /// The value where nobody has chosen one, for initialisers of groups with defaults of their own
  /// (`$batch.default = batch`). Setting it makes it the value.
  public var `default`: Value {
    get { box.value }
    set { box = Box(newValue, isGiven: false) }
  }

  /// Whether somebody chose the value; false where it is still the default.
  public var isGiven: Bool { box.isGiven }

  init(_ value: Value, _ declaration: SettingDeclaration) {
    box = Box(value, isGiven: false)
    self.declaration = declaration
  }

  /// Holds the value by reference, so that `fill` reaches it through a `Mirror`, which hands out
  /// copies.
  ///
  /// `@unchecked Sendable` holds because only `fill` changes a box, which the schema calls on settings
  /// that it has just made and that nobody else knows yet; all other writes replace the box.
  private final class Box: @unchecked Sendable {
    var value: Value
    var isGiven: Bool

    init(_ value: Value, isGiven: Bool) {
      self.value = value
      self.isGiven = isGiven
    }
  }
}

/// A setting of any type, as a `Mirror` finds it.
protocol AnySetting {
  var declaration: SettingDeclaration { get }
  var optionValue: OptionValue { get }
  var isGiven: Bool { get }

  /// Writes through all copies of the setting: for a struct that was just made.
  func fill(_ value: OptionValue, isGiven: Bool)
}

extension Setting: AnySetting {
  var optionValue: OptionValue { box.value.optionValue }

  func fill(_ value: OptionValue, isGiven: Bool) {
    guard let value = Value(value) else {
      preconditionFailure("a setting of type \(Value.self) cannot be \(value)")
    }
    box.value = value
    box.isGiven = isGiven
  }
}

/// What a setting says about itself beside its value.
package struct SettingDeclaration: Sendable {
  /// Name inside the table; nil: the property's, in snake case.
  package var key: String?
  /// Spelling on the command line without dashes; nil: the name with dashes.
  package var option: String?
  /// One line, without a full stop.
  package var help: String
  /// Whether the text is a path, which a run keeps as an absolute one.
  package var isPath = false
  /// What a path may say instead of one, such as `balanced`.
  package var words: [String] = []
  /// Whether a continued run may change it: it does not change the meaning of what was done so far.
  package var mayChange = false
  /// Whether weights depend on it: what does not is not written beside them.
  package var changesResult = true
  /// False for a shared group's option that a task lacks: it then has neither key nor option.
  package var isOffered = true
  /// What it is in runs that were begun before there was such a setting; nil: the default.
  package var former: OptionValue?
  /// A choice, by its full key, whose values have defaults of their own here.
  package var following: (key: String, values: [String: OptionValue])?
  /// Asked when a schema is made, so that what was registered by then is among the choices.
  package var kind: @Sendable () -> SettingsOption.Kind
}

extension Setting {
  /// A setting that takes every value of its type.
  ///
  /// - Parameters:
  ///   - key: name inside the table, if it is not the property's in snake case.
  ///   - option: spelling on the command line, if it is not the name with dashes.
  ///   - path: whether it is a path, which a run keeps as an absolute one.
  ///   - mayChange: whether a continued run may change it.
  ///   - help: one line, without a full stop.
  public init(
    wrappedValue: Value, key: String? = nil, option: String? = nil, path: Bool = false,
    mayChange: Bool = false, changesResult: Bool = true, _ help: String
  ) {
    self.init(
      wrappedValue,
      SettingDeclaration(
        key: key, option: option, help: help, isPath: path, mayChange: mayChange,
        changesResult: changesResult, kind: { Value.kind }))
  }
}

extension Setting<String> {
  /// A path, or one of a few words.
  public init(
    wrappedValue: String, pathOr words: [String], key: String? = nil, option: String? = nil,
    _ help: String
  ) {
    self.init(
      wrappedValue,
      SettingDeclaration(
        key: key, option: option, help: help, isPath: true, words: words, kind: { .string }))
  }
}

extension Setting<Int> {
  /// - Parameters:
  ///   - choice: full key of a choice, and the values of it for which the default is another.
  ///   - changesResult: whether weights depend on it.
  public init(
    wrappedValue: Int, in range: ClosedRange<Int>, key: String? = nil, option: String? = nil,
    following choice: (key: String, defaults: [String: Int])? = nil,
    mayChange: Bool = false, changesResult: Bool = true,
    _ help: String
  ) {
    self.init(
      wrappedValue,
      SettingDeclaration(
        key: key, option: option, help: help, mayChange: mayChange, changesResult: changesResult,
        following: choice.map { ($0.key, $0.defaults.mapValues(OptionValue.integer)) },
        kind: { .integer(range) }))
  }
}

extension Setting<Double> {
  /// - Parameters:
  ///   - choice: full key of a choice, and the values of it for which the default is another.
  ///   - changesResult: whether weights depend on it.
  public init(
    wrappedValue: Double, in range: NumberRange, key: String? = nil, option: String? = nil,
    following choice: (key: String, defaults: [String: Double])? = nil,
    mayChange: Bool = false, changesResult: Bool = true,
    _ help: String
  ) {
    self.init(
      wrappedValue,
      SettingDeclaration(
        key: key, option: option, help: help, mayChange: mayChange, changesResult: changesResult,
        following: choice.map { ($0.key, $0.defaults.mapValues(OptionValue.number)) },
        kind: { .number(range) }))
  }
}

extension Setting<String> {
  /// One of a few names.
  ///
  /// - Parameters:
  ///   - names: asked each time a schema is made; a registry may have grown.
  ///   - choice: full key of a choice, and the values of it for which the default is another.
  ///   - former: what it is in runs that were begun before there was such a setting.
  ///   - changesResult: whether weights depend on it.
  public init(
    wrappedValue: String, of names: @autoclosure @escaping @Sendable () -> [String],
    key: String? = nil, option: String? = nil,
    following choice: (key: String, defaults: [String: String])? = nil,
    former: String? = nil, mayChange: Bool = false, changesResult: Bool = true, _ help: String
  ) {
    self.init(
      wrappedValue,
      SettingDeclaration(
        key: key, option: option, help: help, mayChange: mayChange, changesResult: changesResult,
        former: former.map(OptionValue.string),
        following: choice.map { ($0.key, $0.defaults.mapValues(OptionValue.string)) },
        kind: { .choice(names()) }))
  }
}
