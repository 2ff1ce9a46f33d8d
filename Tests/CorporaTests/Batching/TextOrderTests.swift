import Corpora
import Foundation
import TestSupport
import Testing

/// Lines and documents in shuffled order: each once an epoch, the same wherever one begins to ask.
@Suite struct TextOrderTests {
  /// Line i has i % 13 + 1 tokens, a document three to nine lines.
  private static func store(
    _ folder: TemporaryFolder, _ name: String = "a", lines: Int = 330
  ) throws -> TokenStore {
    var text = ""
    for line in 0..<lines {
      text += (0..<line % 13).map { "w\($0 % 3)" }.joined(separator: " ") + "\n"
    }
    var recipe = TokenStoreBuilder.Recipe(.word)
    recipe.documents = .blankLine
    return try TokenStoreBuilder.build(
      CorpusFiles([folder.file(name + ".txt", text)]), recipe,
      in: folder.url.appendingPathComponent(name), threads: 1)
  }

  private static func mixture(
    _ store: TokenStore, weight: Double = 1, range: Range<Int>? = nil
  ) -> TokenMixture {
    TokenMixture([.init(store, range: range, weight: weight)])
  }

  @Test func everyLineComesOnceAnEpoch() throws {
    let folder = try TemporaryFolder()
    let store = try Self.store(folder)
    var batches = try LineBatches(Self.mixture(store), batchSize: 8, pool: 3, seed: 5)
    #expect(batches.updatesPerEpoch == 42)
    let all = (0..<store.lineCount).map(store.line)
    var epochs: [[Range<Int>]] = []
    for epoch in 0..<2 {
      let lines = (0..<42).map { batches.batch(update: 42 * epoch + $0).map(\.tokens) }
      #expect(lines.allSatisfy { $0.map(\.count) == $0.map(\.count).sorted(by: >) })
      #expect(lines.map(\.count).sorted() == [2] + Array(repeating: 8, count: 41))
      // Lines of one minibatch are about equally long: 24 were sorted.
      let spread = lines.map { $0[0].count - $0[$0.count - 1].count }
      #expect(spread.reduce(0, +) < 42 * 6)
      epochs.append(lines.flatMap(\.self))
      #expect(epochs[epoch].sorted { $0.lowerBound < $1.lowerBound } == all)
    }
    #expect(zip(epochs[0], epochs[1]).count { $0 == $1 } < 30)
    #expect(batches.largestBatch.map(\.tokens.count) == Array(repeating: 13, count: 8))
  }

  /// Whether or not the system is told what comes next.
  @Test(arguments: [0, FileMemory.least]) func anyUpdateCanBeAskedFor(told least: Int) throws {
    try FileMemory.$least.withValue(least) { try askForAnyUpdate() }
  }

