/// What was found of how a table is written, in words: who reads it otherwise than it was meant is to see so.
enum TableLook {
  /// `fields between semicolons, decimal commas`; nil for what goes without saying.
  ///
  /// - Parameters:
  ///   - separator: what stands between fields; nil where a user says it.
  ///   - columns: what the table's columns were taken for.
  static func words(
    separator: UInt8?, hasDecimalCommas: Bool = false, columns: String? = nil
  ) -> String? {
    let between: String? =
      switch separator {
      case UInt8(ascii: "\t"): "fields between tabs"
      case UInt8(ascii: ";"): "fields between semicolons"
      default: nil
      }
    let parts = [columns, between, hasDecimalCommas ? "decimal commas" : nil].compactMap(\.self)
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }
}
