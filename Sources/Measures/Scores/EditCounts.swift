import Interchange

/// The fewest substitutions, deletions and insertions that turn references into hypotheses, summed
/// over a corpus: word and character error rates.
///
/// Of several alignments with as few edits the one counts that, read from the end, prefers
/// substitutions to deletions and deletions to insertions.
package struct EditCounts: Sendable, Equatable {
  package private(set) var substitutions = 0
  /// Of the reference, missing in the hypothesis.
  package private(set) var deletions = 0
  /// In the hypothesis only.
  package private(set) var insertions = 0
  /// Tokens of all references.
  package private(set) var referenceCount = 0

  package init() {}

  package var errors: Int { substitutions + deletions + insertions }

  /// Errors a reference token; may exceed 1. Of empty references 0 without errors, else infinite.
  package var rate: Double {
    errors == 0 ? 0 : Double(errors) / Double(referenceCount)
  }

  /// Takes one pair into account. Cost: the product of the lengths.
  package mutating func add<T: Equatable>(reference: [T], hypothesis: [T]) {
    let width = hypothesis.count + 1
    var costs = [Int](repeating: 0, count: (reference.count + 1) * width)
    for j in 0..<width { costs[j] = j }
    for i in 1..<reference.count + 1 {
      costs[i * width] = i
      for j in 1..<width {
        let isEqual = reference[i - 1] == hypothesis[j - 1]
        costs[i * width + j] = min(
          costs[(i - 1) * width + j - 1] + (isEqual ? 0 : 1), costs[(i - 1) * width + j] + 1,
          costs[i * width + j - 1] + 1)
      }
    }
    var (i, j) = (reference.count, hypothesis.count)
    while i > 0 || j > 0 {
      let cost = costs[i * width + j]
      if i > 0, j > 0 {
        let isEqual = reference[i - 1] == hypothesis[j - 1]
        if cost == costs[(i - 1) * width + j - 1] + (isEqual ? 0 : 1) {
          if !isEqual { substitutions += 1 }
          (i, j) = (i - 1, j - 1)
          continue
        }
      }
      if i > 0, cost == costs[(i - 1) * width + j] + 1 {
        deletions += 1
        i -= 1
      } else {
        insertions += 1
        j -= 1
      }
    }
    referenceCount += reference.count
  }

  /// Rate and counts, for machines.
  package var json: JSONValue {
    .object([
      .init("rate", .number(rate)), .init("substitutions", .integer(substitutions)),
      .init("deletions", .integer(deletions)), .init("insertions", .integer(insertions)),
      .init("reference", .integer(referenceCount)),
    ])
  }
}
