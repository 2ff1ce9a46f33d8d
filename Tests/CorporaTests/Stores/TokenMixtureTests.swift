import Corpora
import Foundation
import TestSupport
import Testing

/// Stores that are trained on together, each as often as it weighs.
@Suite struct TokenMixtureTests {
  private func store(
    _ folder: TemporaryFolder, _ name: String, _ text: String, like other: TokenStore? = nil
  ) throws -> TokenStore {
    try TokenStoreBuilder.build(
      CorpusFiles([folder.file(name + ".txt", text)]),
      other.map { .init($0.vocabulary) } ?? .init(.character),
      in: folder.url.appendingPathComponent(name), threads: 1)
  }

  private func text(_ mixture: TokenMixture, epoch: Int) -> String {
    let tokens = mixture.turned(to: epoch)
    var ids = [Int32](repeating: -1, count: tokens.count)
    ids.withUnsafeMutableBufferPointer { ids in
      if let base = ids.baseAddress { tokens.copy(0..<tokens.count, into: base) }
    }
    #expect(ids == (0..<tokens.count).map { tokens[$0] })
    return mixture.parts[0].store.vocabulary.decode(ids)
  }

  @Test func weightsArePassesThatGoOn() throws {
    let folder = try TemporaryFolder()
    let letters = try store(folder, "letters", "abcdefg1234")
    _ = try store(folder, "digits", "1234", like: letters)
    let path = folder.url.path
    let mixture = try TokenMixture(named: ["\(path)/letters:0.5", "\(path)/digits:2.25"])
    #expect(
      (0..<4).map { text(mixture, epoch: $0) } == [
        "abcde123412341", "fg123234123412", "4abcd341234123", "efg12412341234",
      ])
    let plain = try TokenMixture(named: ["\(path)/digits", "\(path)/letters:1"])
    #expect((0..<2).map { text(plain, epoch: $0) } == ["1234abcdefg1234", "1234abcdefg1234"])
    let (training, heldOut) = plain.divided(holdingOut: 0.5)
    #expect(text(training, epoch: 0) == "12abcdef")
    #expect(try text(#require(heldOut), epoch: 0) == "34g1234")
    #expect(plain.divided(holdingOut: 0).heldOut == nil)
  }

  @Test func whatCannotBeMixedIsRefused() throws {
    let folder = try TemporaryFolder()
    let path = folder.url.path
    _ = try store(folder, "letters", "abcdefg")
    _ = try store(folder, "others", "1234")
    for weight in ["0", "-1", "nan", "inf", "-0.0", "1e7"] {
      expectUserError(saying: "letters' has the weight \(weight)", "above 0") {
        _ = try TokenMixture(named: ["\(path)/letters:\(weight)"])
      }
    }
    expectUserError(saying: "letters' leaves", "0.2", "larger weight") {
      _ = try TokenMixture(named: ["\(path)/letters:0.2"])
    }
    expectUserError(saying: "letters'", "others'", "different vocabularies", "7 and 4") {
      _ = try TokenMixture(named: ["\(path)/letters", "\(path)/others"])
    }
    expectUserError(saying: "gone' is no token store", "unroll tokenize") {
      _ = try TokenMixture(named: ["\(path)/gone"])
    }
    expectUserError(saying: "letters:much' is no token store") {
      _ = try TokenMixture(named: ["\(path)/letters:much"])
    }
  }
}
