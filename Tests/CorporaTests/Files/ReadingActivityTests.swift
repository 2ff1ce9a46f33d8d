import Compute
import Corpora
import Foundation
import Testing

/// Readers tell how far they are, in bytes of the file.
@Suite struct ReadingActivityTests {
  private func open(_ url: URL) -> Activity? {
    ActivityList.open.activities.last { $0.object == "'\(url.path)'" }
  }

  @Test(arguments: [70_000, 400_000])
  func readersTellHowFarTheyAre(lines: Int) throws {
    let folder = try TemporaryFolder()
    let url = try folder.file("text.txt", String(repeating: "a line\n", count: lines))
    let reader = try LineReader(url)
    _ = try reader.next()
    let activity = try #require(open(url))
    #expect(activity.total == 7 * lines && activity.unit == .bytes)
    var seen = [activity.done]
    while try reader.next() != nil {
      if activity.done != seen[seen.count - 1] { seen.append(activity.done) }
    }
    #expect(seen.count > 3 && seen == seen.sorted())
    #expect(seen[seen.count - 1] == 7 * lines)
    #expect(open(url) == nil, "ended with the file")
  }

  /// A file that is left before its end is no longer told of.
  @Test func whatIsGivenUpIsEnded() throws {
    let folder = try TemporaryFolder()
    let url = try folder.file("text.txt", String(repeating: "a line\n", count: 100_000))
    do {
      let reader = try LineReader(url)
      _ = try reader.next()
      #expect(open(url) != nil)
    }
    #expect(open(url) == nil)
  }
}
