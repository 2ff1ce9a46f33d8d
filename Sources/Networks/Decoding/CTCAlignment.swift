extension CTCPath {
  /// The most probable of all paths that become `labels`; nil if there are too few frames.
  ///
  /// Viterbi's algorithm over the states of `CTCLattice`. Cost: frames · labels.
  package init?(aligning labels: [Int], to frames: CTCFrames, blank: Int = 0) {
    let states = 2 * labels.count + 1
    func label(_ state: Int) -> Int { state % 2 == 0 ? blank : labels[state / 2] }
    var scores = [Double](repeating: -.infinity, count: states)
    /// How many states back the best path into each (frame, state) comes from.
    var steps: [[Int8]] = []
    for frame in 0..<frames.count {
      let values = frames[frame]
      var (next, back) = (scores, [Int8](repeating: 0, count: states))
      for state in 0..<states {
        var best = frame == 0 ? (state < 2 ? 0 : -.infinity) : scores[state]
        if frame > 0, state > 0, scores[state - 1] > best {
          (best, back[state]) = (scores[state - 1], 1)
        }
        let skips = state > 2 && state % 2 == 1 && label(state) != label(state - 2)
        if frame > 0, skips, scores[state - 2] > best {
          (best, back[state]) = (scores[state - 2], 2)
        }
        next[state] = best + values[values.startIndex + label(state)]
      }
      scores = next
      steps.append(back)
    }
    var state = states - 1
    if states > 1, scores[states - 2] > scores[state] { state = states - 2 }
    guard scores[state] > -.infinity || frames.count == 0 && labels.isEmpty else { return nil }
    let score = frames.count == 0 ? 0 : scores[state]
    var classes = [Int](repeating: blank, count: frames.count)
    for frame in (0..<frames.count).reversed() {
      classes[frame] = label(state)
      state -= Int(steps[frame][state])
    }
    self.init(classes: classes, blank: blank, logProbability: score)
  }
}
