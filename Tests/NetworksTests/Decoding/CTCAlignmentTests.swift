import Foundation
import Testing
import Unroll

@Suite struct CTCAlignmentTests {
  /// All paths, the best for each label sequence.
  @Test(arguments: [0, 2])
  func findsTheBestPathOfTheLabels(blank: Int) throws {
    let frames = CTCFrames(
      logits: (0..<6).map { frame in
        (0..<3).map { 2 * sin(2.3 * Double(frame * 3 + $0) + 0.9) }
      })
    var best: [[Int]: (path: [Int], score: Double)] = [:]
    for number in 0..<729 {
      let path = (0..<6).map { number / [1, 3, 9, 27, 81, 243][$0] % 3 }
      let score = path.enumerated().reduce(0) { $0 + Array(frames[$1.offset])[$1.element] }
      let labels = path.indices.filter {
        path[$0] != blank && ($0 == 0 || path[$0] != path[$0 - 1])
      }.map { path[$0] }
      if score > best[labels]?.score ?? -.infinity { best[labels] = (path, score) }
    }
    for (labels, expected) in best {
      let path = try #require(CTCPath(aligning: labels, to: frames, blank: blank))
      #expect(path.classes == expected.path)
      #expect(abs(path.logProbability - expected.score) < 1e-12)
      #expect(path.labels == labels)
    }
    let labels = blank == 0 ? [1, 1, 1, 1] : [0, 0, 0, 0]
    #expect(CTCPath(aligning: labels, to: frames, blank: blank) == nil)
  }
}
