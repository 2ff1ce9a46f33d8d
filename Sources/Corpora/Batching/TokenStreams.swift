import Compute

/// Minibatches for truncated backpropagation through time: a stretch of a corpus cut into B streams
/// that run side by side, T steps an update, so that states carried from update to update always
/// continue the same text.
///
/// Of the N tokens of `range`, stream b is the L = (N − 1) / B (rounded down) tokens from b·L, and
/// the target of each is the next token of the text. At most B − 1 tokens at the end are unused, and
/// an epoch's last update is shorter if T does not divide L; no step is padded.
///
/// The place in the data is the number of the update and nothing else, so a resumed run goes on
/// exactly. Thread-safe: filling only reads.
package struct TokenStreams: Sendable {
  package let tokens: any TokenSource
  package let range: Range<Int>
  /// B: the streams, the rows of a minibatch.
  package let batchSize: Int
  /// T: the steps of every update but an epoch's last.
  package let stepCount: Int
  /// L: the steps of a stream in an epoch.
  package let streamLength: Int

  /// The updates of one epoch; the carried states start anew at each update 0.
  package var updatesPerEpoch: Int { (streamLength + stepCount - 1) / stepCount }

  /// The predicted tokens of one epoch.
  package var tokensPerEpoch: Int { batchSize * streamLength }

  /// Streams through `range` of `tokens`, or through all of them.
  ///
  /// Throws a usage `UserError` if there are too few tokens for one full update; it says which
  /// `--batch` and `--steps` would fit. `batchSize` and `stepCount` must be positive, and `range`
  /// within the tokens.
  package init(
    _ tokens: any TokenSource, range: Range<Int>? = nil, batchSize: Int, stepCount: Int
  ) throws {
    let range = range ?? 0..<tokens.count
    precondition(batchSize > 0 && stepCount > 0, "batch \(batchSize), steps \(stepCount)")
    precondition(
      range.lowerBound >= 0 && range.upperBound <= tokens.count,
      "tokens \(range) outside 0..<\(tokens.count)")
    let usable = max(0, range.count - 1)
    streamLength = usable / batchSize
    guard streamLength >= stepCount else {
      let largest = usable / stepCount
      let hint =
        if largest > 0 {
          "the largest --batch that fits with --steps \(stepCount) is \(largest)"
        } else if usable > 0 {
          "not even --batch 1 fits with --steps \(stepCount): "
            + "the largest --steps that fits with --batch 1 is \(usable)"
        } else {
          "one update needs at least two tokens"
        }
      throw UserError.usage(
        "\(range.count) tokens are too few for --batch \(batchSize) × --steps \(stepCount): "
          + "expected more than \(batchSize.multipliedReportingOverflow(by: stepCount).partialValue)",
        hint: hint)
    }
    self.tokens = tokens
    self.range = range
    self.batchSize = batchSize
    self.stepCount = stepCount
  }

  /// The steps of update `update` of an epoch: `stepCount`, or fewer in the last one.
  package func stepCount(ofUpdate update: Int) -> Int {
    precondition(
      update >= 0 && update < updatesPerEpoch, "update \(update) outside 0..<\(updatesPerEpoch)")
    return min(stepCount, streamLength - update * stepCount)
  }

  /// The tokens that a stream reads in an update of an epoch.
  package func tokens(ofStream stream: Int, update: Int) -> Range<Int> {
    let start = range.lowerBound + stream * streamLength + update * stepCount
    return start..<start + stepCount(ofUpdate: update)
  }

  /// Writes the ids of some streams in update `update` of an epoch, 0 ..< `updatesPerEpoch`, and returns its
  /// steps.
  ///
  /// - `streams` R of them; nil: all
  /// - `inputs`  [T, R] time-major: step t of the r-th stream at `t * R + r`
  /// - `targets` [T, R] the token after each input
  ///
  /// Both must hold `stepCount * R` elements. Cost: about 1 ns a token.
  ///
  /// - Parameter epoch: of a text that is another one in each.
  @discardableResult
  package func fill(
    update: Int, epoch: Int = 0, streams: [Int]? = nil, inputs: UnsafeMutablePointer<Int32>,
    targets: UnsafeMutablePointer<Int32>
  ) -> Int {
    let tokens = tokens.turned(to: epoch)
    let streams = streams ?? Array(0..<batchSize)
    for (row, stream) in streams.enumerated() {
      let read = self.tokens(ofStream: stream, update: update)
      tokens.copy(read, into: inputs + row, stride: streams.count)
      tokens.copy(
        read.lowerBound + 1..<read.upperBound + 1, into: targets + row, stride: streams.count)
    }
    expectNext(update, in: tokens)
    return stepCount(ofUpdate: update)
  }

  /// Tokens that the system is told of at a time.
  private static let readAhead = 1 << 16

  /// Where an update has reached another stretch of its stream: lets the system bring the next stretch.
  private func expectNext(_ update: Int, in tokens: any TokenSource) {
    let (start, end) = (update * stepCount, (update + 1) * stepCount)
    guard update == 0 || start / Self.readAhead < end / Self.readAhead else { return }
    for stream in 0..<batchSize {
      let first = range.lowerBound + stream * streamLength
      let next = min(streamLength, end)..<min(streamLength, end + 2 * Self.readAhead)
      tokens.expect(first + next.lowerBound..<first + next.upperBound)
    }
  }
}
