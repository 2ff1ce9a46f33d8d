/// One thing that TensorBoard shows, under a name such as `train/loss`.
package struct BoardSummary: Sendable {
  private enum Content: Sendable {
    case scalar(Double)
    case histogram(BoardHistogram)
    case text(String)
    case picture(Picture)
  }

  private let tag: String
  private let content: Content

  package static func scalar(_ tag: String, _ value: Double) -> BoardSummary {
    BoardSummary(tag: tag, content: .scalar(value))
  }

  package static func histogram(_ tag: String, _ values: BoardHistogram) -> BoardSummary {
    BoardSummary(tag: tag, content: .histogram(values))
  }

  /// Text, shown as it stands: TensorBoard would read it as Markdown, so every line is indented as code is.
  package static func text(_ tag: String, _ text: String) -> BoardSummary {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    return BoardSummary(
      tag: tag, content: .text(lines.map { "    " + $0 }.joined(separator: "\n")))
  }

  package static func picture(_ tag: String, _ picture: Picture) -> BoardSummary {
    BoardSummary(tag: tag, content: .picture(picture))
  }

  /// Field numbers of tensorflow/core/framework/summary.proto.
  var message: ProtobufMessage {
    var message = ProtobufMessage()
    message.add(1, tag)
    switch content {
    case .scalar(let value): message.add(2, Float(value))
    case .histogram(let histogram): message.add(5, histogram.message)
    case .picture(let picture):
      var image = ProtobufMessage()
      image.add(1, picture.height)
      image.add(2, picture.width)
      image.add(3, 3)
      image.add(4, bytes: picture.png)
      message.add(4, image)
    case .text(let text):
      var (plugin, metadata) = (ProtobufMessage(), ProtobufMessage())
      plugin.add(1, "text")
      metadata.add(1, plugin)
      var (size, shape, tensor) = (ProtobufMessage(), ProtobufMessage(), ProtobufMessage())
      size.add(1, 1)
      shape.add(2, size)
      // A string.
      tensor.add(1, 7)
      tensor.add(2, shape)
      tensor.add(8, text)
      message.add(8, tensor)
      message.add(9, metadata)
    }
    return message
  }
}

/// How often values fall where, in buckets of one width.
package struct BoardHistogram: Sendable, Equatable {
  package private(set) var count = 0
  package private(set) var least = 0.0
  package private(set) var largest = 0.0
  private var sum = 0.0
  private var squares = 0.0
  package private(set) var buckets: [Int]

  /// - Parameter values: those that are finite count.
  package init(_ values: UnsafeBufferPointer<Float>, buckets bucketCount: Int = 64) {
    var (least, largest) = (Float.infinity, -Float.infinity)
    for value in values where value.isFinite {
      least = min(least, value)
      largest = max(largest, value)
    }
    buckets = [Int](repeating: 0, count: bucketCount)
    guard least <= largest else { return }
    (self.least, self.largest) = (Double(least), Double(largest))
    let width = (self.largest - self.least) / Double(bucketCount)
    for value in values where value.isFinite {
      let value = Double(value)
      count += 1
      sum += value
      squares += value * value
      let place = width > 0 ? Int((value - self.least) / width) : 0
      buckets[min(place, bucketCount - 1)] += 1
    }
  }

  var message: ProtobufMessage {
    var message = ProtobufMessage()
    message.add(1, least)
    message.add(2, largest)
    message.add(3, Double(count))
    message.add(4, sum)
    message.add(5, squares)
    let width = (largest - least) / Double(buckets.count)
    message.add(6, packed: buckets.indices.map { least + width * Double($0 + 1) })
    message.add(7, packed: buckets.map(Double.init))
    return message
  }
}
