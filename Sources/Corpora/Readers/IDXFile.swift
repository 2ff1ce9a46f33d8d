import Compute
import Foundation

/// An array of numbers in the IDX format of the MNIST digits.
///
/// Bytes 0, 0, element type, rank; one big-endian 32-bit size a dimension; the elements, big-endian,
/// last dimension fastest. Source: LeCun, Cortes & Burges, "The MNIST database of handwritten
/// digits", file formats.
package struct IDXFile: Sendable {
  enum Element: UInt8 {
    case unsigned8 = 0x08
    case signed8 = 0x09
    case signed16 = 0x0B
    case signed32 = 0x0C
    case float32 = 0x0D
    case float64 = 0x0E

    var size: Int {
      switch self {
      case .unsigned8, .signed8: 1
      case .signed16: 2
      case .signed32, .float32: 4
      case .float64: 8
      }
    }
  }

  package let shape: [Int]
  let element: Element
  private let url: URL
  private let bytes: [UInt8]
  private let start: Int

  package var count: Int { shape.reduce(1, *) }

  /// Whether the first bytes, unpacked, are those of such a file. A folder is none.
  package static func isOne(_ url: URL) throws -> Bool {
    var isFolder: ObjCBool = false
    _ = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
    guard !isFolder.boolValue else { return false }
    let source = try UnpackedFile.open(url)
    return try withUnsafeTemporaryAllocation(byteCount: 4, alignment: 1) { start in
      try source.fill(start) == 4 && start[0] == 0 && start[1] == 0
        && Element(rawValue: start[2]) != nil && start[3] > 0
    }
  }

  /// Throws a `UserError` that names the file and what is wrong: another format, cut short or too long.
  package init(contentsOf url: URL) throws {
    let bytes = try UnpackedFile.open(url).rest()
    guard bytes.count >= 4, bytes[0] == 0, bytes[1] == 0, let element = Element(rawValue: bytes[2]),
      bytes[3] > 0
    else {
      let found = bytes.prefix(4).map {
        $0 < 16 ? "0\(String($0, radix: 16))" : String($0, radix: 16)
      }
      throw UserError(
        "'\(url.path)' is no IDX file: it begins with the bytes \(found.joined(separator: " ")), "
          + "expected 00 00, a type and a rank, as in 00 00 08 03",
        hint: "images and labels of MNIST end in '-ubyte'")
    }
    let rank = Int(bytes[3])
    let start = 4 + 4 * rank
    guard bytes.count >= start else {
      throw UserError(
        "'\(url.path)' is cut short: \(bytes.count) bytes, expected \(start) for the sizes alone",
        hint: "fetch it again")
    }
    let shape = (0..<rank).map { dimension in
      (0..<4).reduce(0) { $0 << 8 | Int(bytes[4 + 4 * dimension + $1]) }
    }
    let expected = shape.reduce((element.size, false)) { product, size in
      let (value, overflow) = product.0.multipliedReportingOverflow(by: size)
      return (value, product.1 || overflow)
    }
    guard !expected.1, bytes.count - start == expected.0 else {
      let sizes = shape.map(String.init).joined(separator: " × ")
      let state = expected.1 || bytes.count - start < expected.0 ? "cut short" : "too long"
      throw UserError(
        "'\(url.path)' is \(state): \(bytes.count - start) bytes of data, expected "
          + "\(expected.1 ? "far more" : String(expected.0)) for \(sizes)", hint: "fetch it again")
    }
    self.url = url
    self.bytes = bytes
    self.element = element
    self.shape = shape
    self.start = start
  }

  /// The elements as numbers; bytes without a sign as 0 ... 1, divided by 255.
  ///
  /// Throws a `UserError` for an element that is not finite.
  package func numbers() throws -> [Float] {
    try (0..<count).map { index in
      let value = number(index)
      guard value.isFinite else {
        throw UserError(
          "'\(url.path)' element \(index): found \(value), expected a finite number",
          hint: "missing values have to be filled in before")
      }
      return value
    }
  }

  /// The elements as whole numbers. Throws a `UserError` for a type with fractions.
  package func integers() throws -> [Int] {
    guard element != .float32, element != .float64 else {
      throw UserError(
        "'\(url.path)' holds numbers with fractions, expected whole numbers as labels",
        hint: "labels of MNIST begin with the bytes 00 00 08 01")
    }
    return (0..<count).map { Int(truncatingIfNeeded: signed($0)) }
  }

  /// The bytes of a file of the rows at `indices`, which lie along the first dimension, in their order.
  package func file(ofRows indices: [Int]) -> [UInt8] {
    let size = (bytes.count - start) / max(1, shape[0])
    var file = Array(bytes[..<start])
    for place in 0..<4 {
      file[4 + place] = UInt8(truncatingIfNeeded: indices.count >> (24 - 8 * place))
    }
    for index in indices { file += bytes[start + index * size..<start + (index + 1) * size] }
    return file
  }

  private func number(_ index: Int) -> Float {
    switch element {
    case .unsigned8: Float(bytes[start + index]) / 255
    case .signed8, .signed16, .signed32: Float(signed(index))
    case .float32: Float(bitPattern: UInt32(truncatingIfNeeded: word(index)))
    case .float64: Float(Double(bitPattern: word(index)))
    }
  }

  private func signed(_ index: Int) -> Int64 {
    switch element {
    case .signed8: Int64(Int8(truncatingIfNeeded: word(index)))
    case .signed16: Int64(Int16(truncatingIfNeeded: word(index)))
    case .signed32: Int64(Int32(truncatingIfNeeded: word(index)))
    default: Int64(truncatingIfNeeded: word(index))
    }
  }

  private func word(_ index: Int) -> UInt64 {
    (0..<element.size).reduce(0) { $0 << 8 | UInt64(bytes[start + element.size * index + $1]) }
  }
}

