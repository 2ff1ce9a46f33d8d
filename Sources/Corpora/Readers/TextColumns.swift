import Compute
import Foundation

/// Which columns of a table hold texts and their labels.
package struct TextColumns: Sendable, Equatable {
  /// By name or by number, from 1; nil: the column that is named like one.
  package var text: String?
  package var label: String?
  /// What stands between fields; nil: what the first rows look like.
  package var separator: UInt8?

  package init(text: String? = nil, label: String? = nil, separator: UInt8? = nil) {
    self.text = text
    self.label = label
    self.separator = separator
  }

  /// Whether a user says that the file is a table.
  package var describeTable: Bool { text != nil || label != nil || separator != nil }

  /// Whether a user counted both, so that there may be no row of names.
  var areCounted: Bool {
    [text, label].allSatisfy { $0.flatMap(TableColumn.place(numbered:)) != nil }
  }

  private static let textNames: Set<String> = [
    "text", "sentence", "review", "content", "comment", "tweet", "message", "body", "document",
    "description", "headline", "question", "utterance", "query", "name",
  ]
  private static let labelNames: Set<String> = [
    "label", "labels", "class", "category", "sentiment", "target", "intent", "tag", "topic",
    "rating",
    "stars", "polarity", "y",
  ]

  /// The column that is called like texts.
  static func text(in header: [String]) -> Int? {
    header.firstIndex { textNames.contains($0.lowercased()) }
  }

  /// The column that is called like a label of series; a `y` that is not the last one is a channel.
  package static func labelPlace(in header: [String]) -> Int? {
    header.indices.first {
      labelNames.contains(header[$0].lowercased())
        && (header[$0].lowercased() != "y" || $0 == header.count - 1)
    }
  }

  /// Whether one of two names is that of texts and the other that of labels.
  static func nameBoth(_ names: [String]) -> Bool {
    let names = names.map { $0.lowercased() }
    return names.contains(where: textNames.contains) && names.contains(where: labelNames.contains)
  }

  /// The places of both columns, from 0.
  ///
  /// - Parameter header: the names of the columns.
  func places(in header: [String], _ place: String) throws -> (text: Int, label: Int) {
    func find(_ wanted: String?, _ option: String, like names: Set<String>) throws -> Int? {
      let found =
        if let wanted {
          // Where there may be no names, what looks like one is a field of the first row.
          areCounted
            ? TableColumn.place(numbered: wanted).flatMap { $0 < header.count ? $0 : nil }
            : TableColumn.place(of: wanted, in: header)
        } else {
          header.firstIndex { names.contains($0.lowercased()) }
        }
      if let found {
        let name = header[found]
        guard areCounted || wanted ?? name != name || header.count(where: { $0 == name }) == 1
        else {
          throw UserError.usage(
            "\(place) has \(header.count { $0 == name }) columns called '\(name)'",
            hint: "say both columns by their numbers, as with --text-column 1 --label-column 2")
        }
        return found
      }
      guard let wanted else { return nil }
      throw UserError.usage(
        "\(option) \(wanted): \(place) has no such column",
        hint: "its columns are \(Self.list(header))")
    }
    var text = try find(text, "--text-column", like: Self.textNames)
    var label = try find(label, "--label-column", like: Self.labelNames)
    // Of two columns the other one is what is left.
    if header.count == 2 {
      text = text ?? label.map { 1 - $0 }
      label = label ?? text.map { 1 - $0 }
    }
    guard let text, let label, text != label else {
      throw UserError(
        "\(place): which columns hold texts and labels? Found \(Self.list(header))",
        hint:
          "name them with --text-column and --label-column; of a table of numbers --label-column "
          + "alone; or write lines 'label<TAB>text'")
    }
    return (text, label)
  }

  private static func list(_ header: [String]) -> String {
    header.prefix(12).map { "'\($0)'" }.joined(separator: ", ") + (header.count > 12 ? ", …" : "")
  }
}
