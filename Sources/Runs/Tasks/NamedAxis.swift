/// What the rows or the columns of a parameter stand for, where that differs from run to run: words,
/// labels, tags. Weights then go from run to run by name.
public struct NamedAxis: Sendable {
  public enum Side: Sendable { case rows, columns }

  public let parameter: String
  public let side: Side
  /// `word`, `label`: names of another kind are others, however they are spelt.
  public let kind: String
  /// One a row, or a column; of equal names the first counts.
  public let names: [String]

  public init(_ parameter: String, _ side: Side = .rows, kind: String, names: [String]) {
    self.parameter = parameter
    self.side = side
    self.kind = kind
    self.names = names
  }
}
