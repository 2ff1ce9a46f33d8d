import Compute
import Foundation
import Runs
import TestSupport
import Testing

/// Two tables that hold every kind of setting.
private struct ExampleTables: Sendable {
  struct Model: SettingsGroup {
    @Setting(of: ["gru", "lstm"], "Cell") var cell = "lstm"
    @Setting(in: 1...4096, "Units") var hidden = 512
    @Setting(in: .fraction, "Dropout") var dropout = 0.0
    @Setting("Tie") var tie = false
    @Setting(in: .notNegative, following: ("model.cell", ["gru": 0]), "Bias") var bias = 1.0
  }
  struct Data: SettingsGroup {
    @Setting("Files") var text = ["a.txt"]
    @Setting("Note") var note = ""
    @Setting(in: .positive, "Rate") var rate = 1.0
    @Setting(in: 0...Int.max, "Seed") var seed = 1
  }
  var model = Model()
  var data = Data()
}

extension ResolvedSettings {
  fileprivate var typed: ExampleTables { fill(ExampleTables()) }
}

/// Files, the environment and the command line settle values.
@Suite struct ResolveTests {
  let folder: TemporaryFolder
  let schema = SettingsSchema(task: nil, reflecting: ExampleTables())

  init() throws { folder = try TemporaryFolder() }

  func resolve(_ toml: String) throws -> ResolvedSettings {
    try schema.resolve(files: [folder.write(toml, to: "job.toml")])
  }

  func message(_ toml: String) throws -> String {
    let error = #expect(throws: UserError.self, "\(toml)") { try resolve(toml) }
    #expect(error?.kind == .usage)
    let text = error?.message ?? ""
    #expect(text.contains("'\(folder.file("job.toml").path)'"), "no file in: \(text)")
    return text.replacing(folder.file("job.toml").path, with: "job.toml")
      + (error?.hint.map { " | " + $0 } ?? "")
  }

  @Test func wholeNumbersMayBePowersOfTwo() throws {
    func hidden(_ text: String) throws -> Int {
      try schema.resolve(overrides: [SettingsOverride("model.hidden", text: text)]).typed
        .model.hidden
    }
    #expect(try hidden("2^0") == 1)
    #expect(try hidden("2^12") == 4096)
    for text in ["2^13", "2^", "2^-1", "2^63", "2^64", "3^2", "^4", "2^1.5"] {
      expectUserError(saying: "model.hidden", "a whole number from 1 to 4096") {
        _ = try hidden(text)
      }
    }
  }

  @Test func readsEveryTypeOfValue() throws {
    let found = try resolve(
      """
      # Comments, dotted keys, hexadecimal, lists over lines.
      model.hidden = 0x1_0
      model.cell = 'gru'
      [data]
      text = [
        "a b.txt",  # one
        'c\\d.txt',
      ]
      note = \"\"\"
      two
      lines\"\"\"
      rate = 3
      """)
    #expect(found.typed.model.hidden == 16)
    #expect(found.typed.model.cell == "gru")
    #expect(found.typed.data.text == ["a b.txt", "c\\d.txt"])
    #expect(found.typed.data.note == "two\nlines")
    #expect(found.typed.data.rate == 3)
    #expect(found.typed.model.tie == false)
    #expect(found.typed.model.$hidden.isGiven && !found.typed.model.$tie.isGiven)
    #expect(found.isGiven("model.hidden"))
    #expect(!found.isGiven("model.tie"))
  }

  @Test func laterLayersWin() throws {
    let first = try folder.write("[model]\nhidden = 2\ndropout = 0.2\ntie = true", to: "1.toml")
    let second = try folder.write("model.hidden = 3\nmodel.dropout = 0.3", to: "2.toml")
    func hidden(
      _ presets: Bool, _ files: [URL], _ environment: Bool, _ overrides: Bool
    ) throws -> [Double] {
      let found = try schema.resolve(
        presets: presets
          ? [.init("model.hidden", .integer(1)), .init("data.seed", text: "9")] : [],
        files: files,
        environment: environment ? ["UNROLL_MODEL_HIDDEN": "4", "UNROLL_OTHER": "x"] : [:],
        overrides: overrides
          ? [.init("model.hidden", text: "5"), .init("model.hidden", .integer(6))] : [])
      return [Double(found.typed.model.hidden), found.typed.model.dropout]
    }
    #expect(try hidden(false, [], false, false) == [512, 0])
    #expect(try hidden(true, [], false, false) == [1, 0])
    #expect(try hidden(true, [first], false, false) == [2, 0.2])
    #expect(try hidden(true, [first, second], false, false) == [3, 0.3])
    #expect(try hidden(true, [first, second], true, false) == [4, 0.3])
    #expect(try hidden(true, [first, second], true, true) == [6, 0.3])
  }