  private func askForAnyUpdate() throws {
    let folder = try TemporaryFolder()
    let store = try Self.store(folder)
    var lines = try LineBatches(Self.mixture(store), batchSize: 8, pool: 3, seed: 5)
    var documents = try DocumentStreams(
      Self.mixture(store), batchSize: 5, stepCount: 11, seed: 5)
    let updates = 0..<2 * max(lines.updatesPerEpoch, documents.updatesPerEpoch)
    let straight = updates.map { update in
      (
        lines.batch(update: update).map(\.tokens),
        documents.batch(update: update).map { "\($0.stream) \($0.tokens) \($0.isBeginning)" }
      )
    }
    for update in updates.reversed() where update % 3 != 1 {
      #expect(lines.batch(update: update).map(\.tokens) == straight[update].0)
      #expect(
        documents.batch(update: update).map { "\($0.stream) \($0.tokens) \($0.isBeginning)" }
          == straight[update].1)
    }
  }

  @Test func documentsAreReadToTheirEnds() throws {
    let folder = try TemporaryFolder()
    let store = try Self.store(folder)
    let (rows, steps) = (4, 9)
    var streams = try DocumentStreams(
      Self.mixture(store), batchSize: rows, stepCount: steps, seed: 3)
    let all = (0..<store.documentCount).map(store.document)
    for epoch in 0..<2 {
      var read = [[DocumentStreams.Segment]](repeating: [], count: rows)
      for update in 0..<streams.updatesPerEpoch {
        let batch = streams.batch(update: epoch * streams.updatesPerEpoch + update)
        #expect(batch.map(\.tokens.count) == batch.map(\.tokens.count).sorted(by: >))
        #expect(batch.count == rows || update == streams.updatesPerEpoch - 1)
        for segment in batch { read[segment.stream].append(segment) }
      }
      // Stream after stream: all documents, each from begin to end.
      let segments = read.flatMap(\.self)
      var documents: [Range<Int>] = []
      for segment in segments {
        #expect(
          segment.isDocumentStart == all.contains { $0.lowerBound == segment.tokens.lowerBound })
        if segment.isDocumentStart {
          documents.append(segment.tokens)
        } else {
          let last = documents[documents.count - 1]
          #expect(last.upperBound == segment.tokens.lowerBound)
          #expect(last.count % steps == 0)
          documents[documents.count - 1] = last.lowerBound..<segment.tokens.upperBound
        }
      }
      #expect(documents != all)
      #expect(documents.sorted { $0.lowerBound < $1.lowerBound } == all)
      // Where the states are zeros: at documents, and where a stream begins.
      for stream in read {
        for (place, segment) in stream.enumerated() {
          #expect(segment.isBeginning == (segment.isDocumentStart || place == 0))
        }
      }
    }
  }

  /// Half of the lines in one epoch, the others in the next; of a second store each line twice.
  @Test func weightsDrawAllEquallyOften() throws {
    let folder = try TemporaryFolder()
    let (one, two) = (try Self.store(folder), try Self.store(folder, "b", lines: 41))
    let mixture = TokenMixture([.init(one, weight: 0.5), .init(two, weight: 2)])
    let order = StretchOrder(mixture, of: .lines, seed: 9)
    #expect(order.count == 165 + 82)
    var seen = [[Int: Int]](repeating: [:], count: 2)
    for epoch in 0..<2 {
      let epoch = order.epoch(epoch)
      for place in 0..<order.count {
        let line = epoch[place]
        seen[line.store === one ? 0 : 1][line.tokens.lowerBound, default: 0] += 1
      }
    }
    #expect(seen[0].count == 330 && seen[0].values.allSatisfy { $0 == 1 })
    #expect(seen[1].count == 41 && seen[1].values.allSatisfy { $0 == 4 })
  }

  @Test func whatIsHeldOutIsNotDrawn() throws {
    let folder = try TemporaryFolder()
    let store = try Self.store(folder)
    let (training, heldOut) = Self.mixture(store).divided(holdingOut: 0.31)
    let border = training.count
    for unit in [StretchOrder.Unit.lines, .documents] {
      let drawn = StretchOrder(training, of: unit, seed: 1).all.map(\.tokens)
      #expect(drawn.map(\.upperBound).max() == border)
      let held = StretchOrder.covering(try #require(heldOut), unit).map(\.tokens)
      #expect(held.first?.lowerBound == border)
      #expect(held.reduce(0) { $0 + $1.count } == store.count - border)
      #expect(zip(held, held.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
    }
  }

  @Test func samplesAreSpreadOverTheText() throws {
    let folder = try TemporaryFolder()
    let store = try Self.store(folder)
    let sample = Self.mixture(store).sample(tokens: 200, stretch: 50)
    #expect(sample.parts.map(\.range.count) == [50, 50, 50, 50])
    #expect(sample.parts[0].range.lowerBound == 0)
    #expect(sample.parts[3].range.upperBound == store.count)
    #expect(
      zip(sample.parts, sample.parts.dropFirst()).allSatisfy {
        $0.range.upperBound < $1.range.lowerBound
      })
    #expect(Self.mixture(store).sample(tokens: store.count).parts.map(\.range) == [0..<store.count])
  }

  @Test func tooFewAreRefused() throws {
    let folder = try TemporaryFolder()
    let store = try Self.store(folder, lines: 12)
    expectUserError(saying: "too few for --batch 90", "--order stream") {
      _ = try DocumentStreams(Self.mixture(store), batchSize: 90, stepCount: 9, seed: 1)
    }
    expectUserError(saying: "there is no line", "larger weight") {
      _ = try LineBatches(Self.mixture(store, weight: 0.05), batchSize: 2, seed: 1)
    }
  }
}
