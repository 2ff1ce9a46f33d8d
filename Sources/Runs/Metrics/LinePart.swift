import Foundation

/// A part of a line of progress: `left 3:12`.
struct LinePart {
  let label: String
  let text: String
  /// Parts of a high rank go first where the line is too long.
  let rank: Int
  var isAlarming = false
  /// A share 0…1 that is drawn as a bar, in the room that the other parts leave; on terminals alone.
  var bar: Double?

  init(_ label: String = "", _ text: String, rank: Int, isAlarming: Bool = false) {
    self.label = label
    self.text = text
    self.rank = rank
    self.isAlarming = isAlarming
  }

  init(bar share: Double, rank: Int) {
    (label, text, self.rank) = ("", Self.bar(share, columns: Self.shortestBar), rank)
    bar = share
  }

  private static let gap = "  "
  private static let shortestBar = 10
  private static let longestBar = 32

  private var width: Int { label.isEmpty ? text.count : label.count + 1 + text.count }

  private static func width(_ parts: [LinePart]) -> Int {
    parts.map(\.width).reduce(0, +) + gap.count * max(0, parts.count - 1)
  }

  /// Whether no part has to be left out.
  static func fit(_ parts: [LinePart], width columns: Int?) -> Bool {
    columns.map { width(parts) <= $0 } ?? true
  }

  /// The parts on one line, without its end.
  ///
  /// - Parameter width: columns; whole parts are left out until the line fits. Nil for any length.
  static func line(_ parts: [LinePart], width columns: Int?, color: Bool) -> String {
    var parts = parts
    if let columns {
      while width(parts) > columns, parts.count > 1,
        let last = parts.indices.max(by: { parts[$0].rank < parts[$1].rank })
      {
        parts.remove(at: last)
      }
      if width(parts) > columns {
        return String(parts.map(\.text).joined().prefix(max(0, columns)))
      }
    } else {
      parts.removeAll { $0.bar != nil }
    }
    let room = columns.map { min(longestBar, shortestBar + $0 - width(parts)) } ?? 0
    return parts.map { part in
      if let share = part.bar { return bar(share, columns: room) }
      let text = color && part.isAlarming ? "\u{1B}[31m\(part.text)\u{1B}[0m" : part.text
      if part.label.isEmpty { return text }
      return (color ? "\u{1B}[2m\(part.label)\u{1B}[0m" : part.label) + " " + text
    }.joined(separator: gap)
  }

  /// `[====>     ]`, of ASCII: a terminal need not know UTF-8.
  private static func bar(_ share: Double, columns: Int) -> String {
    let room = columns - 2
    let filled = Int((Double(room) * min(max(share, 0), 1)).rounded(.down))
    let head = filled < room ? ">" : ""
    return "[" + String(repeating: "=", count: filled) + head
      + String(repeating: " ", count: room - filled - head.count) + "]"
  }
}
