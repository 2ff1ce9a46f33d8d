import Foundation

/// Where a training stands, for one line of progress.
public struct ProgressSnapshot: Sendable, Equatable {
  /// What the loss is turned into for people.
  public enum Measure: Sendable, Equatable {
    /// exp(loss), for words.
    case perplexity
    /// loss / ln 2, for characters and bytes.
    case bitsPerCharacter
  }

  /// Updates done.
  package var update: Int
  package var totalUpdates: Int
  /// Epochs done, with the fraction of the running one.
  package var epoch: Double
  /// Nats a token.
  package var loss: Double
  /// Nil: the loss alone.
  package var measure: Measure?
  package var learningRate: Double
  package var gradientNorm: Double
  /// Nil until known.
  package var tokensPerSecond: Double?
  /// Nil until known.
  package var secondsLeft: Double?

  package init(
    update: Int, totalUpdates: Int, epoch: Double, loss: Double, measure: Measure?,
    learningRate: Double, gradientNorm: Double, tokensPerSecond: Double? = nil,
    secondsLeft: Double? = nil
  ) {
    self.update = update
    self.totalUpdates = totalUpdates
    self.epoch = epoch
    self.loss = loss
    self.measure = measure
    self.learningRate = learningRate
    self.gradientNorm = gradientNorm
    self.tokensPerSecond = tokensPerSecond
    self.secondsLeft = secondsLeft
  }
}

extension ProgressSnapshot {
  /// The loss as people read it, and what that is called.
  fileprivate var figure: (name: String, value: Double)? {
    switch measure {
    case .perplexity: ("ppl", exp(loss))
    case .bitsPerCharacter: ("bpc", loss / log(2))
    case nil: nil
    }
  }
}

/// How a snapshot looks. A function of its arguments: no clock, no terminal.
package enum ProgressFormat {
  /// One part of the line. Parts of a high rank go first when the line is too long.
  private struct Part {
    let label: String, text: String, rank: Int
    var isAlarming = false

    var width: Int { label.isEmpty ? text.count : label.count + 1 + text.count }
  }

  private static let gap = "  "

  /// One line, without its end:
  /// `30%  update 1200/4000  epoch 3.00  loss 1.4321  ppl 4.19  412k tok/s  lr 0.002  norm 1.23`
  /// `left 3:12`.
  ///
  /// - Parameter width: columns; whole parts are left out until the line fits. Nil for any length.
  package static func line(
    _ snapshot: ProgressSnapshot, width: Int? = nil, color: Bool = false
  ) -> String {
    var parts = parts(of: snapshot)
    if let width {
      while total(parts) > width,
        let last = parts.indices.max(by: { parts[$0].rank < parts[$1].rank }),
        parts.count > 1
      {
        parts.remove(at: last)
      }
      if total(parts) > width { return String(parts.map(\.text).joined().prefix(max(0, width))) }
    }
    return parts.map { part in
      let text = color && part.isAlarming ? "\u{1B}[31m\(part.text)\u{1B}[0m" : part.text
      if part.label.isEmpty { return text }
      return (color ? "\u{1B}[2m\(part.label)\u{1B}[0m" : part.label) + " " + text
    }.joined(separator: gap)
  }

  private static func total(_ parts: [Part]) -> Int {
    parts.map(\.width).reduce(0, +) + gap.count * max(0, parts.count - 1)
  }

  private static func parts(of snapshot: ProgressSnapshot) -> [Part] {
    let share = Double(snapshot.update) / Double(max(snapshot.totalUpdates, 1))
    let percent = Int(100 * min(max(share, 0), 1))
    let isAlarming = !snapshot.loss.isFinite
    var parts = [
      Part(label: "", text: "\(percent)%", rank: 5),
      Part(label: "update", text: "\(snapshot.update)/\(snapshot.totalUpdates)", rank: 0),
      Part(label: "epoch", text: fixed(snapshot.epoch, 2), rank: 6),
      Part(label: "loss", text: fixed(snapshot.loss, 4), rank: 1, isAlarming: isAlarming),
    ]
    if let (name, value) = snapshot.figure {
      parts.append(
        Part(label: name, text: significant(value), rank: 4, isAlarming: isAlarming))
    }
    if let rate = snapshot.tokensPerSecond {
      parts.append(Part(label: "", text: count(rate) + " tok/s", rank: 3))
    }
    parts.append(Part(label: "lr", text: significant(snapshot.learningRate), rank: 7))
    parts.append(
      Part(
        label: "norm", text: significant(snapshot.gradientNorm), rank: 8,
        isAlarming: !snapshot.gradientNorm.isFinite))
    if let left = snapshot.secondsLeft {
      parts.append(Part(label: "left", text: duration(left), rank: 2))
    }
    return parts
  }

  /// `3:12`, `1:03:12`, `2d 04:10`; `-` for what is no time.
  package static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e9 else { return "-" }
    let whole = Int(seconds.rounded())
    func two(_ value: Int) -> String { (value < 10 ? "0" : "") + String(value) }
    let (hours, minutes) = (whole / 3600, whole / 60 % 60)
    if hours >= 24 { return "\(hours / 24)d \(two(hours % 24)):\(two(minutes))" }
    let rest = two(whole % 60)
    return hours > 0 ? "\(hours):\(two(minutes)):\(rest)" : "\(minutes):\(rest)"
  }

  /// `812`, `41.2k`, `412k`, `1.20M`: three digits.
  package static func count(_ value: Double) -> String {
    guard value.isFinite else { return significant(value) }
    for (size, suffix) in [(1e9, "G"), (1e6, "M"), (1e3, "k")] where value >= 0.9995 * size {
      let scaled = value / size
      return fixed(scaled, scaled < 9.995 ? 2 : scaled < 99.95 ? 1 : 0) + suffix
    }
    return fixed(value, 0)
  }

  private static func fixed(_ value: Double, _ digits: Int) -> String {
    String(format: "%.\(digits)f", value)
  }

  private static func significant(_ value: Double) -> String { String(format: "%.3g", value) }
}
