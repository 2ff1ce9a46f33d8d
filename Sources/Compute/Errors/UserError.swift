/// A mistake a user can make, told so that the user can mend it: what went wrong, where, what was
/// expected, what was found, and the next step.
///
/// Programmer mistakes are preconditions, not `UserError`s.
public struct UserError: Error, Equatable, CustomStringConvertible {
  /// Who has to act, as a process exit code.
  public enum Kind: Int32, Sendable {
    /// The run could not go on: a file, the data, the machine.
    case failure = 1
    /// The command line or the configuration asks for something that does not exist.
    case usage = 2
    /// Training has diverged: a lower learning rate may help.
    case diverged = 3
  }

  public let kind: Kind
  /// One sentence: what, where, expected, found. Names files in single quotes.
  public let message: String
  /// The next step, if there is one.
  public let hint: String?
  /// The `errno`, where the system refused something that may well work another time. Nil where a
  /// content is at fault: damage does not pass.
  public internal(set) var systemCode: Int32?

  public init(_ message: String, hint: String? = nil, kind: Kind = .failure) {
    self.message = message
    self.hint = hint
    self.kind = kind
  }

  /// A mistake in what was typed or configured: exit code 2.
  public static func usage(_ message: String, hint: String? = nil) -> UserError {
    UserError(message, hint: hint, kind: .usage)
  }

  /// `error: …` and, on a second line, `  hint: …`.
  public var description: String {
    guard let hint else { return "error: \(message)" }
    return "error: \(message)\n  hint: \(hint)"
  }

  /// What `read` gives; nil where the content that it reads is at fault. What the system refuses is thrown,
  /// since it may well work another time: nobody may take it for damage.
  package static func nilIfDamaged<Content>(_ read: () throws -> Content) throws -> Content? {
    do { return try read() } catch let error as UserError where error.systemCode == nil {
      return nil
    }
  }
}
