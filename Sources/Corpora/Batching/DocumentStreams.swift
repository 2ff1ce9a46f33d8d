import Compute

/// Minibatches for truncated backpropagation through time over documents in an order that is another one in
/// every epoch: B streams side by side, T steps an update or as many as the document still has, and states
/// that begin anew with each document.
///
/// Documents are cut into segments of T tokens, their last ones shorter. The segments of an epoch, document
/// after document in its order, are dealt to the streams in B equal shares; so all epochs have equally many
/// updates, and a document that lies across a border begins anew there. Which segments an update has
/// follows from seed, epoch and place: going to another place than the next costs a walk along the
/// documents' lengths, and memory is that of B places.
package struct DocumentStreams: Sendable {
  package let order: StretchOrder
  package let batchSize: Int
  package let stepCount: Int
  package let updatesPerEpoch: Int
  package let tokensPerEpoch: Int
  private let segmentCount: Int
  private var cursor: Cursor?

  /// Tokens of a document that the system is told of before they are read.
  private static let readAhead = 1 << 16

  /// A part of a document that a stream reads in an update.
  package struct Segment {
    package let stream: Int
    package let store: TokenStore
    package let tokens: Range<Int>
    /// A document begins here.
    package let isDocumentStart: Bool
    /// States are zeros here: at the begin of a document, and of the stream.
    package let isBeginning: Bool
  }

  /// Where the streams are.
  private struct Cursor {
    let epoch: Int
    /// The place in the epoch of the update that comes next.
    var place: Int
    let order: StretchOrder.Epoch
    /// Of each stream: the document, and the segment in it.
    var documents: [(rank: Int, segment: Int)]
  }

  /// Throws a usage `UserError` if there are fewer segments than streams.
  package init(_ mixture: TokenMixture, batchSize: Int, stepCount: Int, seed: UInt64) throws {
    precondition(batchSize > 0 && stepCount > 0)
    order = StretchOrder(mixture, of: .documents, seed: seed)
    self.batchSize = batchSize
    self.stepCount = stepCount
    let first = order.epoch(0)
    segmentCount = (0..<order.count).reduce(0) { $0 + Self.segments(first[$1], stepCount) }
    guard segmentCount >= batchSize else {
      throw UserError.usage(
        "the documents have \(segmentCount) parts of up to \(stepCount) tokens, too few for --batch \(batchSize)",
        hint: "lower --batch or --steps, or use --order stream")
    }
    tokensPerEpoch = mixture.count
    updatesPerEpoch = (segmentCount - 1) / batchSize + 1
  }

  private static func segments(_ document: StretchOrder.Stretch, _ stepCount: Int) -> Int {
    (document.tokens.count - 1) / stepCount + 1
  }

  /// The segments of update `update`, counted from 0 over all epochs; longest first. Streams whose share is
  /// at its end have none.
  package mutating func batch(update: Int) -> [Segment] {
    let (epoch, place) = update.quotientAndRemainder(dividingBy: updatesPerEpoch)
    if cursor?.epoch != epoch || cursor?.place != place { cursor = walk(epoch, to: place) }
    guard var cursor else { return [] }
    var batch: [Segment] = []
    for stream in 0..<batchSize where share(of: stream).count > place {
      var (rank, segment) = cursor.documents[stream]
      // Of weights that are no whole numbers other documents are drawn in each epoch, and may be shorter.
      guard rank < order.count else { continue }
      let document = cursor.order[rank]
      let start = document.tokens.lowerBound + segment * stepCount
      batch.append(
        Segment(
          stream: stream, store: document.store,
          tokens: start..<min(start + stepCount, document.tokens.upperBound),
          isDocumentStart: segment == 0, isBeginning: segment == 0 || place == 0))
      segment += 1
      if segment == Self.segments(document, stepCount) { (rank, segment) = (rank + 1, 0) }
      if segment == 0, rank < order.count {
        let next = cursor.order[rank]
        next.store.expect(next.tokens.prefix(Self.readAhead))
        if rank + 1 < order.count { cursor.order.expect(rank + 1) }
      } else if segment > 0 {
        expectMore(of: document, segment)
      }
      cursor.documents[stream] = (rank, segment)
    }
    cursor.place += 1
    self.cursor = cursor
    return batch.enumerated().sorted {
      ($1.element.tokens.count, $0.offset) < ($0.element.tokens.count, $1.offset)
    }.map(\.element)
  }

  /// Where a document goes on past what was expected of it: more of it.
  private func expectMore(of document: StretchOrder.Stretch, _ segment: Int) {
    let (start, end) = (segment * stepCount, (segment + 1) * stepCount)
    guard start / Self.readAhead < end / Self.readAhead else { return }
    document.store.expect(document.tokens.dropFirst(end).prefix(Self.readAhead))
  }

  /// The segments of an epoch that a stream reads.
  private func share(of stream: Int) -> Range<Int> {
    stream * segmentCount / batchSize..<(stream + 1) * segmentCount / batchSize
  }

  private func walk(_ epoch: Int, to place: Int) -> Cursor {
    defer { order.expectNoOrder() }
    let order = order.epoch(epoch)
    var documents: [(rank: Int, segment: Int)] = []
    var (rank, passed) = (0, 0)
    for stream in 0..<batchSize {
      let wanted = share(of: stream).lowerBound + place
      while rank < self.order.count {
        let count = Self.segments(order[rank], stepCount)
        if passed + count > wanted { break }
        passed += count
        rank += 1
      }
      documents.append((rank, wanted - passed))
    }
    return Cursor(epoch: epoch, place: place, order: order, documents: documents)
  }
}