extension LabelledSeries {
  /// Reads images and their labels: a sequence an image, row after row of pixels.
  ///
  /// - `features`: numbers a step. Nil: one row of the image, so that 28 × 28 pixels are 28 steps;
  ///   1 reads pixel by pixel.
  /// - `labelsFile`: one whole number an image; nil for images that are to be predicted.
  /// - `known`: the labels of the training; nil takes those found, in order of size.
  ///
  /// Throws a `UserError` for files that do not fit each other.
  package static func read(
    images imagesFile: URL, labels labelsFile: URL?, features: Int? = nil, known: LabelSet? = nil
  ) throws -> LabelledSeries {
    let images = try IDXFile(contentsOf: imagesFile)
    guard images.shape.count >= 2, images.count > 0 else {
      throw UserError(
        "'\(imagesFile.path)' holds an array of "
          + images.shape.map(String.init).joined(separator: " × ")
          + ", expected images: number × height × width",
        hint: "name the file of images first, then the file of labels")
    }
    let (count, size) = (images.shape[0], images.count / images.shape[0])
    let width = features ?? images.shape[images.shape.count - 1]
    guard width > 0, size.isMultiple(of: width) else {
      throw UserError.usage(
        "--features \(width): expected a divisor of the \(size) numbers of an image")
    }
    let numbers = try images.numbers()
    var sequences = VectorSequences(width: width)
    for index in 0..<count { try sequences.append(numbers[index * size..<(index + 1) * size]) }
    guard let labelsFile else { return LabelledSeries(sequences: sequences, targets: .none) }

    let labels = try IDXFile(contentsOf: labelsFile)
    guard labels.shape == [count] else {
      throw UserError(
        "'\(labelsFile.path)' holds \(labels.shape.map(String.init).joined(separator: " × ")) "
          + "labels, expected \(count), one for each image of '\(imagesFile.path)'",
        hint: "take both files from the same part of the data")
    }
    let values = try labels.integers()
    let set = known ?? LabelSet(ordered: Set(values).sorted().map { String($0) })
    var unseen = UnseenLabels()
    let ids = values.enumerated().map { index, value in
      set.id(String(value))
        ?? unseen.id(String(value), behind: set, at: "'\(labelsFile.path)' label \(index)")
    }
    return LabelledSeries(
      sequences: sequences, targets: .classes(LongList(ids), set), unseen: unseen)
  }
}
