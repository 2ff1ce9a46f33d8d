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
    let data = try LabelledSeries.read(table: file, features: 2)
    #expect(data.count == 3)
    #expect(data.sequences.lengths == [2, 1, 3])
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
    #expect(data.sequences.lengths == [2, 1])
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
    ("a,1\nb\n", 1, "row 2, column 2: found a sequence of length zero"),
    (",1,2\n", 1, "row 1, column 1: found nothing, expected a label"),
    ("a,1,2\nb,1,2,3\n", 2, "line 2: found 3 numbers, expected a multiple of 2"),
    ("label,x,y\n", 1, "holds no row of numbers"),
    ("c,1\n", 1, "row 1: unknown label 'c', expected one of the 2"),
  ])
  func mistakesNameRowAndColumn(text: String, features: Int, message: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.file("bad.csv", text)
    expectUserError(saying: "bad.csv'", message) {
      _ = try LabelledSeries.read(
        table: file, features: features, firstColumn: .label(known: LabelSet(["a", "b"])))
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
    #expect(data.sequences.lengths == [2, 2, 2])
    #expect(data.sequences[2] == [8 / 255, 9 / 255, 1, 0.2])
    #expect(data.targets == .classes([1, 0, 1], LabelSet(ordered: ["9", "10"])))
    let pixels = try LabelledSeries.read(images: images, labels: nil, features: 1)
    #expect(pixels.sequences.lengths == [4, 4, 4])
    #expect(pixels.targets == .none)
    expectUserError(saying: "--features 3", "divisor of the 4") {
      _ = try LabelledSeries.read(images: images, labels: nil, features: 3)
    }
    expectUserError(saying: "label 0: unknown label '10'") {
      _ = try LabelledSeries.read(images: images, labels: labels, known: LabelSet(["9"]))
    }
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
    try expect([0x1F, 0x8B, 8, 0], "compressed with gzip")
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
