import Autodiff
import Compute
import Corpora
import Foundation
import Interchange
import Runs

/// What a file of vectors says of every word that a model may be asked about, trained or not.
///
/// In a run folder it is `vectors.safetensors`: `words`, each ended by a line feed, and `vectors`
/// `[words, dimension]`, F16 where they are many, which stay in the file until they are asked for.
struct FurtherVectors: Sendable {
  let words: WordTable
  private let rows: Rows

  private enum Rows: Sendable {
    case memory(VectorRows)
    case file(SafetensorsFile)
  }

  init(_ vectors: WordVectors) {
    words = vectors.otherWords
    rows = .memory(vectors.others)
  }

  /// The row of a word or, if it has none, of its lower-case form.
  func row(of word: String) -> Int? {
    words.index(of: Array(word.utf8)) ?? words.index(of: Array(word.lowercased().utf8))
  }
}

extension FurtherVectors: FurtherRows {
  var width: Int {
    switch rows {
    case .memory(let rows): rows.width
    case .file(let file): file.tensors[Self.vectorsName]?.shape.last ?? 0
    }
  }

  func row(_ index: Int) -> [Float] {
    switch rows {
    case .memory(let rows): rows.row(index)
    case .file(let file): Self.row(index, of: file)
    }
  }

  /// That row alone is read: the others stay in the file.
  private static func row(_ index: Int, of file: SafetensorsFile) -> [Float] {
    let tensor = file.tensors[vectorsName]
    let (isHalf, width) = (tensor?.type == .f16, tensor?.shape.last ?? 0)
    let size = width * (isHalf ? 2 : 4)
    func bits<Bits: FixedWidthInteger>(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> Bits {
      Bits(
        littleEndian: bytes.loadUnaligned(
          fromByteOffset: place * MemoryLayout<Bits>.size, as: Bits.self))
    }
    let values = try? file.withBytes(of: vectorsName, part: index * size..<(index + 1) * size) {
      bytes in
      (0..<width).map { place in
        isHalf ? HalfFloat.widen(bits(bytes, place)) : Float(bitPattern: bits(bytes, place))
      }
    }
    // The row was there when the file was opened: only a disk that fails has none.
    return values ?? [Float](repeating: 0, count: width)
  }
}

extension FurtherVectors: FileValue {
  private static let wordsName = "words"
  private static let vectorsName = "vectors"
  private static let formatKey = "unroll.vectors.format"
  private static let format = FileFormat(1)

  static func == (a: FurtherVectors, b: FurtherVectors) -> Bool {
    guard a.words.count == b.words.count else { return false }
    return (0..<a.words.count).allSatisfy {
      a.words.bytes($0) == b.words.bytes($0) && a.row($0) == b.row($0)
    }
  }

  func save(to url: URL) throws {
    var writer = SafetensorsWriter(metadata: [Self.formatKey: "\(Self.format.current)"])
    let bytes = (0..<words.count).flatMap { words.bytes($0) + [0x0A] }
    writer.add(Self.wordsName, type: .u8, shape: [bytes.count], bytes: bytes)
    switch rows {
    case .memory(let rows):
      let shape = [rows.count, rows.width]
      if let halves = rows.halves {
        writer.add(Self.vectorsName, type: .f16, shape: shape) { body in
          try halves.withUnsafeBytes { try body($0) }
        }
      } else {
        writer.add(Self.vectorsName, shape: shape, floats: rows.floats)
      }
    case .file(let file):
      let tensor = try file.tensor(Self.vectorsName)
      writer.add(Self.vectorsName, type: tensor.type, shape: tensor.shape) { body in
        try file.withBytes(of: Self.vectorsName, body)
      }
    }
    try writer.write(to: url)
  }

  init(contentsOf url: URL) throws {
    let file = try SafetensorsFile.open(url)
    try Self.format.check(file.metadata[Self.formatKey].map { Int($0) ?? 0 }, of: url)
    let vectors = try file.tensor(Self.vectorsName)
    var words = WordTable()
    try file.withBytes(of: Self.wordsName) { bytes in
      for word in bytes.split(separator: 0x0A) { _ = words.insert(Array(word)) }
    }
    guard vectors.shape.count == 2, words.count == vectors.shape[0],
      [.f16, .f32].contains(vectors.type)
    else {
      throw UserError(
        "'\(url.path)' holds \(words.count) words and vectors of shape \(vectors.shape)",
        hint: "take the file from the run again, or train anew")
    }
    self.words = words
    rows = .file(file)
  }
}
