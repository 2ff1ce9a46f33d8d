import Foundation
import Testing

@Suite struct OptionsReferenceTests {
  /// After a change: `unroll options-reference > docs/options.md`.
  @Test func theCommittedPageIsTheOneOfTheSettings() throws {
    let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("../../docs/options.md")
    let written = try UnrollProcess.succeed(["options-reference"]).output
    #expect(try String(contentsOf: page, encoding: .utf8) == written)
  }
}
