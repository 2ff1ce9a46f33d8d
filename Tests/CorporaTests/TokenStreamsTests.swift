import Corpora
import Foundation
import TestSupport
import Testing

struct TokenStreamsTests {
  /// A byte corpus whose token at place p is `p % 251`.
  private func corpus(_ folder: TemporaryFolder, count: Int) throws -> TokenStore {
    let file = try folder.file("bytes", (0..<count).map { UInt8($0 % 251) })
    return try CorpusTokenizer.tokenize(
      files: [file], .init(.byte), cacheFolder: folder.cache, threads: 2
    ).tokens
  }

  @Test func streamsCoverTheTextInTimeMajorOrder() throws {
    let folder = try TemporaryFolder()
    let range = 100..<337  // 237 tokens: 3 streams of 78, two tokens unused
    let streams = try TokenStreams(
      corpus(folder, count: 500), range: range, batchSize: 3, stepCount: 7)
    #expect(streams.streamLength == 78)
    #expect(streams.updatesPerEpoch == 12)
    #expect(streams.tokensPerEpoch == 234)
    var seen = [[Int32]](repeating: [], count: 3)
    for update in 0..<streams.updatesPerEpoch {
      var inputs = [Int32](repeating: -1, count: 21)
      var targets = [Int32](repeating: -1, count: 21)
      let steps = streams.fill(update: update, inputs: &inputs, targets: &targets)
      #expect(steps == (update == 11 ? 1 : 7))
      #expect(steps == streams.stepCount(ofUpdate: update))
      for step in 0..<steps {
        for stream in 0..<3 {
          seen[stream].append(inputs[step * 3 + stream])
          #expect((inputs[step * 3 + stream] + 1) % 251 == targets[step * 3 + stream])
        }
      }
      #expect(inputs[(steps * 3)...].allSatisfy { $0 == -1 })
    }
    for stream in 0..<3 {
      #expect(seen[stream] == (0..<78).map { Int32((100 + 78 * stream + $0) % 251) })
    }
  }

  @Test func tooFewTokensNameWhatWouldFit() throws {
    let folder = try TemporaryFolder()
    let tokens = try corpus(folder, count: 641)
    #expect(try TokenStreams(tokens, batchSize: 10, stepCount: 64).updatesPerEpoch == 1)
    expectUserError(
      saying: "641 tokens", "--batch 11", "--steps 64",
      "the largest --batch that fits with --steps 64 is 10"
    ) {
      _ = try TokenStreams(tokens, batchSize: 11, stepCount: 64)
    }
    expectUserError(saying: "not even --batch 1", "--steps that fits with --batch 1 is 640") {
      _ = try TokenStreams(tokens, batchSize: 2, stepCount: 641)
    }
    expectUserError(saying: "at least two tokens") {
      _ = try TokenStreams(tokens, range: 5..<6, batchSize: 1, stepCount: 1)
    }
    expectUserError(saying: "largest --batch") {
      _ = try TokenStreams(tokens, batchSize: .max, stepCount: 2)
    }
  }
}
