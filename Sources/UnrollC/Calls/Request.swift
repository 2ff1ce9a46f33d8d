import Compute
import Interchange

/// The members of a JSON object that a caller gave, each asked for by its name.
struct Request {
  private let what: String
  private var members: [String: JSONValue] = [:]

  /// - Parameters:
  ///   - text: NULL is an empty object.
  ///   - what: for messages.
  init(_ text: UnsafePointer<CChar>?, _ what: String) throws {
    self.what = what
    guard let text else { return }
    guard case .object(let members) = try JSONValue(from: text, what) else {
      throw UserError.usage("\(what) must be a JSON object")
    }
    for member in members where member.value != .null { self.members[member.name] = member.value }
  }

  mutating func integer(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
    try take(name, "a whole number from \(range.lowerBound) to \(range.upperBound)") {
      $0.integer.flatMap { range.contains($0) ? $0 : nil }
    }
  }

  /// - Parameter must: in words what `isGood` asks for.
  mutating func number(
    _ name: String, _ must: String, where isGood: (Double) -> Bool
  ) throws -> Double? {
    try take(name, must) { $0.number.flatMap { $0.isFinite && isGood($0) ? $0 : nil } }
  }

  mutating func boolean(_ name: String) throws -> Bool? {
    try take(name, "true or false") { if case .boolean(let flag) = $0 { flag } else { nil } }
  }

  mutating func string(_ name: String) throws -> String? {
    try take(name, "a string", \.string)
  }

  /// Throws a usage `UserError` if the caller gave what nobody asked for.
  func finish() throws {
    guard let name = members.keys.min() else { return }
    throw UserError.usage("\(what) have no '\(name)'")
  }

  private mutating func take<Value>(
    _ name: String, _ must: String, _ value: (JSONValue) -> Value?
  ) throws -> Value? {
    guard let found = members.removeValue(forKey: name) else { return nil }
    guard let value = value(found) else {
      throw UserError.usage("\(name) in \(what) must be \(must), found \(found)")
    }
    return value
  }
}

extension JSONValue {
  /// Reads what a caller gave. Throws a usage `UserError` for what is no JSON.
  init(from text: UnsafePointer<CChar>?, _ what: String) throws {
    let string = try Call.string(text, what)
    do {
      self = try JSONValue(parsing: string)
    } catch {
      throw UserError.usage("\(what) must be JSON: \(error)")
    }
  }

  /// The strings of a list that a caller gave.
  static func strings(from text: UnsafePointer<CChar>?, _ what: String) throws -> [String] {
    guard let list = try JSONValue(from: text, what).array else {
      throw UserError.usage("\(what) must be a JSON list of strings")
    }
    return try list.enumerated().map { place, value in
      guard let string = value.string else {
        throw UserError.usage("\(what): item \(place + 1) must be a string, found \(value)")
      }
      return string
    }
  }
}
