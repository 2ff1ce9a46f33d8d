import Compute
import Foundation
import Interchange
import TestSupport
import Testing

/// Arrays of every type that holds numbers or text.
@Suite struct NumpyArrayTests {
  /// What numpy writes before the elements, padded to 64 bytes as it is from version 1.0 on.
  private func file(_ type: String, _ shape: String, order: String = "False", _ hex: String)
    -> [UInt8]
  {
    let text = "{'descr': '\(type)', 'fortran_order': \(order), 'shape': \(shape), }"
    let size = 118
    let padding = [UInt8](repeating: 0x20, count: size - text.utf8.count - 1)
    var bytes =
      [0x93] + Array("NUMPY".utf8) + [1, 0, UInt8(size), 0] + Array(text.utf8) + padding + [0x0A]
    var digits = hex[...]
    while !digits.isEmpty {
      bytes.append(UInt8(digits.prefix(2), radix: 16) ?? 0)
      digits = digits.dropFirst(2)
    }
    return bytes
  }

  /// Elements as numpy 2 writes them: `a.tobytes().hex()`.
  @Test(arguments: [
    (
      "<i8", "(2, 3)",
      "0100000000000000feffffffffffffff030000000000000004000000000000000500000000000000a8fdffffffffffff",
      [2, 3] as [Int], NumpyArray.Elements.numbers([1, -2, 3, 4, 5, -600])
    ),
    (
      "<u2", "(2,)", "0000ffff",
      [2] as [Int], NumpyArray.Elements.numbers([0, 65535])
    ),
    (
      "|i1", "(3,)", "807f00",
      [3] as [Int], NumpyArray.Elements.numbers([-128, 127, 0])
    ),
    (
      "<f2", "(3,)", "00380dc0ff7b",
      [3] as [Int], NumpyArray.Elements.numbers([0.5, -2.025390625, 65504])
    ),
    (
      ">f4", "(2,)", "3f000000bfa00000",
      [2] as [Int], NumpyArray.Elements.numbers([0.5, -1.25])
    ),
    (
      "<f8", "()", "0000000000000440",
      [] as [Int], NumpyArray.Elements.numbers([2.5])
    ),
    (
      "|b1", "(2,)", "0100",
      [2] as [Int], NumpyArray.Elements.numbers([1, 0])
    ),
    (
      "<U4", "(2,)", "7500000070000000000000000000000064000000f6000000770000006e000000",
      [2] as [Int], NumpyArray.Elements.texts(["up", "döwn"])
    ),
    // Zeros inside a text are its own, those behind it fill it up.
    (
      "<U3", "(1,)", "750000000000000070000000",
      [1] as [Int], NumpyArray.Elements.texts(["u\0p"])
    ),
    (
      "|S4", "(2,)", "6100620000000000",
      [2] as [Int], NumpyArray.Elements.texts(["a\0b", ""])
    ),
    (
      "|S3", "(2,)", "61620078797a",
      [2] as [Int], NumpyArray.Elements.texts(["ab", "xyz"])
    ),
    (
      "<f4", "(2, 2, 2)", "000000000000803f0000004000004040000080400000a0400000c0400000e040",
      [2, 2, 2] as [Int], NumpyArray.Elements.numbers([0, 1, 2, 3, 4, 5, 6, 7])
    ),
  ])
  func elementsAreThoseOfNumpy(
    type: String, shape: String, hex: String, sizes: [Int], elements: NumpyArray.Elements
  ) throws {
    let array = try NumpyArray(file(type, shape, hex), place: "here")
    #expect(array.shape == sizes && array.elements == elements)
  }

  @Test(arguments: [
    ("<f4", "(2,)", "False", "00000000", "here does not hold the elements of its shape [2]"),
    ("<f4", "(-1,)", "False", "", "here has the shape [-1]"),
    ("<f4", "(1, 1)", "True", "00000000", "here holds its columns first"),
    ("|O", "(1,)", "False", "00", "holds pickled objects"),
    ("<c8", "(1,)", "False", "0000000000000000", "elements of type '<c8'"),
    ("<f16", "(1,)", "False", "00000000000000000000000000000000", "elements of type '<f16'"),
    ("<U", "(1,)", "False", "", "elements of type '<U'"),
    ("<U9223372036854775807", "(1,)", "False", "", "elements of type '<U9223372036854775807'"),
    (
      "<f8", "(4611686018427387904, 4)", "False", "",
      "here has the shape [4611686018427387904, 4]"
    ),
  ])
  func whatIsNoArrayIsRefused(
    type: String, shape: String, order: String, hex: String, message: String
  ) {
    expectUserError(saying: message) {
      _ = try NumpyArray(file(type, shape, order: order, hex), place: "here")
    }
  }

  @Test func aCutOffHeaderIsRefused() {
    let whole = file("<i8", "(0,)", "")
    for count in 0..<whole.count {
      expectUserError(saying: "here is no array of numpy") {
        _ = try NumpyArray(Array(whole[..<count]), place: "here")
      }
    }
    #expect(throws: Never.self) { try NumpyArray(whole, place: "here") }
  }

  /// Some rows of an array are an array of its type, whatever that is.
  @Test func rowsAreAnArray() throws {
    let texts = try NumpyRows(
      file("<U2", "(3,)", "610000006200000063000000000000006400000065000000"), place: "y")
    #expect(texts.count == 3)
    #expect(
      try NumpyArray(texts.file(of: [2, 0]), place: "y").elements == .texts(["de", "ab"]))
    let numbers = try NumpyRows(
      file("<u2", "(4, 1, 2)", "01000200030004000500060007000800"), place: "X")
    let some = try NumpyArray(numbers.file(of: [3, 1, 2]), place: "X")
    #expect(some.shape == [3, 1, 2])
    #expect(some.elements == .numbers([7, 8, 3, 4, 5, 6]))
    #expect(Set(numbers.spellings).count == 4)
    for (type, shape, order) in [
      ("<u2", "()", "False"), ("|O", "(1,)", "False"), ("<u2", "(1, 2)", "True"),
    ] {
      #expect(throws: UserError.self) {
        try NumpyRows(file(type, shape, order: order, "0100"), place: "X")
      }
    }
  }

  /// Headers of version 2 may be longer than those that rows are written with.
  @Test(arguments: [
    ("<V" + String(repeating: "1", count: 70_000), "(2,)"),
    ("<f4", "(2," + String(repeating: "1,", count: 30_000) + ")"),
  ])
  func headersBeyondNumpyAreNoArrays(type: String, shape: String) {
    let text = "{'descr': '\(type)', 'fortran_order': False, 'shape': \(shape), }\n"
    let size = withUnsafeBytes(of: UInt32(text.utf8.count).littleEndian, Array.init)
    let bytes = [0x93] + Array("NUMPY".utf8) + [2, 0] + size + Array(text.utf8) + [0, 0, 0, 0]
    expectUserError(saying: "x is no array of numpy") { _ = try NumpyRows(bytes, place: "x") }
  }
}
