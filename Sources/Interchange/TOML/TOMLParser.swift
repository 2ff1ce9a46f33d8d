extension TOMLValue {
  /// Reads a TOML 1.0 document; its root is a table in the order of the text.
  ///
  /// The key of a header or a pair has at most 64 names, a value lies in fewer than 64 arrays and
  /// inline tables, and integers must fit in an `Int`. Names are compared as Swift strings, so two
  /// spellings of one accented letter count as the same.
  ///
  /// Written here because the C++ parser behind the Swift packages aborts the process on some
  /// mistyped files: it keeps its assertions, and SwiftPM builds C++ without NDEBUG.
  package init(parsing text: String) throws(TOMLError) {
    var parser = TOMLParser(text: TOMLText(text))
    self = .table(try parser.document())
  }
}

/// Tables and keys: which name means which place, and what may not be said twice.
private struct TOMLParser {
  var text: TOMLText

  /// A table while it is filled. A class, because headers come back to it.
  final class Table {
    enum Origin {
      /// Only passed through, by `[a.b]` on the way to b: a later `[a]` may still define it.
      case passed
      case header
      /// Made by `a.b = 1`: more dotted keys may fill it, a header may not.
      case dotted
    }
    enum Entry {
      case value(TOMLValue)
      case table(Table)
      case tables(TableArray)
    }
    var origin: Origin
    var entries: [String: Entry] = [:]
    var names: [(name: String, line: Int)] = []

    init(_ origin: Origin) { self.origin = origin }

    func add(_ name: String, _ entry: Entry, line: Int) {
      if entries.updateValue(entry, forKey: name) == nil { names.append((name, line)) }
    }

    var members: [TOMLValue.Member] {
      names.compactMap { name, line in
        switch entries[name] {
        case .value(let value): .init(name, value, line: line)
        case .table(let table): .init(name, .table(table.members), line: line)
        case .tables(let tables):
          .init(name, .array(tables.all.map { .table($0.members) }), line: line)
        case nil: nil
        }
      }
    }
  }

  /// `[[a]]` again and again. A class too: an array inside an enum would be copied at each header.
  final class TableArray {
    var all: [Table]

    init(_ first: Table) { all = [first] }
  }

  mutating func document() throws(TOMLError) -> [TOMLValue.Member] {
    let root = Table(.header)
    var current = root
    try text.skipBlankLines()
    while text.peek() != nil {
      if text.accept("[") {
        current = try header(in: root)
      } else {
        try pair(in: current, depth: 0)
      }
      text.skipBlanks()
      try text.skipComment()
      guard try text.acceptNewline() || text.peek() == nil else {
        throw text.unexpected("the end of the line")
      }
      try text.skipBlankLines()
    }
    return root.members
  }

  /// `[a.b]` or `[[a.b]]`, after the first bracket.
  private mutating func header(in root: Table) throws(TOMLError) -> Table {
    let line = text.line
    let isArray = text.accept("[")
    var path = try key()
    try text.expect("]")
    if isArray { try text.expect("]") }

    let last = path.removeLast()
    var table = root
    for name in path {
      switch table.entries[name] {
      case nil:
        let passed = Table(.passed)
        table.add(name, .table(passed), line: line)
        table = passed
      case .table(let inner): table = inner
      // `[[a]]` always has an element, and a header speaks of the newest.
      case .tables(let inner): table = inner.all[inner.all.count - 1]
      case .value: throw TOMLError(reason: "'\(name)' is not a table", line: line)
      }
    }
    let defined = Table(.header)
    switch (table.entries[last], isArray) {
    case (nil, false): table.add(last, .table(defined), line: line)
    case (nil, true): table.add(last, .tables(TableArray(defined)), line: line)
    case (.tables(let others), true): others.all.append(defined)
    case (.table(let passed), false) where passed.origin == .passed:
      passed.origin = .header
      return passed
    default: throw TOMLError(reason: "'\(last)' is defined twice", line: line)
    }
    return defined
  }

  /// `a.b = value`.
  private mutating func pair(in start: Table, depth: Int) throws(TOMLError) {
    let line = text.line
    var path = try key()
    try text.expect("=")
    text.skipBlanks()
    let last = path.removeLast()
    var table = start
    for name in path {
      switch table.entries[name] {
      case nil:
        let dotted = Table(.dotted)
        table.add(name, .table(dotted), line: line)
        table = dotted
      case .table(let inner) where inner.origin != .header: table = inner
      default: throw TOMLError(reason: "'\(name)' is defined twice", line: line)
      }
    }
    guard table.entries[last] == nil else {
      throw TOMLError(reason: "'\(last)' is defined twice", line: line)
    }
    table.add(last, .value(try value(depth: depth)), line: line)
  }

  /// One or more names with dots between them, and the blanks around them.
  private mutating func key() throws(TOMLError) -> [String] {
    var path: [String] = []
    repeat {
      text.skipBlanks()
      path.append(try text.name())
      text.skipBlanks()
    } while text.accept(".")
    guard path.count <= TOMLText.deepest else { throw text.tooDeep }
    return path
  }

  private mutating func value(depth: Int) throws(TOMLError) -> TOMLValue {
    guard depth < TOMLText.deepest else { throw text.tooDeep }
    switch text.peek() {
    case UInt8(ascii: "\""), UInt8(ascii: "'"): return .string(try text.string())
    case UInt8(ascii: "["): return .array(try array(depth: depth))
    case UInt8(ascii: "{"): return .table(try inlineTable(depth: depth))
    default: return try text.scalar()
    }
  }

  /// `[1, 2]`, over as many lines as it takes, with or without a comma at the end.
  private mutating func array(depth: Int) throws(TOMLError) -> [TOMLValue] {
    try text.expect("[")
    var values: [TOMLValue] = []
    while true {
      try text.skipBlankLines()
      if text.accept("]") { return values }
      values.append(try value(depth: depth + 1))
      try text.skipBlankLines()
      if text.accept("]") { return values }
      guard text.accept(",") else { throw text.unexpected("',' or ']'") }
    }
  }

  /// `{ a = 1, b.c = 2 }` on one line.
  private mutating func inlineTable(depth: Int) throws(TOMLError) -> [TOMLValue.Member] {
    try text.expect("{")
    let table = Table(.dotted)
    text.skipBlanks()
    if text.accept("}") { return [] }
    repeat {
      try pair(in: table, depth: depth + 1)
      text.skipBlanks()
    } while text.accept(",")
    guard text.accept("}") else { throw text.unexpected("',' or '}'") }
    return table.members
  }
}
