import Compute

/// A value of a tokenizer file that knows where it stands, so that every error names its member.
struct TokenizerMember {
  let value: JSONValue
  private let path: String
  private let file: String

  init(_ value: JSONValue, path: String, file: String) {
    self.value = value
    self.path = path
    self.file = file
  }

  func error(_ what: String) -> UserError {
    UserError(
      "'\(file)'\(path.isEmpty ? "" : " \(path)"): \(what)",
      hint: "expected a tokenizer.json of byte-pair encoding or of whole words")
  }

  /// The member of that name, which must be there.
  subscript(name: String) -> TokenizerMember {
    get throws {
      guard let found = optional(name) else { throw error("no member '\(name)'") }
      return found
    }
  }

  func optional(_ name: String) -> TokenizerMember? {
    value[name].map {
      TokenizerMember($0, path: path.isEmpty ? name : "\(path).\(name)", file: file)
    }
  }

  var elements: [TokenizerMember] {
    get throws {
      guard let values = value.array else { throw error("expected a list") }
      return values.enumerated().map {
        TokenizerMember($0.element, path: "\(path)[\($0.offset)]", file: file)
      }
    }
  }

  var string: String {
    get throws {
      guard let text = value.string else { throw error("found \(shown), expected a string") }
      return text
    }
  }

  var boolean: Bool {
    get throws {
      guard case .boolean(let found) = value else {
        throw error("found \(shown), expected true or false")
      }
      return found
    }
  }

  var id: Int32 {
    get throws {
      guard let number = value.integer, let id = Int32(exactly: number), id >= 0 else {
        throw error("found \(shown), expected a whole number from 0")
      }
      return id
    }
  }

  /// The two parts of a merge, in either form.
  var pair: (String, String) {
    get throws {
      let parts: [String]
      if let text = value.string {
        // Between bytes: a piece may begin with a mark that would make one character with the blank.
        parts = text.utf8.split(separator: 0x20, omittingEmptySubsequences: false).map {
          String(decoding: $0, as: UTF8.self)
        }
      } else {
        parts = value.array?.compactMap(\.string) ?? []
      }
      guard parts.count == 2, value.array.map({ $0.count == 2 }) ?? true else {
        throw error("found \(shown), expected two pieces")
      }
      return (parts[0], parts[1])
    }
  }

  /// Throws unless the value is one of those that are supported.
  func expect(_ values: [JSONValue]) throws {
    guard values.contains(value) else {
      throw error(
        "found \(shown), not supported: expected \(values[0])")
    }
  }

  private var shown: String {
    let text = value.description
    return text.count <= 60 ? text : text.prefix(57) + "..."
  }
}
