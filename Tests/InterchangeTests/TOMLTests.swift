import Interchange
import Testing

/// Beside these, the parser was compared with Python's tomllib on random mixtures of TOML's parts:
/// both accept the same texts and find the same values in them.
@Suite struct TOMLTests {
  func values(_ text: String) throws -> [String: TOMLValue] {
    guard case .table(let members) = try TOMLValue(parsing: text) else { return [:] }
    return Dictionary(uniqueKeysWithValues: members.map { ($0.name, $0.value) })
  }

  @Test func readsNumbers() throws {
    let found = try values(
      """
      a = 1_000
      b = -17
      c = +0
      d = 0xDEAD_beef
      e = 0o17
      f = 0b101
      g = 6.02e23
      h = -1_0.5_0
      i = 5e+2
      j = -inf
      k = 9223372036854775807
      """)
    #expect(
      found == [
        "a": .integer(1000), "b": .integer(-17), "c": .integer(0), "d": .integer(0xDEAD_BEEF),
        "e": .integer(15), "f": .integer(5), "g": .number(6.02e23), "h": .number(-10.5),
        "i": .number(500), "j": .number(-.infinity), "k": .integer(.max),
      ])
    guard case .number(let nan)? = try values("a = nan")["a"] else {
      Issue.record("nan is no number")
      return
    }
    #expect(nan.isNaN)
  }

  @Test func readsStrings() throws {
    let found = try values(
      #"""
      basic = "a\tb\\ \"c\" \u00e9 \U0001F600"
      literal = 'C:\new\u'
      long = """
      one
       two \
         three "quoted""""
      raw = '''
      \n 'it''s' ''''
      empty = ""
      "quoted name" = ''
      """#)
    #expect(
      found == [
        "basic": .string("a\tb\\ \"c\" é 😀"), "literal": .string("C:\\new\\u"),
        "long": .string("one\n two three \"quoted\""), "raw": .string("\\n 'it''s' '"),
        "empty": .string(""), "quoted name": .string(""),
      ])
  }

  @Test func readsNestedTablesWithTheirLines() throws {
    let found = try TOMLValue(
      parsing:
        "\u{FEFF}top.x = 1 # note\r\n\r\n[a.b]\nc = [ 1, # one\n 2,\n]\n[a]\nd = {e.f = true}\n"
        + "[[list]]\nx = 1\n[[list]]\n[list.inner]\ny = 1979-05-27 07:32:00.5-07:00")
    #expect(
      found
        == .table([
          .init("top", .table([.init("x", .integer(1), line: 1)]), line: 1),
          .init(
            "a",
            .table([
              .init(
                "b",
                .table([.init("c", .array([.integer(1), .integer(2)]), line: 4)]), line: 3),
              .init(
                "d",
                .table([
                  .init("e", .table([.init("f", .boolean(true), line: 8)]), line: 8)
                ]), line: 8),
            ]), line: 3),
          .init(
            "list",
            .array([
              .table([.init("x", .integer(1), line: 10)]),
              .table([
                .init(
                  "inner",
                  .table([
                    .init("y", .date("1979-05-27 07:32:00.5-07:00"), line: 13)
                  ]), line: 12)
              ]),
            ]), line: 9),
        ]))
  }

  @Test(arguments: [
    "a", "a =", "= 1", "a = b", "a = 1 2", "a = 1 b = 2", "a b = 1", "a. = 1", ".a = 1", "é = 1",
    "a = 01", "a = 1_", "a = _1", "a = 1__0", "a = 1.", "a = .5", "a = 1e", "a = 0x", "a = -0x1",
    "a = 0b2", "a = 9223372036854775808", "a = True", "a = Inf", "a = 1979-5-27", "a = 07:32",
    "a = \"", "a = \"\\x\"", "a = \"\\u12\"", "a = \"\\ud800\"", "a = \"\\U00110000\"",
    "a = \"x\ny\"", "a = '", "a = 'x\ny'", "a = \"\"\"x", "a = '''x''", "a = \"\"\"x\"\"\"\"\"\"",
    "a = \"\u{1}\"", "# \u{7F}", "a = 1\rb = 2", "\"\"\"a\"\"\" = 1", "a = \"\\",
    "a = \"\"\"\\ x\"\"\"",
    "a = [", "a = [1", "a = [1,", "a = [,]", "a = [1 2]", "a = [ }", "a = {", "a = {b = 1,}",
    "a = {b = 1\n}", "a = {b}", "a = {b = 1, b = 2}", "a = }",
    "[", "[]", "[a", "[a]]", "[[a]", "[[", "[[[a]]]", "[ [a]]", "[a] b = 1", "[a.]", "[=]", "[\\",
    "a = 1\na = 2", "[a]\n[a]", "a = 1\n[a]", "a = 1\n[a.b]", "a.b = 1\n[a]", "a = 1\na.b = 2",
    "[a]\nb = 1\n[a.b]", "a = {b = 1}\na.c = 2", "a = {b = 1}\n[a.c]", "[a.b]\n[a]\nb.c = 1",
    "a = [1]\n[[a]]", "[[a]]\n[a]", "[a]\n[[a]]", "d = 1979-05-27T\\",
    String(repeating: "[", count: 100_000), "a = " + String(repeating: "[", count: 100_000),
    "a = " + String(repeating: "{a=", count: 100_000), String(repeating: "a.", count: 100_000),
  ])
  func refusesWhatIsNotTOML(text: String) {
    #expect(throws: TOMLError.self) { try TOMLValue(parsing: text) }
  }

  @Test(arguments: [
    "2000-02-29", "1996-02-29", "1979-12-31", "0000-01-01", "07:32:00", "23:59:60",
    "00:00:00.000001",
    "1979-05-27T07:32:00", "1979-05-27 07:32:00.5", "1979-05-27t00:00:00z",
    "1979-05-27T07:32:00-00:00", "1979-05-27T07:32:00.123456789+23:59",
  ])
  func readsDates(text: String) throws {
    #expect(try values("a = \(text)") == ["a": .date(text)])
  }

  @Test(arguments: [
    "1979-00-01", "1979-13-01", "1979-01-00", "1979-01-32", "1979-04-31", "1900-02-29",
    "2001-02-29",
    "2000-02-30", "24:00:00", "12:60:00", "12:00:61", "12:00:00.", "12:00:0", "12:00:00Z",
    "1979-05-27T", "1979-05-27T24:00:00", "1979-05-27T07:32", "1979-05-27T07:32:00+24:00",
    "1979-05-27T07:32:00+00:60", "1979-05-27T07:32:00+1:00", "1979-05-27X07:32:00", "79-05-27",
    "1979-05-27Z", "1979-05-27T07:32:00ZZ", "1979-_1-27", "+979-05-27",
  ])
  func refusesImpossibleDates(text: String) {
    #expect(throws: TOMLError.self) { try TOMLValue(parsing: "a = \(text)") }
  }

  @Test func monthsEndWhenTheyEnd() throws {
    let days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    for (month, last) in zip(1..., days) {
      let text = "a = 2023-" + (month < 10 ? "0\(month)" : "\(month)")
      #expect(throws: Never.self) { try TOMLValue(parsing: "\(text)-\(last)") }
      #expect(throws: TOMLError.self) { try TOMLValue(parsing: "\(text)-\(last + 1)") }
    }
  }

  /// Quadratic time would take minutes.
  @Test(.timeLimit(.minutes(1))) func readsManyTablesOfOneName() throws {
    let count = 150_000
    let found = try values(String(repeating: "[[a]]\nx = 1\n", count: count))
    guard case .array(let tables) = found["a"] else {
      Issue.record("no tables")
      return
    }
    #expect(tables.count == count)
  }

  @Test func namesTheLine() {
    let error = #expect(throws: TOMLError.self) {
      try TOMLValue(parsing: "# one\na = '''\n\n'''\n\nb = ?\n")
    }
    #expect(error?.description == "line 6: expected a value, found '?'")
  }

  @Test func noCutAndNoChangedByteTraps() {
    let text = """
      [model] # net
      hidden = 0x1_0
      "x".y = 'a'
      [[data]]
      text = ["a", '''b''', {c.d = 1.5e-3, e = inf}]
      d = 1979-05-27 07:32:00Z
      m = \"\"\"x\\u00e9\\
        y\"\"\"
      """
    let bytes = Array(text.utf8)
    for end in 0...bytes.count {
      for replacement in Array("[]{}=.,\"'\\#\n a0_-:T".utf8) {
        var changed = Array(bytes[..<end])
        if end < bytes.count { changed += [replacement] + bytes[(end + 1)...] }
        _ = try? TOMLValue(parsing: String(decoding: changed, as: UTF8.self))
        _ = try? TOMLValue(parsing: String(decoding: changed[..<end], as: UTF8.self))
      }
    }
  }
}
