import Compute
import Corpora

/// Finds the distinct texts that the rows of a minibatch refer to, such as words by their spelling or
/// sentences of stories: each is put on the tape once.
struct DistinctRows {
  /// For each text of the data its row in this minibatch; -1 between minibatches.
  private var rowOfText: [Int32] = []

  /// Replaces what refers to `texts` by rows, and gives the texts of these rows: longest first, equal
  /// lengths in the order of texts, the same whatever stood in the memory before.
  mutating func replace(
    _ references: UnsafeMutableBufferPointer<Int32>..., with texts: IDSequences
  ) -> [Int] {
    if rowOfText.count < texts.count { rowOfText = Array(repeating: -1, count: texts.count) }
    var distinct: [Int] = []
    for text in references.joined() where rowOfText[Int(text)] < 0 {
      rowOfText[Int(text)] = 0
      distinct.append(Int(text))
    }
    let starts = texts.starts
    func length(_ text: Int) -> Int { starts[text + 1] - starts[text] }
    distinct.sort { (length($1), $0) < (length($0), $1) }
    for (row, text) in distinct.enumerated() { rowOfText[text] = Int32(row) }
    for part in references {
      for index in part.indices { part[index] = rowOfText[Int(part[index])] }
    }
    for text in distinct { rowOfText[text] = -1 }
    return distinct
  }
}
