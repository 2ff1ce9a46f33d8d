import Foundation
import Unroll

/// Digits and their sums.
struct Sums: CountedSource, SequenceExamples {
  var digits: [[Int32]] = []
  var sums: [Float] = []

  init() {}

  /// Reads a file of `14<TAB>3 9 2` lines. Throws a `UserError` that names the first bad one.
  init(contentsOf url: URL) throws {
    let text: String
    do { text = try String(contentsOf: url, encoding: .utf8) } catch {
      throw UserError("cannot read '\(url.relativePath)'", hint: "check the path")
    }
    for (index, line) in text.split(whereSeparator: \.isNewline).enumerated() {
      let place = "'\(url.relativePath)' line \(index + 1)"
      let fields = line.split(separator: "\t")
      guard fields.count == 2, let sum = Float(fields[0]) else {
        throw UserError("\(place) is '\(line)', expected 'sum<TAB>digit digit …'")
      }
      sums.append(sum)
      digits.append(try Self.digits(String(fields[1]), place))
    }
  }

  static func digits(_ text: String, _ place: String) throws -> [Int32] {
    let digits = text.split(separator: " ").compactMap { $0.count == 1 ? Int32($0) : nil }
    guard !digits.isEmpty, digits.count == text.split(separator: " ").count else {
      throw UserError("\(place) holds '\(text)', expected digits with spaces between them")
    }
    return digits
  }

  var count: Int { digits.count }
  var lengths: [Int] { digits.map(\.count) }
  var sizeText: String { "\(count) sums" }

  func subset(_ indices: [Int]) -> Sums {
    var part = Sums()
    part.digits = indices.map { digits[$0] }
    part.sums = indices.map { sums[$0] }
    return part
  }

  mutating func append(_ other: Sums) {
    digits += other.digits
    sums += other.sums
  }
}
