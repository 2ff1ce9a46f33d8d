import Compute

/// The paths of one row through time that spell its labels: each label held for one frame or more,
/// with any number of blanks before, between and after, and at least one between equal neighbours.
///
/// - T frames, U labels, S = 2U + 1 states: l' = blank, l_1, blank, …, l_U, blank
/// - e_t(k): log-probability of class k, for blank (0) and the labels (1 … U)
/// - forward: `α_t(s) = e_t(l'_s) + ln(α_(t-1)(s) + α_(t-1)(s-1) [+ α_(t-1)(s-2)])`, the last only
///   if l'_s is a label that differs from l'_(s-2); `-ln p = -ln(α_T(S) + α_T(S-1))`
/// - backward: β_t(s) likewise from the end, without e_t; a state's share of all paths is
///   `e^(α_t(s) + β_t(s) - ln p)`
/// - error: all in log space and in Double, whatever the network computes in, so that neither the
///   length nor a class of tiny probability costs accuracy
/// - cost: about 30 ns a state and frame. States that no path reaches any more are passed over.
/// - source: Graves, Fernández, Gomez & Schmidhuber, "Connectionist Temporal Classification" (2006)
struct CTCLattice {
  let frameCount: Int
  let labels: UnsafeBufferPointer<Int32>
  /// `[T, U + 1]`: e, to be written before `negativeLogLikelihood`.
  let emissions: UnsafeMutablePointer<Double>
  /// `[T, S]`.
  private let alpha: UnsafeMutablePointer<Double>
  /// `[S]`: β_(t+1) + e_(t+1), then β_t + e_t.
  private let later: UnsafeMutablePointer<Double>
  private let beta: UnsafeMutablePointer<Double>

  /// - Parameter memory: of `elementCount` numbers, contents undefined.
  init(
    frameCount: Int, labels: UnsafeBufferPointer<Int32>, memory: UnsafeMutablePointer<Double>
  ) {
    self.frameCount = frameCount
    self.labels = labels
    let states = 2 * labels.count + 1
    emissions = memory
    alpha = emissions + frameCount * (labels.count + 1)
    later = alpha + frameCount * states
    beta = later + states
  }

  static func elementCount(frameCount: Int, labelCount: Int) -> Int {
    let states = 2 * labelCount + 1
    return frameCount * (labelCount + 1 + states) + 2 * states
  }

  private var stateCount: Int { 2 * labels.count + 1 }

  /// The class of a state among the emissions: 0 for blank, otherwise one more than the label's
  /// place.
  @inline(__always)
  private func place(_ state: Int) -> Int { state & 1 == 0 ? 0 : state / 2 + 1 }

  /// Whether `state` may follow the state two before it: over a blank, to another label.
  @inline(__always)
  private func skips(_ state: Int) -> Bool {
    state & 1 == 1 && state >= 3 && labels[state / 2] != labels[state / 2 - 1]
  }

  /// States at `frame` that can be reached from the start and still reach the end.
  @inline(__always)
  private func states(_ frame: Int) -> Range<Int> {
    let low = max(0, stateCount - 2 * (frameCount - frame))
    return low..<max(low, min(stateCount, 2 * (frame + 1)))
  }

  /// Runs α through all frames; returns `-ln p`, infinite if no path has a probability.
  func negativeLogLikelihood() -> Double {
    let (count, classes) = (stateCount, labels.count + 1)
    let last = alpha + (frameCount - 1) * count
    for frame in 0..<frameCount {
      let (a, e) = (alpha + frame * count, emissions + frame * classes)
      a.update(repeating: -.infinity, count: count)
      if frame == 0 {
        for state in states(0) { a[state] = e[place(state)] }
        continue
      }
      let before = a - count
      for state in states(frame) {
        var sum = before[state]
        if state > 0 { sum = Scalar.logSum(sum, before[state - 1]) }
        if skips(state) { sum = Scalar.logSum(sum, before[state - 2]) }
        a[state] = sum + e[place(state)]
      }
    }
    return -(count > 1 ? Scalar.logSum(last[count - 1], last[count - 2]) : last[0])
  }

  /// Runs β back through all frames, after `negativeLogLikelihood`.
  ///
  /// - Parameter visit: called with every state on some path: its frame, the place of its label or -1
  ///   for blank, and its share of the probability of all paths.
  func forEachShare(
    negativeLogLikelihood: Double, _ visit: (_ frame: Int, _ place: Int, _ share: Double) -> Void
  ) {
    let (count, classes) = (stateCount, labels.count + 1)
    later.update(repeating: -.infinity, count: count)
    for frame in (0..<frameCount).reversed() {
      let (a, e) = (alpha + frame * count, emissions + frame * classes)
      let isLast = frame == frameCount - 1
      beta.update(repeating: -.infinity, count: count)
      for state in states(frame) {
        var sum: Double
        if isLast {
          sum = state >= count - 2 ? 0 : -.infinity
        } else {
          sum = later[state]
          if state + 1 < count { sum = Scalar.logSum(sum, later[state + 1]) }
          if state + 2 < count, skips(state + 2) { sum = Scalar.logSum(sum, later[state + 2]) }
        }
        let share = Scalar.exp(a[state] + sum + negativeLogLikelihood)
        visit(frame, place(state) - 1, share)
        beta[state] = sum + e[place(state)]
      }
      later.update(from: beta, count: count)
    }
  }
}
