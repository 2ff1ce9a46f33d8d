import Compute
import Corpora
import Foundation

/// What an example of each class weighs in the loss: 1 on average over the examples to train on.
struct ClassWeights {
  let values: [Float]

  /// - Parameters:
  ///   - setting: `none`, `balanced`, or a file.
  ///   - classes: of the examples to train on.
  ///   - admitsOthers: whether a file may have lines for labels that no example has.
  /// - Throws: a `UserError` that names the file and the line.
  init?(
    _ setting: String, _ labels: LabelSet, _ classes: some Collection<Int32>,
    admitsOthers: Bool = false
  ) throws {
    guard setting != "none", !classes.isEmpty else { return nil }
    let counts = LabelCounts(labels, classes).counts
    var weights = counts.map { $0 > 0 ? 1 / Double($0) : 0 }
    if setting != "balanced" {
      weights = try Self.read(URL(fileURLWithPath: setting), labels, admitsOthers: admitsOthers)
    }
    let sum = zip(weights, counts).reduce(0) { $0 + $1.0 * Double($1.1) }
    guard sum > 0 else {
      throw UserError(
        "'\(setting)' gives every example the weight 0", hint: "give some class a weight above 0")
    }
    values = weights.map { Float($0 * Double(classes.count) / sum) }
  }

  /// A weight for each label, from lines `label<TAB>weight`.
  private static func read(
    _ url: URL, _ labels: LabelSet, admitsOthers: Bool
  ) throws -> [Double] {
    let reader = try LineReader(url)
    var weights = [Double?](repeating: nil, count: labels.count)
    while let line = try reader.nextText() {
      if line.allSatisfy(\.isWhitespace) { continue }
      let place = "'\(url.path)' line \(reader.number)"
      guard let tab = line.lastIndex(of: "\t") else {
        throw UserError("\(place): found no tab, expected 'label<TAB>weight'")
      }
      let name = line[..<tab].trimmingCharacters(in: .whitespaces)
      let text = line[line.index(after: tab)...].trimmingCharacters(in: .whitespaces)
      let id = labels.id(name)
      guard id != nil || admitsOthers else { throw labels.unknown(name, at: place) }
      guard let weight = Double(text), weight >= 0, weight < 1e9 else {
        throw UserError("\(place): found the weight '\(text)', expected a number of at least 0")
      }
      guard let id else { continue }
      guard weights[Int(id)] == nil else {
        throw UserError("\(place): the label '\(name)' has a weight already")
      }
      weights[Int(id)] = weight
    }
    if let missing = weights.firstIndex(where: { $0 == nil }) {
      throw UserError(
        "'\(url.path)' has no weight for the label '\(labels.names[missing])'",
        hint: "give each label a line")
    }
    return weights.compactMap(\.self)
  }
}
