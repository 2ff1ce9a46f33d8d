import Interchange
import Testing

@Suite struct JSONTests {
  @Test func readsEveryKindOfValueInOrder() throws {
    let value = try JSONValue(
      parsing: #" {"b": [1, -2.5, 1e-3, true, false, null], "a": {"x": "\u00e9\ud83d\ude00\n\/"}} "#
    )
    #expect(
      value
        == .object([
          .init(
            "b",
            .array([
              .integer(1), .number(-2.5), .number(1e-3), .boolean(true),
              .boolean(false), .null,
            ])),
          .init("a", .object([.init("x", .string("é😀\n/"))])),
        ]))
  }

  @Test func whatIsWrittenIsReadBack() throws {
    let value = JSONValue.object([
      .init("quote \" slash \\ bell \u{7} nul \u{0} line \n é 😀", .string("\t\r")),
      .init("numbers", .array([.integer(.min), .integer(.max), .number(0.1), .number(1e-300)])),
      .init("empty", .array([.array([]), .object([])])),
    ])
    #expect(try JSONValue(parsing: value.description) == value)
    #expect(!value.description.contains("\n"))
  }

  @Test func numbersThatJSONLacksAreWrittenAsNull() {
    #expect(JSONValue.array([.number(.nan), .number(-.infinity)]).description == "[null,null]")
  }

  @Test(arguments: [
    "", " ", "{", "}", "[", "[1", "[1,", "[1,]", "[,]", "{\"a\"", "{\"a\":", "{\"a\":1",
    "{\"a\":1,}",
    "{a:1}", "{\"a\" 1}", "\"", "\"\\", "\"\\u12", "\"\\u12g4\"", "\"\\x\"", "\"\\ud800\"",
    "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"\n\"", "tru", "nul", "falsy", "01", "-", "+1", "1.",
    ".5",
    "1e", "1e+", "0x10", "1e999", "NaN", "Infinity", "1 2", "{\"a\":1,\"a\":2}", "[1]]", "'a'",
    String(repeating: "[", count: 100_000),
  ])
  func refusesWhatIsNotJSON(text: String) {
    #expect(throws: JSONError.self) { try JSONValue(parsing: text) }
  }

  @Test func refusesBytesThatAreNotUTF8() {
    let bytes: [UInt8] = [0x22, 0xC3, 0x28, 0x22]
    bytes.withUnsafeBytes { raw in
      _ = #expect(throws: JSONError.self) { try JSONValue(parsing: raw) }
    }
  }

  @Test func namesThePlace() {
    let error = #expect(throws: JSONError.self) { try JSONValue(parsing: "[1, 2, x]") }
    #expect(error?.offset == 7)
  }
}
