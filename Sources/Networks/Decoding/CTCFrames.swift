import Compute

/// What a network with a CTC output says of each frame: the log-probabilities of all classes.
package struct CTCFrames: Sendable, Equatable {
  package let classCount: Int
  /// `[frames, classes]`, natural logarithms.
  package let values: [Double]

  /// - Parameter logProbabilities: of each frame, as many as there are classes.
  package init(logProbabilities: [[Double]]) {
    let count = logProbabilities.first?.count ?? 0
    precondition(logProbabilities.allSatisfy { $0.count == count }, "frames differ in classes")
    classCount = count
    values = Array(logProbabilities.joined())
  }

  /// Takes the softmax of the logits of each frame.
  package init<S: MatrixElement>(logits: [[S]]) {
    self.init(
      logProbabilities: logits.map { frame in
        let shift = Rows.logSumExp(frame, count: frame.count)
        return frame.map { Double($0) - shift }
      })
  }

  package var count: Int { classCount > 0 ? values.count / classCount : 0 }

  /// The log-probabilities of one frame.
  package subscript(frame: Int) -> ArraySlice<Double> {
    values[frame * classCount..<(frame + 1) * classCount]
  }
}

/// One class a frame.
package struct CTCPath: Sendable, Equatable {
  package let classes: [Int]
  package let blank: Int
  /// Of this path alone, not of all paths with the same labels.
  package let logProbability: Double

  init(classes: [Int], blank: Int, logProbability: Double) {
    self.classes = classes
    self.blank = blank
    self.logProbability = logProbability
  }

  /// The most probable class of each frame; of equal ones the first. Source: Graves et al. (2006),
  /// "best path decoding".
  package init(greedy frames: CTCFrames, blank: Int = 0) {
    var (classes, sum) = ([Int](), 0.0)
    for frame in 0..<frames.count {
      let values = frames[frame]
      var best = values.startIndex
      for index in values.indices where values[index] > values[best] { best = index }
      classes.append(best - values.startIndex)
      sum += values[best]
    }
    self.init(classes: classes, blank: blank, logProbability: sum)
  }

  /// What is left when repeats are merged and blanks dropped.
  package var labels: [Int] {
    classes.indices.filter {
      classes[$0] != blank && ($0 == 0 || classes[$0] != classes[$0 - 1])
    }.map { classes[$0] }
  }
}
