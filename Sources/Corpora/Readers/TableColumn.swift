/// A column of a table as a user says it: by its name, or by its number from 1.
enum TableColumn {
  /// The place of a column that is said by its number, from 0; nil for what is no such number.
  static func place(numbered text: String) -> Int? {
    Int(text).flatMap { $0 > 0 ? $0 - 1 : nil }
  }

  /// The place of a column in a table with these names, from 0; nil for none.
  static func place(of wanted: String, in header: [String]) -> Int? {
    header.firstIndex(of: wanted)
      ?? place(numbered: wanted).flatMap { header.indices.contains($0) ? $0 : nil }
  }

  /// How many columns at the front only number the rows, as pandas and R write the index of a table: they
  /// have no name, or one that those give to such a column when they read one.
  static func indexCount(in header: [String]) -> Int {
    let count = header.prefix {
      $0.isEmpty || $0 == "rownames"
        || $0.hasPrefix("Unnamed: ") && Double($0.dropFirst("Unnamed: ".count)) != nil
    }.count
    return count < header.count ? count : 0
  }

  /// Whether names are 0, 1, 2 …, as pandas gives them to columns that have none.
  static func areCounted(_ names: [String]) -> Bool {
    names.elementsEqual(names.indices.map(String.init))
  }

  /// Whether a field is a number, with a decimal point or comma.
  static func isNumber(_ text: String) -> Bool {
    Double(text) != nil || Double(text.replacing(",", with: ".")) != nil
  }

  /// Whether a field is a name: it holds a letter, and is no number. What `Double` reads but is not
  /// finite, as `inf`, is a mistake in a row of numbers.
  static func isName(_ text: String) -> Bool {
    text.contains(where: \.isLetter) && Double(text) == nil && !CSVNumbers.isMissing(text)
  }
}
