import Compute
import Foundation
import Interchange
import Measures
import Testing

/// Vectors and their names are one state: the old one or the new one.
@Suite final class CodeVectorsTests {
  private let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("unroll-\(UUID().uuidString)")
  private var url: URL { folder.appendingPathComponent("v.npy") }
  private var names: URL { folder.appendingPathComponent("v.txt") }

  init() throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// As many names in both, so that counting finds nothing.
  private let old = CodeVectors(names: ["a", "b b", "ç"], columns: 2, values: [1, 2, 3, 4, 5, 6])
  private let new = CodeVectors(
    names: ["x", "y", "z"], columns: 2, values: [-1, -2, -3, -4, -5, -6])

  private func read() throws -> (vectors: CodeVectors, told: [String]) {
    var told: [String] = []
    let vectors = try CodeVectors(contentsOf: url) { told.append($0) }
    return (vectors, told)
  }

  /// The job is cut off before its n-th call.
  @Test func aWriteThatIsCutOffLeavesAPair() throws {
    var (number, results) = (1, Set<Bool>())
    while true {
      try old.write(to: url)
      let count = Counter()
      let first = number
      let isDone =
        (try? FileSystem.withFaults({ _ in count.next() >= first ? .error(EIO) : nil }) {
          try new.write(to: url)
        }) != nil
      let (found, told) = try read()
      #expect(found == old || found == new, "call \(number)")
      #expect(!isDone || found == new && told.isEmpty)
      // The text may be the old one still: that is said, and does not matter.
      if try found == new && String(contentsOf: names, encoding: .utf8).hasPrefix("a") {
        #expect(told.count == 1 && told[0].contains("v.txt' does not belong to"))
        results.insert(true)
      }
      guard !isDone else { break }
      number += 1
    }
    #expect(number > 15 && !results.isEmpty)
  }

  /// Of a matrix that numpy saved, the names beside it count.
  @Test func aMatrixOfNumpyHasItsNamesBesideIt() throws {
    try NPYFile(rows: 3, columns: 2, values: new.values).write(to: url)
    #expect(throws: UserError.self) { try read() }
    try Data("x\ny\nz\n".utf8).write(to: names)
    #expect(try read().vectors == new)
    // As another system saves it.
    try Data("\u{FEFF}x\r\ny\r\nz\r\n".utf8).write(to: names)
    #expect(try read().vectors == new)
    try Data("x\ny\n".utf8).write(to: names)
    let error = #expect(throws: UserError.self) { try read() }
    #expect(error?.message.contains("holds 2 names") == true)
  }

  @Test func namesSavedByAnotherSystemBelongToTheirVectors() throws {
    try new.write(to: url)
    try Data("\u{FEFF}x\r\ny\r\nz\r\n".utf8).write(to: names)
    let (found, told) = try read()
    #expect(found == new && told == [])
  }

  /// What follows the elements is names with their digest, or the file is refused.
  @Test func everyChangeOfTheNamesIsFound() throws {
    try new.write(to: url)
    let whole = try Data(contentsOf: url)
    let end = whole.count - "x\ny\nz\n".utf8.count
    for place in (end - 30)..<whole.count {
      var bytes = whole
      bytes[place] ^= 1
      try bytes.write(to: url)
      #expect(throws: UserError.self, "byte \(place)") { try read() }
    }
    for length in (end - 30)..<whole.count {
      try whole.prefix(length).write(to: url)
      #expect(throws: UserError.self, "\(length) bytes") { try read() }
    }
  }

  private final class Counter: @unchecked Sendable {
    private var number = 0

    func next() -> Int {
      number += 1
      return number
    }
  }
}
