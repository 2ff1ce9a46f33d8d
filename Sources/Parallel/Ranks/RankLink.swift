/// What joins the processes of one training: this one's place among them, and a way to swap bytes with another.
///
/// A process is called a rank here, as in MPI; it has threads of its own. Calls come one at a time, from
/// whichever thread.
package protocol RankLink: AnyObject, Sendable {
  /// 0 ..< `count`.
  var rank: Int { get }
  /// A power of two.
  var count: Int { get }
  /// That this process has sent to others.
  var sentBytes: Int { get }

  /// Sends `sent` to `partner`, which calls this too, and fills `received` with what it sends, of which both
  /// know the size. If the partner is gone, the process ends with a message: there is no going on.
  func exchange(
    _ sent: UnsafeRawBufferPointer, _ received: UnsafeMutableRawBufferPointer, with partner: Int)
}

extension RankLink {
  /// Swaps words whose number the other does not know: few of them at once with their number, so that they take
  /// one message.
  package func exchange(_ words: [UInt64], with partner: Int) -> [UInt64] {
    let first = Array(words.prefix(Self.wordsAtOnce))
    let packet = exchange(
      [UInt64(words.count)] + first
        + Array(repeating: 0, count: Self.wordsAtOnce - first.count),
      expecting: Self.wordsAtOnce + 1, with: partner)
    let count = Int(packet[0])
    let received = Array(packet[1...].prefix(count))
    guard max(words.count, count) > Self.wordsAtOnce else { return received }
    return received
      + exchange(
        Array(words.dropFirst(Self.wordsAtOnce)), expecting: count - received.count, with: partner)
  }

  /// Fits a small message of every network, and holds what ranks tell each other in most rounds.
  private static var wordsAtOnce: Int { 63 }

  private func exchange(_ words: [UInt64], expecting count: Int, with partner: Int) -> [UInt64] {
    var received = [UInt64](repeating: 0, count: count)
    words.withUnsafeBytes { sent in
      received.withUnsafeMutableBytes { exchange(sent, $0, with: partner) }
    }
    return received
  }

  /// What every rank has said, in their order, known to all of them: log₂ R rounds in which each rank doubles
  /// what it knows.
  package func gather(_ words: [UInt64]) -> [[UInt64]] {
    var known = [words]
    for level in 0..<count.trailingZeroBitCount {
      let sent = known.flatMap { [UInt64($0.count)] + $0 }
      var received = exchange(sent, with: rank ^ (1 << level))[...]
      var others: [[UInt64]] = []
      while let size = received.popFirst() {
        others.append(Array(received.prefix(Int(size))))
        received = received.dropFirst(Int(size))
      }
      known = rank >> level & 1 == 0 ? known + others : others + known
    }
    return known
  }

  /// Runs `body` in rank 0 first, then in the others, which find what it has left.
  package func inTurn<Result>(_ body: () throws -> Result) rethrows -> Result {
    if rank != 0 { meet() }
    let result = try body()
    if rank == 0 { meet() }
    return result
  }

  /// Returns when every rank has come here.
  package func meet() { _ = gather([]) }
}

extension RankLink {
  /// As `gather`, of texts.
  package func gather(text: String) -> [String] {
    gather(text.utf8.map { UInt64($0) }).map { words in
      String(decoding: words.map { UInt8(truncatingIfNeeded: $0) }, as: UTF8.self)
    }
  }
}
