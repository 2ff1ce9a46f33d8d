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
  /// One line, without its end:
  /// `30%  [==>       ]  update 1200/4000  epoch 3.00  loss 1.4321  ppl 4.19  412k tok/s  lr 0.002`
  /// `norm 1.23  left 3:12`.
  ///
  /// - Parameter width: columns of a terminal; whole parts are left out until the line fits, and a bar
  ///   takes what room there is. Nil for any length and no bar.
  package static func line(
    _ snapshot: ProgressSnapshot, width: Int? = nil, color: Bool = false
  ) -> String {
    LinePart.line(parts(of: snapshot), width: width, color: color)
  }

  private static func parts(of snapshot: ProgressSnapshot) -> [LinePart] {
    let share = Double(snapshot.update) / Double(max(snapshot.totalUpdates, 1))
    let percent = Int(100 * min(max(share, 0), 1))
    let isAlarming = !snapshot.loss.isFinite
    var parts = [
      LinePart("", "\(percent)%", rank: 4),
      LinePart(bar: share, rank: 6),
      LinePart("update", "\(snapshot.update)/\(snapshot.totalUpdates)", rank: 0),
      LinePart("epoch", fixed(snapshot.epoch, 2), rank: 7),
      LinePart("loss", fixed(snapshot.loss, 4), rank: 1, isAlarming: isAlarming),
    ]
    if let (name, value) = snapshot.figure {
      parts.append(
        LinePart(name, significant(value), rank: 5, isAlarming: isAlarming))
    }
    if let rate = snapshot.tokensPerSecond {
      parts.append(LinePart("", count(rate) + " tok/s", rank: 3))
    }
    parts.append(LinePart("lr", significant(snapshot.learningRate), rank: 8))
    parts.append(
      LinePart(
        "norm", significant(snapshot.gradientNorm), rank: 9,
        isAlarming: !snapshot.gradientNorm.isFinite))
    if let left = snapshot.secondsLeft {
      parts.append(LinePart("left", duration(left), rank: 2))
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