  @Test func defaultsThatFollowAChoiceDoSoUnlessGiven() throws {
    #expect(try resolve("").typed.model.bias == 1)
    #expect(try resolve("model.cell = 'gru'").typed.model.bias == 0)
    #expect(try resolve("model.cell = 'gru'\nmodel.bias = 0.5").typed.model.bias == 0.5)
  }

  @Test func choicesMayBeTypedInAnyCase() throws {
    #expect(try resolve("model.cell = 'GRU'").typed.model.cell == "gru")
    #expect(
      try schema.resolve(overrides: [.init(parsing: "model.cell=Gru")]).typed.model.cell == "gru")
  }

  @Test func namesTheNearestKey() throws {
    #expect(
      try message("model.hiden = 1")
        == "'model.hiden' in 'job.toml', line 1, is not an option | did you mean 'model.hidden'?")
    #expect(try message("modle.hidden = 1").hasSuffix("did you mean 'model.hidden'?"))
    #expect(try message("hidden = 1").hasSuffix("did you mean 'model.hidden'?"))
    // Two letters that changed places are one mistake.
    #expect(try message("tei = true").hasSuffix("did you mean 'model.tie'?"))
    #expect(try message("[data]\nntoe = ''").hasSuffix("did you mean 'data.note'?"))
    #expect(try message("optimizer.lr = 1").hasSuffix("the tables are model, data"))
    #expect(try message("model.hidden.size = 1").contains("'model.hidden.size' in"))
    #expect(
      try message("\"\(String(repeating: "x", count: 100_000))\" = 1").hasPrefix("'xxx"))
  }

  @Test(arguments: [
    (
      "model.hidden = 0",
      "model.hidden in 'job.toml', line 1, must be a whole number from 1 to 4096, found 0"
    ),
    ("model.hidden = -1", "a whole number from 1 to 4096, found -1"),
    ("model.hidden = 4097", "a whole number from 1 to 4096, found 4097"),
    ("model.hidden = 16.0", "a whole number from 1 to 4096, found 16.0"),
    ("model.hidden = '16'", "a whole number from 1 to 4096, found \"16\""),
    ("model.hidden = true", "a whole number from 1 to 4096, found true"),
    ("model.hidden = [1]", "found a list of other things than strings"),
    ("model.hidden = 1979-05-27", "found a date or time"),
    ("data.seed = -1", "a whole number of at least 0, found -1"),
    ("model.dropout = 1", "a number of at least 0 and below 1, found 1.0"),
    ("model.dropout = nan", "a number of at least 0 and below 1, found nan"),
    ("data.rate = 0", "a number above 0, found 0.0"),
    ("data.rate = inf", "a number above 0, found inf"),
    ("data.rate = -inf", "a number above 0, found -inf"),
    ("data.rate = '1'", "a number above 0, found \"1\""),
    ("model.cell = 'lstn'", "one of 'gru', 'lstm', found \"lstn\""),
    ("model.cell = 1", "one of 'gru', 'lstm', found 1"),
    ("model.tie = 1", "true or false, found 1"),
    ("data.note = 1", "a string, found 1"),
    ("data.text = 1", "a list of strings, found 1"),
    ("data.text = ['a', 1]", "a list of strings, found a list of other things than strings"),
    ("model = 1", "'model' in 'job.toml', line 1, must be a table of options"),
    ("[[model]]\nhidden = 1", "'model' in 'job.toml', line 1, must be a table of options"),
  ])
  func refusesTheWrongValue(toml: String, expected: String) throws {
    #expect(try message(toml).contains(expected))
  }

  @Test func refusesWhatIsNotTOML() throws {
    #expect(
      try message("[model]\nhidden = \n").hasPrefix(
        "'job.toml' is not TOML, line 2: expected a value"))
    #expect(
      try message("model.hidden = 1\nmodel.hidden = 2").contains(
        "line 2: 'hidden' is defined twice"))
    #expect(try message("a\u{0}b = 1").contains("line 1: expected '=', found a byte 0"))
    #expect(try message(String(repeating: "[", count: 10_000)).contains("not TOML"))
    #expect(try message("a = " + String(repeating: "[", count: 10_000)).contains("not TOML"))
    #expect(try message(String(repeating: "#", count: 2 << 20)).contains("more than"))
    try Data([0x61, 0x3D, 0xFF]).write(to: folder.file("job.toml"))
    #expect(throws: UserError.self) { try schema.resolve(files: [folder.file("job.toml")]) }
    #expect(throws: UserError.self) { try schema.resolve(files: [folder.file("missing.toml")]) }
    #expect(throws: UserError.self) { try schema.resolve(files: [folder.url]) }
  }

  @Test func parsesWhatIsTyped() throws {
    let found = try schema.resolve(overrides: [
      .init(parsing: "model.hidden=16"), .init(parsing: "data.rate = 1e-3"),
      .init(parsing: "model.tie=true"), .init(parsing: "model.cell=gru"),
      .init(parsing: "data.note=a=b"), .init(parsing: "data.text=[\"x,y\", 'z']"),
    ])
    #expect(found.typed.model.hidden == 16)
    #expect(found.typed.data.rate == 1e-3)
    #expect(found.typed.model.tie)
    #expect(found.typed.data.note == "a=b")
    #expect(found.typed.data.text == ["x,y", "z"])
    #expect(
      try schema.resolve(overrides: [.init(parsing: "data.text=a,b")]).typed.data.text
        == ["a,b"])
  }

  @Test(arguments: [
    ("model.hidden=1.5", "model.hidden on the command line must be a whole number"),
    ("model.hidden=", "found ''"),
    ("model.hidden=99999999999999999999", "found '99999999999999999999'"),
    ("model.tie=yes", "must be true or false, found 'yes'"),
    ("data.rate=nan", "must be a number above 0, found nan"),
    ("data.rate=1e999", "must be a number above 0, found inf"),
    ("data.text=[1]", "must be a list of strings, found '[1]'"),
    ("data.text=['a'", "must be a list of strings, found '['a''"),
    ("data.text=[]\nb=1", "must be a list of strings"),
    ("nothing", "expected key=value, found 'nothing'"),
    ("=1", "expected key=value, found '=1'"),
    ("model.hiden=1", "'model.hiden' on the command line is not an option"),
  ])
  func refusesWhatIsMistyped(argument: String, expected: String) throws {
    let error = #expect(throws: UserError.self) {
      try schema.resolve(overrides: [.init(parsing: argument)])
    }
    #expect(error?.kind == .usage)
    #expect(error?.message.contains(expected) == true, "\(error?.message ?? "")")
  }

  /// What one option refuses and a single other one takes, in any case.
  @Test(arguments: [
    ("model.hidden=LSTM", "--cell takes 'lstm'"), ("model.dropout=gru", "--cell takes 'gru'"),
    ("model.hidden=many", nil), ("data.rate=0", nil),
  ])
  func namesTheOptionThatTakesAValue(argument: String, hint: String?) throws {
    let error = #expect(throws: UserError.self) {
      try schema.resolve(overrides: [.init(parsing: argument)])
    }
    #expect(error?.hint == hint && error?.kind == .usage)
  }

  @Test func namesTheEnvironmentVariable() throws {
    let error = #expect(throws: UserError.self) {
      try schema.resolve(environment: ["UNROLL_MODEL_HIDDEN": "many"])
    }
    #expect(
      error?.message
        == "model.hidden in the environment (UNROLL_MODEL_HIDDEN) must be "
        + "a whole number from 1 to 4096, found 'many'")
  }

  @Test func writesEveryValueAndReadsItBack() throws {
    let found = try schema.resolve(overrides: [
      .init("data.text", .strings(["a \"b\".txt", "c\\d", "é😀"])),
      .init("data.note", .string("tab\t newline\n bell\u{7} delete\u{7F}")),
      .init("data.rate", .number(0.1 + 0.2)), .init("data.seed", .integer(.max)),
      .init("model.dropout", .number(1e-300)), .init("model.bias", .number(1e300)),
    ])
    #expect(
      found.toml == """
        [model]
        cell = "lstm"
        hidden = 512
        dropout = 1e-300
        tie = false
        bias = 1e+300

        [data]
        text = ["a \\"b\\".txt", "c\\\\d", "é😀"]
        note = "tab\\t newline\\n bell\\u0007 delete\\u007f"
        rate = 0.30000000000000004
        seed = 9223372036854775807

        """)
    let again = try resolve(found.toml)
    #expect(again.differences(from: found).isEmpty)
    #expect(again.toml == found.toml)
  }

  @Test func listsDifferences() throws {
    let ours = try resolve("model.hidden = 16\ndata.note = 'x'")
    let theirs = try resolve("model.cell = 'gru'")
    let differences = ours.differences(from: theirs)
    #expect(
      differences.map(\.key) == ["model.cell", "model.hidden", "model.bias", "data.note"])
    #expect(
      differences.map(\.ours) == [.string("lstm"), .integer(16), .number(1), .string("x")])
    #expect(
      differences.map(\.theirs) == [.string("gru"), .integer(512), .number(0), .string("")])
    #expect(ours.differences(from: theirs, in: ["data"]).map(\.key) == ["data.note"])
    #expect(ours.differences(from: ours).isEmpty)
  }
}
