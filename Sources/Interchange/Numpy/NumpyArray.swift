import Compute

/// An array of numbers or of text in numpy's own format, of any shape, as members of `.npz` archives are.
///
/// Source: numpy, `numpy/lib/format.py`; the letters of types are those of `numpy.dtype.str`.
package struct NumpyArray: Sendable, Equatable {
  package enum Elements: Sendable, Equatable {
    case numbers([Double])
    case texts([String])
  }

  /// Outermost first; empty for a single element.
  package let shape: [Int]
  /// The last dimension runs fastest.
  package let elements: Elements

  /// Reads the bytes of an `.npy` file: whole numbers, floating point, truth values, text (`U`, `S`); rows
  /// first.
  ///
  /// Throws a `UserError` that begins with `place`.
  package init(_ bytes: [UInt8], place: String) throws {
    func refuse(_ what: String, hint: String? = nil) -> UserError {
      UserError(
        "\(place) \(what)",
        hint: hint ?? "write it with numpy.save, numpy.savez or savez_compressed")
    }
    guard let header = NPYHeader(bytes) else { throw refuse("is no array of numpy") }
    guard !header.isFortranOrder || header.shape.count < 2 else {
      throw refuse("holds its columns first", hint: "save numpy.ascontiguousarray(array)")
    }
    guard !header.type.hasSuffix("O") else {
      throw refuse(
        "holds pickled objects, expected numbers or text",
        hint: "save numbers or text, as with array.astype(str)")
    }
    var count = 1
    for size in header.shape {
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard size >= 0, !overflow else { throw refuse("has the shape \(header.shape)") }
      count = product
    }
    shape = header.shape
    let type = header.type
    guard let kind = type.dropFirst().first, let width = Int(type.dropFirst(2)),
      1...1 << 28 ~= width,
      let order = type.first, "<>|=".contains(order)
    else { throw refuse("holds elements of type '\(type)', expected numbers or text") }
    let size = kind == "U" ? 4 * width : width
    guard size <= 1 << 30, count <= bytes.count / size, bytes.count - header.end == count * size
    else {
      throw refuse("does not hold the elements of its shape \(header.shape)")
    }
    let isBig = order == ">"
    func word(_ place: Int, _ width: Int) -> UInt64 {
      (0..<width).reduce(0) { value, index in
        let at = place + (isBig ? width - 1 - index : index)
        return value | UInt64(bytes[at]) << UInt64(8 * index)
      }
    }
    let places = (0..<count).map { header.end + $0 * size }
    switch (kind, width) {
    case ("f", 2):
      elements = .numbers(
        places.map { Double(HalfFloat.widen(UInt16(truncatingIfNeeded: word($0, 2)))) })
    case ("f", 4):
      elements = .numbers(
        places.map { Double(Float(bitPattern: UInt32(truncatingIfNeeded: word($0, 4)))) })
    case ("f", 8): elements = .numbers(places.map { Double(bitPattern: word($0, 8)) })
    case ("u", 1...8), ("b", 1): elements = .numbers(places.map { Double(word($0, width)) })
    case ("i", 1...8):
      let shift = UInt64(64 - 8 * width)
      elements = .numbers(
        places.map { Double(Int64(bitPattern: word($0, width) << shift) >> Int64(shift)) })
    // Shorter texts are filled up with zeros.
    case ("U", _):
      elements = .texts(
        places.map { place in
          let codes = (0..<width).map { UInt32(truncatingIfNeeded: word(place + 4 * $0, 4)) }
          var text = ""
          let end = codes.lastIndex { $0 != 0 }.map { $0 + 1 } ?? 0
          for code in codes[..<end] {
            text.unicodeScalars.append(UnicodeScalar(code) ?? "\u{FFFD}")
          }
          return text
        })
    case ("S", _):
      elements = .texts(
        places.map { place in
          let padded = bytes[place..<place + width]
          let end = padded.lastIndex { $0 != 0 }.map { $0 + 1 } ?? place
          return String(decoding: padded[..<end], as: UTF8.self)
        })
    default: throw refuse("holds elements of type '\(type)', expected numbers or text")
    }
  }
}
