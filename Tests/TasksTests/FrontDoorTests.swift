import Foundation
import TestSupport
import Testing

/// The guides say what the examples do, which `make examples` builds and runs from outside the package.
@Suite struct FrontDoorTests {
  /// Every block of Swift in the catalogue stands in an example or in README.md, word for word.
  @Test func guidesShowTheExamples() throws {
    let root = SharedData.packageRoot
    let sources = try swiftFiles(root.appendingPathComponent("Examples/Sources"))
      .map { try String(contentsOf: $0, encoding: .utf8) }
    let all =
      sources + [
        try String(contentsOf: root.appendingPathComponent("README.md"), encoding: .utf8)
      ]
    let catalogue = root.appendingPathComponent("Sources/Unroll/Unroll.docc")
    var count = 0
    for page in try FileManager.default.contentsOfDirectory(atPath: catalogue.path).sorted() {
      let text = try String(contentsOf: catalogue.appendingPathComponent(page), encoding: .utf8)
      for block in text.matches(of: /```swift\n((?:.|\n)*?)```/).map({ String($0.1) }) {
        count += 1
        #expect(all.contains { $0.contains(block) }, "\(page) shows\n\(block)")
      }
    }
    #expect(count > 15)
  }

  /// A model and its training loop take no more than forty lines.
  @Test func ownModelIsShort() throws {
    let url = SharedData.packageRoot.appendingPathComponent("Examples/Sources/OwnModel/main.swift")
    let lines = try String(contentsOf: url, encoding: .utf8).split(
      separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.count <= 41)
  }

  private func swiftFiles(_ folder: URL) throws -> [URL] {
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    return files?.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" } ?? []
  }
}
