import Compute
import Corpora
import Testing

@Suite struct AdditionPairsTests {
  /// Every unordered pair of terms once, and every sum right.
  @Test(arguments: [1, 2])
  func coversAllPairsOnce(digits: Int) throws {
    let pairs = try AdditionPairs(digits: digits, seed: 3)
    let limit = digits == 1 ? 10 : 100
    #expect(pairs.count == limit * (limit + 1) / 2)
    var seen = Set<[Int]>()
    var swapped = 0
    for index in 0..<pairs.count {
      let (source, target) = pairs.pair(index)
      let terms = source.split(separator: "+").compactMap { Int($0) }
      #expect(terms.count == 2 && terms.allSatisfy { (0..<limit).contains($0) })
      #expect(Int(target) == terms.reduce(0, +))
      #expect(seen.insert(terms.sorted()).inserted)
      if terms[0] > terms[1] { swapped += 1 }
    }
    #expect(Double(abs(2 * swapped - pairs.count)) < 0.4 * Double(pairs.count))
  }

  @Test func seedsAndDigitsDiffer() throws {
    func first(_ digits: Int, _ seed: UInt64) throws -> [String] {
      let pairs = try AdditionPairs(digits: digits, seed: seed)
      return (0..<20).map { pairs.pair($0).source }
    }
    #expect(try first(3, 1) == first(3, 1))
    #expect(try first(3, 1) != first(3, 2))
    let many = try AdditionPairs(digits: 9, seed: 1)
    let (source, target) = many.pair(many.count - 1)
    let terms = source.split(separator: "+").compactMap { Int($0) }
    #expect(terms.count == 2 && Int(target) == terms.reduce(0, +))
    for digits in [0, 10] {
      let error = #expect(throws: UserError.self) { try AdditionPairs(digits: digits, seed: 1) }
      #expect(error?.message == "--digits \(digits): expected 1 to 9")
    }
  }

  /// Terms are uniform: about a tenth is below a tenth of the range.
  @Test func termsAreUniform() throws {
    let pairs = try AdditionPairs(digits: 3, seed: 1)
    let terms = (0..<5000).flatMap {
      pairs.pair($0).source.split(separator: "+").compactMap { Int($0) }
    }
    let small = terms.count { $0 < 100 }
    #expect(abs(small - 1000) < 100)
    let mean = terms.reduce(0, +) / terms.count
    #expect(abs(mean - 499) < 15)
  }
}
