import Corpora
import Foundation
import Synchronization
import TestSupport
import Testing

struct DatasetTests {
  private static let text = String(repeating: "some text\n", count: 50)

  /// A manifest of one data set that is served from a file.
  private func manifest(_ folder: TemporaryFolder, serving text: String = text) throws
    -> DatasetManifest
  {
    let source = try folder.file("served.txt", text)
    return DatasetManifest(datasets: [try dataset(url: source.absoluteString)])
  }

  private func dataset(
    url: String, file: String = "small.txt", sha256: String? = nil, members: [String]? = nil
  ) throws -> Dataset {
    let content: [String: Any] = [
      "name": "small", "url": url, "file": file, "bytes": Self.text.utf8.count,
      "sha256": sha256 ?? SHA256.hexadecimal(of: Array(Self.text.utf8)), "licence": "free for all",
      "description": "a small one",
    ]
    var all = content
    all["members"] = members
    return try JSONDecoder().decode(
      Dataset.self, from: JSONSerialization.data(withJSONObject: all))
  }

  @Test func aDataSetIsFetchedAndItsLicenceShown() throws {
    let folder = try TemporaryFolder()
    let lines = Mutex<[String]>([])
    let reporter: @Sendable (String) -> Void = { line in lines.withLock { $0.append(line) } }
    let fetcher = DatasetFetcher(manifest: try manifest(folder), report: reporter)
    let files = try fetcher.fetch("small", into: folder.cache)
    #expect(files.map(\.lastPathComponent) == ["small.txt"])
    #expect(try String(contentsOf: files[0], encoding: .utf8) == Self.text)
    #expect(lines.withLock { $0 }.contains { $0.contains("free for all") })
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.cache.path) == ["small.txt"])
  }

  @Test(arguments: [200, 500])
  func anInterruptedDownloadGoesOn(already: Int) throws {
    let folder = try TemporaryFolder()
    // The served start differs from the part: only a download that goes on gives the right text.
    let served = String(repeating: "#", count: 100) + Self.text.dropFirst(100)
    let fetcher = DatasetFetcher(manifest: try manifest(folder, serving: served))
    try FileManager.default.createDirectory(at: folder.cache, withIntermediateDirectories: true)
    _ = try folder.file("cache/small.txt.part", String(Self.text.prefix(already)))
    let files = try fetcher.fetch("small", into: folder.cache)
    #expect(try String(contentsOf: files[0], encoding: .utf8) == Self.text)
  }

  @Test func anotherContentIsRefused() throws {
    let folder = try TemporaryFolder()
    let fetcher = DatasetFetcher(manifest: try manifest(folder, serving: "something else"))
    expectUserError(saying: "not the published small", "SHA-256", "run again") {
      _ = try fetcher.fetch("small", into: folder.cache)
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.cache.path) == [])
    // Placed by hand, it is not deleted.
    let placed = try folder.file("cache/small.txt", "something else")
    expectUserError(saying: placed.path, "delete it") {
      _ = try fetcher.fetch("small", into: folder.cache)
    }
    #expect(FileManager.default.fileExists(atPath: placed.path))
  }

  @Test func withoutANetworkAFileCanBePlacedByHand() throws {
    let folder = try TemporaryFolder()
    // Nobody listens on port 1 of this machine.
    let fetcher = DatasetFetcher(
      manifest: DatasetManifest(datasets: [try dataset(url: "http://127.0.0.1:1/small.txt")]))
    let place = folder.cache.appendingPathComponent("small.txt")
    expectUserError(saying: "no connection", "place the file by hand at '\(place.path)'") {
      _ = try fetcher.fetch("small", into: folder.cache)
    }
    _ = try folder.file("cache/small.txt", Self.text)
    #expect(try fetcher.fetch("small", into: folder.cache) == [place])
  }

  @Test func anArchiveIsUnpacked() throws {
    let folder = try TemporaryFolder()
    // A zip archive of "inner/text" with the stored bytes "hello zip\n", made with Python's zipfile.
    let base64 =
      "UEsDBBQAAAAAAAAAIQBIyRFICgAAAAoAAAAKAAAAaW5uZXIvdGV4dGhlbGxvIHppcApQSwECFAMUAAAAAAAAACEASM"
      + "kRSAoAAAAKAAAACgAAAAAAAAAAAAAAgAEAAAAAaW5uZXIvdGV4dFBLBQYAAAAAAQABADgAAAAyAAAAAAA="
    let archive = Array(try #require(Data(base64Encoded: base64)))
    let served = try folder.file("served.zip", archive)
    let sha256 = SHA256.hexadecimal(of: archive)
    func fetch(_ members: [String]) throws -> [URL] {
      let dataset = try dataset(
        url: served.absoluteString, file: "small.zip", sha256: sha256, members: members)
      return try DatasetFetcher(manifest: DatasetManifest(datasets: [dataset]))
        .fetch("small", into: folder.cache)
    }
    for _ in 0..<2 {
      let files = try fetch(["inner/text"])
      #expect(try files.map { try String(contentsOf: $0, encoding: .utf8) } == ["hello zip\n"])
    }
    expectUserError(saying: "cannot unpack 'missing'", "by hand") { _ = try fetch(["missing"]) }
  }

  @Test func anUnknownNameListsTheKnownOnes() {
    expectUserError(saying: "'text9'", "text8", "tiny-shakespeare") {
      _ = try DatasetManifest.standard.dataset("text9")
    }
  }

  /// The hashes of the manifest are those of files whose counts are the published ones.
  @Test(.enabled(if: SharedData.url("ptb") != nil, "the shared data is not here"))
  func theManifestDescribesTheRealFiles() throws {
    for (name, path) in [
      ("tiny-shakespeare", "tinyshakespeare/input.txt"), ("ptb-train", "ptb/ptb.train.txt"),
      ("ptb-valid", "ptb/ptb.valid.txt"), ("ptb-test", "ptb/ptb.test.txt"),
    ] {
      let dataset = try DatasetManifest.standard.dataset(name)
      let file = try #require(SharedData.url(path))
      #expect(try SHA256.hexadecimal(ofFile: file) == dataset.sha256)
      #expect(try Data(contentsOf: file).count == dataset.bytes)
    }
  }
}
