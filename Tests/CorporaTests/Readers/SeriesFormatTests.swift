import Compute
import Corpora
import Foundation
import TestSupport
import Testing

/// The same series in every format that holds them.
@Suite struct SeriesFormatTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  func read(
    _ name: String, _ text: String, _ form: SeriesForm = SeriesForm(features: 2),
    _ firstColumn: LabelledSeries.FirstColumn = .label()
  ) throws -> LabelledSeries {
    try LabelledSeries.read(folder.file(name, text), form, firstColumn: firstColumn)
  }

  /// Two channels; three steps and two.
  @Test(arguments: [
    ("a.csv", "up,1,10,2,20,3,30\ndown,4,40,5,50\n", SeriesForm(features: 2)),
    (
      "channels.csv", "up,1,2,3,10,20,30\ndown,4,5,40,50\n",
      SeriesForm(features: 2, layout: .channel)
    ),
    (
      "last.csv", "x1,y1,what,x2,y2\n1,10,up,2,20,3,30\n4,40,down,5,50\n",
      SeriesForm(features: 2, labelColumn: "what")
    ),
    ("ucr.tsv", "up\t1\t10\t2\t20\t3\t30\ndown\t4\t40\t5\t50\n", SeriesForm(features: 2)),
    (
      "a.ts",
      "# made by hand\n@problemName x\n@univariate false\n@timeStamps false\n"
        + "@classLabel true up down\n@data\n1,2,3:10,20,30:up\n\n4.0,5: 40,50 :down\n",
      SeriesForm()
    ),
    (
      "long.csv",
      "id,time,x,y,label\n7,0,1,10,up\n9,0,4,40,down\n7,1,2,20,up\n7,5,3,30,up\n9,1,5,50,down\n",
      SeriesForm()
    ),
    (
      "indexed.csv",
      ",id,time,x,y,label\n0,7,0,1,10,up\n3,9,0,4,40,down\n1,7,1,2,20,up\n2,7,5,3,30,up\n0,9,1,5,50,down\n",
      SeriesForm()
    ),
    (
      "named.csv", "case,class,x,y\n7,up,1,10\n7,up,2,20\n7,up,3,30\n9,down,4,40\n9,down,5,50\n",
      SeriesForm(group: "case")
    ),
  ])
  func aSeriesIsTheSameInEveryFormat(name: String, text: String, form: SeriesForm) throws {
    let data = try read(name, text, form)
    #expect(data.sequences.values == [1, 10, 2, 20, 3, 30, 4, 40, 5, 50])
    #expect(Array(data.sequences.lengths) == [3, 2])
    #expect(data.targets == .classes([1, 0], LabelSet(["down", "up"])))
    #expect(data.faults == [])
  }

  @Test func targetsAreNumbers() throws {
    for (name, text) in [
      ("a.ts", "@targetlabel true\n@data\n1,2:0.5\n3:-4\n"),
      ("a.csv", "id,t,x,y\na,1,1,0.5\na,2,2,0.5\nb,1,3,-4\n"),
    ] {
      let data = try read(name, text, SeriesForm(), .number)
      #expect(data.targets == .numbers([0.5, -4]) && data.sequences.values == [1, 2, 3])
    }
  }

  /// Labels and targets stand where the first row says so, else in the first column.
  @Test func theColumnThatIsCalledLikeALabelIsOne() throws {
    for text in ["x,y,class\n1,2,up\n3,4,down\n", "label,x,y\nup,1,2\ndown,3,4\n"] {
      let data = try read("a.csv", text, SeriesForm())
      #expect(data.targets == .classes([1, 0], LabelSet(["down", "up"])))
      #expect(data.sequences.values == [1, 2, 3, 4])
      #expect(try ExampleForm.of(folder.url.appendingPathComponent("a.csv")) == .series)
    }
    let numbers = try read("a.csv", "x,y,target\n1,2,0.5\n3,4,-4\n", SeriesForm(), .number)
    #expect(numbers.targets == .numbers([0.5, -4]) && numbers.sequences.values == [1, 2, 3, 4])
    let first = try read("a.csv", "z,x,y2\n0.5,1,2\n", SeriesForm(), .number)
    #expect(first.targets == .numbers([0.5]))
  }

  @Test func missingLabelsAreNone() throws {
    expectUserError(saying: "line 2: found '?'") {
      _ = try read("a.ts", "@data\n1,2:?\n3,4:up\n", SeriesForm())
    }
  }

  @Test func columnsInAnotherOrderAreRefused() throws {
    var form = SeriesForm()
    form.names = ["x", "y"]
    #expect(try read("a.csv", "class,x,y\nup,1,2\n", form).count == 1)
    expectUserError(saying: "in another order", "x, y") {
      _ = try read("a.csv", "class,y,x\nup,1,2\n", form)
    }
    // A column more, which would be a first step.
    expectUserError(saying: "or has more", "x, y") {
      _ = try read("a.csv", "class,id,x,y\nup,7,1,2\n", form)
    }
    // A series that goes on is none, nor are columns with names of their own.
    form.names = ["x1", "x2"]
    for table in ["class,x1,x2,x3\nup,1,2,3\n", "class,x1\nup,1\n", "class,t1,t2,t3\nup,1,2,3\n"] {
      #expect(try read("a.csv", table, form).count == 1, "\(table)")
    }
    form.names = ["x", "y"]
    let steps = "id,time,x,y,label\na,0,1,2,up\n"
    #expect(try read("a.csv", steps, form).names == ["x", "y"])
    let exchanged = steps.replacing("x,y", with: "y,x")
    expectUserError(saying: "in another order", "x, y") { _ = try read("a.csv", exchanged, form) }
    let parts = try [("a.csv", steps), ("b.csv", exchanged)].map { name, text in
      (
        url: folder.url.appendingPathComponent(name),
        series: try read(name, text, SeriesForm())
      )
    }
    expectUserError(saying: "b.csv' has the columns of '", "in another order") {
      _ = try LabelledSeries.joined(parts)
    }
  }

  /// However they are written, and where the day may stand before the month or behind it, either way.
  @Test(arguments: [
    ["2024-03", "2024-02"], ["2024-03-01", "2024-02-28"], ["2024/3/1", "2024/2/28"],
    ["31/01/2024", "30/01/2024"], ["01/31/2024", "01/30/2024"], ["31.01.2024", "31.12.2023"],
    ["31-Jan-2024", "30-Jan-2024"], ["Feb 2024", "Jan 2024"], ["March 1, 2024", "Feb 28, 2024"],
    ["2024Q3", "2024Q2"], ["2024-Q1", "2023-Q4"], ["2024-W05", "2024-W04"],
    ["2024-01-02T00:00", "2024-01-01T23:59"], ["05/06/2024", "06/06/2024", "04/07/2023"],
  ])
  func datesThatFallAreRefused(dates: [String]) throws {
    func table(_ dates: [String]) -> String {
      "id,time,x,label\n" + dates.map { "a,\"\($0)\",1,up\n" }.joined()
    }
    expectUserError(saying: "which is before") {
      _ = try read("a.csv", table(dates), SeriesForm())
    }
    let rising = dates.count == 2 ? dates.reversed() + [dates[0]] : Array(dates.prefix(2))
    #expect(try read("a.csv", table(rising), SeriesForm()).count == 1)
  }

  @Test func missingNumbersAreFilledInByChannel() throws {
    let gaps: [(String, String)] = [
      ("a.ts", "@data\n1,?,5:NaN,20,30:up\n"),
      ("a.csv", "id,time,x,y,label\n1,0,1,,up\n1,1,NA,20,up\n1,2,5,30,up\n"),
      ("b.csv", "up,1,,nan,20,5,30\n"),
    ]
    for (name, text) in gaps {
      let form = SeriesForm(features: name == "b.csv" ? 2 : nil)
      expectUserError(saying: name, "expected a finite number") { _ = try read(name, text, form) }
      let filled: [(MissingValues, [Float])] = [
        (.mean, [1, 25, 3, 20, 5, 30]), (.forward, [1, 20, 1, 20, 5, 30]),
        (.zero, [1, 0, 0, 20, 5, 30]),
      ]
      for (missing, values) in filled {
        var form = form
        form.missing = missing
        #expect(
          try read(name, text, form).sequences.values == LongList(values), "\(name) \(missing)")
      }
    }
  }

  @Test(arguments: [
    ("a.ts", "1,2:up\n", "line 1: found no '@' before '@data'"),
    ("a.ts", "@univariate true\n", "has no line '@data'"),
    ("a.ts", "@timeStamps true\n@data\n(0,1):up\n", "line 1: its numbers have time stamps"),
    ("a.ts", "@classLabel false\n@data\n1,2\n", "line 1: its sequences have no label"),
    ("a.ts", "@data\n1,2:3:up\n", "line 2: its channels have 2, 1 numbers"),
    ("a.ts", "@data\n1,2:up\n1:2:up\n", "line 3: found 2 channels, expected 1"),
    ("a.ts", "@data\n1,x:up\n", "line 2: channel 1: found 'x', expected a finite number"),
    ("a.ts", "@data\n", "holds no sequence of numbers"),
    (
      "a.csv", "id,time,x,label\n1,0,1,a\n1,1,2,b\n", "row 3, column 4: found the label 'b', before"
    ),
    ("a.csv", "id,time,x,label\n1,1,1,a\n1,0,2,a\n", "row 3, column 2: found the time 0"),
    ("a.csv", "id,time,x,label\n1,1,1\n", "row 2: found 3 fields, expected 4"),
    (
      "a.csv", "id,date,x,label\n1,2020-01-02,1,a\n1,2020-01-01,2,a\n",
      "row 3, column 2: found the date 2020-01-01, which is before 2020-01-02"
    ),
    ("a.csv", "id,T,x,label\n1,12,1,a\n1,9.5,2,a\n", "'T' reads as a time: if it is none"),
    ("a.csv", "Unnamed: 0,label,x\n0,a,1\n", "the first column is called 'Unnamed: 0'"),
    ("a.csv", ",Unnamed: 0,label,x\n0,0,a,1\n", "the first column has no name"),
    ("a.csv", "id,time,x,label\n1,1,z,a\n", "row 2, column 3: found 'z'"),
  ])
  func mistakesNameTheirPlace(name: String, text: String, message: String) throws {
    expectUserError(saying: name + "'", message) { _ = try read(name, text, SeriesForm()) }
  }

  @Test func columnsThatAreNotThereAreNamed() throws {
    let table = "id,time,x,label\n1,1,2,a\n"
    for (form, option) in [
      (SeriesForm(group: "case"), "--group case"),
      (SeriesForm(labelColumn: "kind"), "--label-column"),
      (SeriesForm(features: 2), "--features 2: "),
    ] {
      expectUserError(saying: option) { _ = try read("a.csv", table, form) }
    }
    expectUserError(saying: "has no column 'kind'") {
      _ = try read("b.csv", "x,y\n1,2\n", SeriesForm(labelColumn: "kind"))
    }
  }

  @Test func whatIsTypedIsReadAsTheTrainingDataWere() throws {
    let pair = SeriesForm(features: 2, missing: .zero)
    for (line, usual) in [
      ("1,2.5,0,4", UInt8(ascii: ",")), ("1;2,5;NA;4", UInt8(ascii: ",")), ("1\t2.5\t\t4", nil),
      (" \"1\" ,2.5, 0,4", UInt8(ascii: ";")), ("1;2.5;0;4", nil),
    ] as [(String, UInt8?)] {
      #expect(
        try pair.numbers(line: line, width: 2, usual: usual, place: "here") == [1, 2.5, 0, 4])
    }
    var channels = SeriesForm(layout: .channel)
    #expect(
      try channels.numbers(line: "1,2,3,10,20,30", width: 2, usual: nil, place: "here")
        == [1, 10, 2, 20, 3, 30])
    #expect(
      try channels.numbers(line: "2,5", width: 1, usual: UInt8(ascii: ";"), place: "") == [2.5])
    channels.separator = UInt8(ascii: ":")
    #expect(try channels.numbers(line: "2:5", width: 2, usual: nil, place: "here") == [2, 5])
    for (line, message) in [
      ("", "here: found no number"), ("1,2,3", "here: found 3 numbers, expected a multiple of 2"),
      ("1,x", "here, column 2: found 'x', expected a finite number"),
    ] {
      expectUserError(saying: message) {
        _ = try SeriesForm().numbers(line: line, width: 2, usual: nil, place: "here")
      }
    }
  }

  @Test func separatorsAreOneCharacter() throws {
    #expect(try SeriesForm.separator("") == nil && SeriesForm.separator("tab") == 9)
    #expect(try SeriesForm.separator("\\t") == 9 && SeriesForm.separator("|") == UInt8(ascii: "|"))
    for text in ["ab", "\"", "é", "\n"] {
      expectUserError(saying: "--separator") { _ = try SeriesForm.separator(text) }
    }
  }
}
