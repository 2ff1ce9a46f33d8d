import Compute
import Foundation
import TestSupport
import Testing

import Corpora

struct LabelledSeriesTests {
  @Test func rowsBecomeStepsOfFeatures() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file(
      "a.csv", "label,x0,x1\nb,1,2,3,4\n a ,-0.5, 1e-3\r\n\nb,0.1,7,5,6,1.5e2,-9\n")
    let data = try LabelledSeries.read(table: file, .init(features: 2))
    #expect(data.count == 3)
    #expect(Array(data.sequences.lengths) == [2, 1, 3])
    #expect(data.sequences.values == [1, 2, 3, 4, -0.5, 0.001, 0.1, 7, 5, 6, 150, -9])
    #expect(data.targets == .classes([1, 0, 1], LabelSet(["a", "b"])))

    // Longest first, time-major, padding columns zero.
    var packed = [Double](repeating: -1, count: 6 * 3)
    data.sequences.pack([2, 0, 1], into: &packed, stride: 3)
    let tenth = Double(Float(0.1)), thousandth = Double(Float(0.001))
    #expect(
      packed == [
        tenth, 7, 0, 1, 2, 0, -0.5, thousandth, 0,
        5, 6, 0, 3, 4, 0,
        150, -9, 0,
      ])
  }

  @Test func targetsMayBeNumbersOrAbsent() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("a.csv", "y,x\n0.25,1,2\n-4,3\n")
    let data = try LabelledSeries.read(table: file, firstColumn: .number)
    #expect(data.targets == .numbers([0.25, -4]))
    #expect(Array(data.sequences.lengths) == [2, 1])
    let bare = try LabelledSeries.read(table: file, firstColumn: .value)
    #expect(bare.targets == .none)
    #expect(bare.sequences.values == [0.25, 1, 2, -4, 3])
  }

  @Test(arguments: [
    ("a,1,nan\n", 1, "row 1, column 3: found 'nan', expected a finite number"),
    ("a,1,2\nb,inf,2\n", 1, "row 2, column 2: found 'inf'"),
    ("a,1,2\nb,-Infinity,2\n", 1, "row 2, column 2: found '-Infinity'"),
    ("a,1,1e39\n", 1, "row 1, column 3: found '1e39'"),
    ("a,1,\n", 1, "row 1, column 3: found nothing"),
    ("a,1,x\n", 1, "row 1, column 3: found 'x'"),
    ("a\nb\n", 1, "holds no sequence of numbers"),
    (",1,2\n", 1, "row 1, column 1: found nothing, expected a label"),
    ("a,1,2\nb,1,2,3\n", 2, "row 2: found 3 numbers, expected a multiple of 2"),
    ("label,x,y\n", 1, "holds no sequence of numbers"),
    ("a|1|2\nb|2|1\n", 1, "with --separator"),
    ("a,1,2\rb,1,2\n", 1, "column 3: found a carriage return"),
    (",label,0,1\n0,a,1,2\n", 1, "row 1, column 1: the first column has no name"),
    (",u,x\n", 1, "the first column has no name"),
    (",NA,2\n", 1, "found nothing, expected a label"),
  ])
  func mistakesNameRowAndColumn(text: String, features: Int, message: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("bad.csv", text)
    expectUserError(saying: "bad.csv'", message) {
      _ = try LabelledSeries.read(
        table: file, SeriesForm(features: features),
        firstColumn: .label(known: LabelSet(["a", "b"])))
    }
  }

  /// The short way must round as the long one does.
  @Test func numbersAreReadAsSwiftReadsThem() {
    let random = RandomStream(seed: 3, purpose: .generator)
    for row in 0..<2_000 {
      let whole = random.word(row: row, index: 0) >> (random.word(row: row, index: 1) % 32)
      let digits = String(random.word(row: row, index: 2) % 1_000_000)
      let zeros = String(repeating: "0", count: row % 7)
      for text in ["\(whole).\(zeros)\(digits)", "-\(whole)", ".\(digits)", "\(whole)."] {
        let swift = Double(
          text.hasPrefix(".") ? "0" + text : text.hasSuffix(".") ? text + "0" : text)
        #expect(DecimalNumber.parse(Array(text.utf8)) == swift.map { Float($0) })
      }
    }
    for text in ["", " ", "-", ".", "1.2.3", "0x", "--1", "1,5", "nan", "1e999", "½"] {
      #expect(DecimalNumber.parse(Array(text.utf8)) == nil)
    }
    #expect(DecimalNumber.parse(Array(" 1e-3\t".utf8)) == 1e-3)
    #expect(DecimalNumber.parse(Array("123456789012345678".utf8)) == 123_456_790_519_087_104)
  }

  /// All forms of one table.
  @Test(arguments: [
    "\u{FEFF}b,1,-2.5\na,3,1e2\n", "b,1,-2.5\r\n\r\na,3,1e2", "b;1;-2.5\na;3;1e2\n",
    "b\t1\t-2.5\na\t3\t1e2\n", "b;1;-2,5\na;3;1e2\n", "b\t1,0\t-2,50\na\t3\t1e2\n",
    "\"b\",\"1\",\"-2.5\"\n\"a\",\"3\",\"1e2\"\n", "b , 1 ,\t-2.5\n \"a\" , \"3\" ,1e2 \n",
    "sep=;\nb;1;-2.5\na;3;1e2\n", "label,x,y\nb,1,-2.5\na,3,1e2\n",
    "\"the\nlabel\",\"x, in m\",\"y \"\"1\"\"\"\nb,1,-2.5\na,3,1e2\n", ",x,y\nb,1,-2.5\na,3,1e2\n",
  ])
  func tablesComeInManyForms(text: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("a.csv", text)
    if text.hasPrefix(",") {
      expectUserError(saying: "a.csv' row 1, column 1: the first column has no name", "index=False")
      {
        _ = try LabelledSeries.read(table: file)
      }
      return
    }
    let data = try LabelledSeries.read(table: file)
    #expect(data.targets == .classes([1, 0], LabelSet(["a", "b"])))
    #expect(data.sequences.values == [1, -2.5, 3, 100])
  }

  @Test func labelsMayHoldSeparatorsAndQuotes() throws {
    let folder = try TemporaryFolder()
    let data = try LabelledSeries.read(
      table: folder.file("a.csv", "\"x, \"\"y\"\"\",1\nz,2\n"))
    #expect(data.targets == .classes([0, 1], LabelSet(["x, \"y\"", "z"])))
    let colons = try LabelledSeries.read(
      table: folder.file("b.csv", "a:1:2,5\nb:3:4\n"), SeriesForm(separator: UInt8(ascii: ":")))
    #expect(colons.sequences.values == [1, 2.5, 3, 4])
  }

  @Test(arguments: [
    // Names, as pandas gives them to columns without one.
    ("label,0,1\na,5,6\nb,7,8\na,9,9\n", 3), ("0,1,2\na,5,6\nb,7,8\na,9,9\n", 3),
    ("0,1,2\n0,5,6.5\n1,.5,8\n0,9.0,9\n", 3),
    // Data that begins with a row of such numbers.
    ("a,0,1\na,5,6\nb,7,8\n", 3), ("a,0,1\nb,5,6\nc,7,8\n", 3), ("c,0,1\na,1,2\na,2,1\n", 2),
    ("a,1,2,3\nb,1,1,1\nb,2,2,2\n", 3), ("0,1,2\n0,5,6.5\n1,5,8\n0,9.0,9\n", 4),
    ("0,1\n0,5.5\n1,.5\n", 3),
  ])
  func columnsMayBeNamedByNumbers(text: String, count: Int) throws {
    let folder = try TemporaryFolder()
    #expect(try LabelledSeries.read(table: folder.file("a.csv", text)).count == count)
  }

  @Test func numberedNamesAreToldFromKnownLabelsAndTargets() throws {
    let folder = try TemporaryFolder()
    func count(_ text: String, _ column: LabelledSeries.FirstColumn) throws -> Int {
      try LabelledSeries.read(table: folder.file("a.csv", text), firstColumn: column).count
    }
    #expect(try count("label,0,1\na,5,6\n", .label(known: LabelSet(["a"]))) == 1)
    #expect(try count("a,0,1\na,5,6\n", .label(known: LabelSet(["a"]))) == 2)
    #expect(try count("y,0,1\n0.5,5,6\n", .number) == 1)
    #expect(try count("0,0,1\n0.5,5,6\n", .number) == 2)
    #expect(try count("0,1,2\n5,6,7\n", .value) == 2)
    #expect(try count("0,1,2\n5,6.5,7\n", .value) == 1)
    #expect(try count("0,1,2\n5,6.5,7\n", .number) == 1)
    #expect(try count("0,1,2\n5,6.5,7\n4,4,4\n", .number) == 3)
    #expect(try count("0;1;2\n5;6,5;7\n", .number) == 1)
    #expect(try count("0,1,2\n0,6.5,7\n", .label(known: LabelSet(["0", "1"]))) == 1)
    #expect(try count("0,1,2\n0,6,7\n", .label(known: LabelSet(["0", "1"]))) == 2)
  }

  /// What the training table called its columns is no data in another one, whatever else its rows say.
  @Test(arguments: [
    ("x,y\n5,6\n", ["x", "y"], 1), ("7,9\n5,6\n1,2\n", ["7", "9"], 2),
    ("7,9\n5,6\n", ["9", "7"], 2),
    ("\"7\" , 9\n5,6\n", ["7", "9"], 1), ("7,9,1\n5,6,1\n", ["7", "9"], 2), ("0,1\n2,3\n", [], 2),
  ])
  func knownNamesAreNoData(text: String, names: [String], count: Int) throws {
    let folder = try TemporaryFolder()
    var form = SeriesForm()
    form.names = names
    let series = try LabelledSeries.read(
      table: folder.file("a.csv", text), form, firstColumn: .value)
    #expect(series.count == count)
  }

  @Test(arguments: [
    ("label,a,b\nu,1,2\nv,2,1\n", ["a", "b"]), ("label,0,1\nu,1,2\nv,2,1\nu,1,1\n", ["0", "1"]),
    ("0,1,2\nu,1,2\nv,2,1\nu,1,1\n", ["1", "2"]),
    ("u,0,1\nu,1,2\nv,2,1\n", []), ("u,1,2\nv,2,1\n", []),
  ])
  func namesOfColumnsAreKept(text: String, names: [String]) throws {
    let folder = try TemporaryFolder()
    let series = try LabelledSeries.read(table: folder.file("a.csv", text))
    #expect(try series.names == names && series.subset([0]).names == names)
  }

  /// A number from 1 counts columns; what is none is a name.
  @Test func columnsOfLabelsAreCountedOrNamed() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("a.csv", "0,1,2\n5,u,6\n7,v,8\n9,u,8\n")
    func values(_ column: String) throws -> [Float] {
      Array(
        try LabelledSeries.read(table: file, .init(labelColumn: column)).sequences.values)
    }
    #expect(try values("2") == [5, 6, 7, 8, 9, 8])
    for column in ["-1", "-9223372036854775808", "99999999999999999999", "z"] {
      expectUserError(saying: "has no column '\(column)'") { _ = try values(column) }
    }
    let named = try folder.file("b.csv", "0,1,2\nu,5,6\nv,7,8\n")
    let series = try LabelledSeries.read(table: named, .init(labelColumn: "0"))
    #expect(series.sequences.values == [5, 6, 7, 8])
    let steps = try folder.file("c.csv", "id,time,x,label\na,0,1,u\nb,0,2,v\n")
    for column in ["0", "-9223372036854775808", "5"] {
      expectUserError(saying: "--label-column \(column)") {
        _ = try LabelledSeries.read(
          steps, .init(labelColumn: column), firstColumn: .label())
      }
    }
  }

  /// Also the first row, whatever it could be the names of.
  @Test(arguments: ["4,5,6,1\n1,2,3\n", "4,5,6,1\n1\n", "0,1,2\n4,5,6,1\n", "1\n4,5,6,1\n"])
  func rowsWithoutTheColumnOfLabelsAreRefused(_ text: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("a.csv", text)
    for firstColumn in [.number, .label(), .label(known: LabelSet(["1", "2"]))]
      as [LabelledSeries.FirstColumn]
    {
      expectUserError(saying: "there is no such column") {
        _ = try LabelledSeries.read(table: file, .init(labelColumn: "4"), firstColumn: firstColumn)
      }
    }
  }

  /// Whoever sees it can say that it is wrong.
  @Test(arguments: [
    ("label,0,1\na,5,6\nb,7,8\na,9,9\n", nil, "columns named by numbers"),
    (
      "0;1;2\n0;5;6,5\n1;0,5;8\n", nil,
      "columns named by numbers, fields between semicolons, decimal commas"
    ),
    ("0,1,2\n0,5,6\n1,5,8\n", nil, "the first row, 0, 1, 2 …, taken for an example"),
    ("a,1,2\nb,2,1.5\n", nil, nil), ("a;1;2\nb;2;1.5\n", nil, "fields between semicolons"),
    ("a\t1\t2,5\nb\t2\t1\n", nil, "fields between tabs, decimal commas"),
    ("a;1;2,5\nb;2;1\n", UInt8(ascii: ";"), "decimal commas"),
    (
      "id;time;x;label\na;0;1;u\nb;0;2,5;v\n", nil,
      "times in 'time', series told apart by 'id', fields between semicolons, decimal commas"
    ),
  ])
  func theLookOfATableIsTold(text: String, separator: UInt8?, look: String?) throws {
    let folder = try TemporaryFolder()
    let series = try LabelledSeries.read(
      folder.file("a.csv", text), SeriesForm(separator: separator), firstColumn: .label())
    #expect(series.look == look)
    #expect(try series.subset([0]).look == look)
  }

  @Test func theColumnsOfTextsAreTold() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("a.csv", "id;Review;sentiment\n1;\"a; b\";pos\n2;c;neg\n")
    #expect(
      try LabelledTexts.read(file).look
        == "texts in 'Review', labels in 'sentiment', fields between semicolons")
    let counted = TextColumns(text: "2", label: "3", separator: UInt8(ascii: ";"))
    #expect(try LabelledTexts.read(file, columns: counted).look == nil)
  }

  @Test func missingValuesAreFilledInIfSomethingStandsForThem() throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("a.csv", "a,NA,10,2,,4,30\nb,1,nan,null,6,?,8\na,1,2,3,4,5,6\n")
    func values(_ missing: MissingValues) throws -> [Float] {
      Array(
        try LabelledSeries.read(table: file, .init(features: 2, missing: missing)).sequences.values)
    }
    #expect(try values(.zero) == [0, 10, 2, 0, 4, 30, 1, 0, 0, 6, 0, 8, 1, 2, 3, 4, 5, 6])
    #expect(try values(.mean) == [3, 10, 2, 20, 4, 30, 1, 7, 1, 6, 1, 8, 1, 2, 3, 4, 5, 6])
    #expect(try values(.forward) == [2, 10, 2, 10, 4, 30, 1, 6, 1, 6, 1, 8, 1, 2, 3, 4, 5, 6])
    expectUserError(saying: "row 1, column 2: found 'NA', expected a finite number", "--missing") {
      _ = try values(.refuse)
    }
    let empty = try folder.file("b.csv", "a,1,NA\n")
    #expect(
      try LabelledSeries.read(table: empty, .init(features: 2, missing: .zero)).sequences.values
        == [1, 0])
    expectUserError(saying: "row 1, column 3: feature 2 of the sequence has no number at all") {
      _ = try LabelledSeries.read(table: empty, .init(features: 2, missing: .mean))
    }
  }

  @Test(arguments: [
    ("a,1\n\"b,2\na,3\n", "row 2, column 1: a quote begins that nothing closes"),
    ("a,\"1\"2\n", "row 1, column 2: found text behind the closing quote"),
    ("\"a\nb\",1\nc,x\n", "row 3, column 2: found 'x'"),
    ("a,1,2,\n", "row 1, column 4: found nothing"),
    ("a,NA\nb,1\n", "row 1, column 2: found 'NA'"),
    (
      "a;1.5\nb;2,5\n",
      "row 2, column 2: found '2,5', but other numbers of the table have a decimal point"
    ),
    ("a;1.234,5\nb;2,5\n", "row 1, column 2: found '1.234,5'"),
    ("a,\u{2212}1\n", "row 1, column 2: found '\u{2212}1'"),
    ("a,1\u{A0}000\n", "row 1, column 2: found"),
  ])
  func mistakesInTablesNameTheirPlace(text: String, message: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("bad.csv", text)
    expectUserError(saying: "bad.csv' " + message) { _ = try LabelledSeries.read(table: file) }
  }

  @Test(arguments: [
    ("a.csv", "a,1,2\n", ExampleForm.series), ("a.CSV", "label,x\na,1\n", .series),
    ("a.csv", "label,review\n1,good film\n0,\"bad, film\"\n", .textTable),
    ("a.csv", "text,label\na film,0\nthe film,1\n", .textTable),
    ("a.csv", "id,text,label\n1,film,0\n2,\"two\nlines\",1\n", .textTable),
    ("a.csv", "label,x\na,NA\nb,1\n", .series), ("a.csv", "a,x\n", .series),
    ("a.tsv", "1\t0.5\t-1e3\n2\tNaN\t7\n", .series), ("a.txt", "\n1\t2\t3\n", .series),
    ("a.tsv", "1\tgood film\n2\tbad\n", .textLines), ("a.tsv", "1\t2\n2\t3\n", .textLines),
    ("a", "1\t2\t3\n1\ta \"quote\tb\n", .textLines),
    // Twenty rows tell it.
    ("a.csv", "label,review\n" + String(repeating: "1,film\n", count: 19) + "0,7\n", .textTable),
    ("a.csv", "label,review\n" + String(repeating: "1,film\n", count: 18) + "0,7\n", .series),
  ])
  func theFormOfAFileIsFound(name: String, text: String, form: ExampleForm) throws {
    let folder = try TemporaryFolder()
    #expect(try ExampleForm.of(folder.file(name, text)) == form)
    #expect(try ExampleForm.of(folder.url) == .textLines)
  }

  private func idx(_ type: UInt8, _ sizes: [UInt32], _ data: [UInt8]) -> [UInt8] {
    [0, 0, type, UInt8(sizes.count)]
      + sizes.flatMap { size in (0..<4).map { UInt8(truncatingIfNeeded: size >> (24 - 8 * $0)) } }
      + data
  }

  @Test func imagesAndLabelsAreRead() throws {
    let folder = try TemporaryFolder()
    let images = try folder.file("images", idx(8, [3, 2, 2], Array(0..<10) + [255, 51]))
    let labels = try folder.file("labels", idx(8, [3], [10, 9, 10]))
    let data = try LabelledSeries.read(images: images, labels: labels)
    #expect(data.sequences.width == 2)
    #expect(Array(data.sequences.lengths) == [2, 2, 2])
    let last: [Float] = [8 / 255, 9 / 255, 1, 0.2]
    #expect(data.sequences[2].elementsEqual(last))
    #expect(data.targets == .classes([1, 0, 1], LabelSet(ordered: ["9", "10"])))
    let pixels = try LabelledSeries.read(images: images, labels: nil, features: 1)
    #expect(Array(pixels.sequences.lengths) == [4, 4, 4])
    #expect(pixels.targets == .none)
    expectUserError(saying: "--features 3", "divisor of the 4") {
      _ = try LabelledSeries.read(images: images, labels: nil, features: 3)
    }
    let unseen = try LabelledSeries.read(images: images, labels: labels, known: LabelSet(["9"]))
    #expect(unseen.unseen.names.first == "10")
    #expect(unseen.faults.first?.hasSuffix("the first '10' at '\(labels.path)' label 0") == true)
    let two = try folder.file("two", idx(8, [2], [1, 2]))
    expectUserError(saying: "two' holds 2 labels, expected 3") {
      _ = try LabelledSeries.read(images: images, labels: two)
    }
  }

  @Test func everyElementTypeIsRead() throws {
    let folder = try TemporaryFolder()
    func read(_ type: UInt8, _ data: [UInt8]) throws -> IDXFile {
      try IDXFile(contentsOf: folder.file("t\(type)", idx(type, [2], data)))
    }
    #expect(try read(0x09, [0xFF, 5]).numbers() == [-1, 5])
    #expect(try read(0x0B, [0xFF, 0xFE, 1, 0]).integers() == [-2, 256])
    #expect(try read(0x0C, [0xFF, 0xFF, 0xFF, 0xFD, 0, 1, 0, 0]).integers() == [-3, 65536])
    #expect(try read(0x0D, [0x3F, 0x80, 0, 0, 0xC0, 0, 0, 0]).numbers() == [1, -2])
    #expect(
      try read(0x0E, [0x3F, 0xF8, 0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0, 0, 0, 0, 0]).numbers()
        == [1.5, 2])
    expectUserError(saying: "element 1", "nan") {
      _ = try read(0x0D, [0x3F, 0x80, 0, 0, 0x7F, 0xC0, 0, 0]).numbers()
    }
    expectUserError(saying: "fractions") {
      _ = try read(0x0D, [0, 0, 0, 0, 0, 0, 0, 0]).integers()
    }
  }

  @Test func damagedImagesAreRefused() throws {
    let folder = try TemporaryFolder()
    let whole = idx(8, [3, 2, 2], Array(0..<12))
    for count in 0..<whole.count {
      let file = try folder.file("cut", whole[..<count])
      let error = #expect(throws: UserError.self) { try IDXFile(contentsOf: file) }
      #expect(error?.message.contains("cut'") == true)
      if count >= 16 {
        #expect(
          error?.message.contains("cut short: \(count - 16) bytes of data, expected 12") == true)
      }
    }
    func expect(_ bytes: [UInt8], _ message: String) throws {
      let file = try folder.file("bad", bytes)
      expectUserError(saying: message) { _ = try IDXFile(contentsOf: file) }
    }
    try expect(whole + [0], "too long: 13 bytes of data, expected 12 for 3 × 2 × 2")
    try expect([0x1F, 0x8B, 8, 0], "compressed and cut short")
    try expect([0, 0, 7, 1, 0, 0, 0, 1, 0], "begins with the bytes 00 00 07 01")
    try expect(idx(0x0E, [.max, .max, .max], []), "expected far more")
  }

  @Test func mnist1DIsRead() throws {
    guard let url = SharedData.url("mnist1d/train.csv") else {
      print("skipped: MNIST-1D is not there")
      return
    }
    let data = try LabelledSeries.read(table: url)
    #expect(data.count == 4_000)
    #expect(data.sequences.lengths.allSatisfy { $0 == 40 })
    guard case .classes(_, let labels) = data.targets else {
      Issue.record("no classes")
      return
    }
    #expect(labels.names == (0..<10).map(String.init))
    #expect(data.sequences[0].first == -0.332005667)
  }
}
