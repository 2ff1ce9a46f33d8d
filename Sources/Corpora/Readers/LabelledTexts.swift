import Compute
import Foundation

/// Texts, each with the labels it carries: what classification of text learns from.
///
/// Three forms are read, all UTF-8:
/// - a file of lines `label<TAB>text`; further tabs belong to the text;
/// - a table whose first row names its columns (`TextColumns`): a `.csv`, or any file whose
///   columns a user names;
/// - a folder of files `LABEL.txt`, every line one text of that label; other files are left alone.
///
/// White space around labels and texts is dropped. Blank lines are skipped and counted, and so are labels
/// without a text: a sequence has at least one step.
public struct LabelledTexts: Sendable {
  package let labels: LabelSet
  package private(set) var empty: EmptyExamples
  package private(set) var unseen = UnseenLabels()
  private let all: LabelledTextReading
  /// The ids of all labels, by their numbers.
  private let ids: [Int32]
  /// Which of them are here; nil: all.
  private var chosen: LongList<Int>?

  public var count: Int { texts.count }
  package var texts: TextList { all.texts.choosing(chosen) }
  /// Lines that were skipped because they hold nothing.
  package var blankLineCount: Int { all.blankLineCount }
  /// How a table was found to be written, in words; nil for nothing to tell.
  package var look: String? { all.look }

  /// The labels of each text: one, or any number for several labels a text.
  package var labelIDs: LazyMapCollection<Chosen<RaggedList<Int32>>, [Int32]> {
    Chosen(all.labels, at: chosen).lazy.map { [ids] labels in labels.map { ids[Int($0)] } }
  }

  /// The first label of each text, or -1 where it has none.
  package var firstLabels: LongList<Int32> {
    get throws { try LongList(storing: labelIDs.lazy.map { $0.first ?? -1 }) }
  }

  /// The only label of each text; read without a separator, every text has one.
  package var classes: LongList<Int32> {
    get throws {
      precondition(all.labels.values.count == all.labels.count, "a text has no class, or several")
      return try firstLabels
    }
  }

  /// How many texts each label has.
  package var labelCounts: LabelCounts {
    LabelCounts(labels, labelIDs.lazy.flatMap(\.self).filter { $0 < labels.count })
  }

  /// What was passed over or can only be wrong, in sentences.
  public var faults: [String] { [empty.sentence, unseen.sentence].compactMap(\.self) }

  /// Where text `index` was found: `'file' line 3`.
  package func place(_ index: Int) -> String { placeOfText(index) }

  /// The same, of all of them, without the texts.
  package var placeOfText: (Int) -> String {
    let (places, chosen) = (all.places, chosen)
    return { places.place(chosen?[$0] ?? $0) }
  }

  /// The texts at `indices`, in their order.
  package func choosing(_ indices: LongList<Int>) throws -> LabelledTexts {
    var result = self
    result.chosen = try indices.places(of: chosen)
    return result
  }

  /// The texts at `indices`, in their order.
  public func subset(_ indices: [Int]) throws -> LabelledTexts { try choosing(LongList(indices)) }

  /// Without the texts that hold nothing for the model, which are counted.
  package func skipping(where isEmpty: (String) -> Bool) throws -> LabelledTexts {
    var kept = LongList<Int>()
    var empty = empty
    for (index, text) in texts.enumerated() {
      if isEmpty(text) { empty.add(at: place(index)) } else { try kept.append(index) }
    }
    guard kept.count < count else { return self }
    var rest = try choosing(kept)
    rest.empty = empty
    return rest
  }

  /// Reads a file or a folder.
  ///
  /// - `labels`: those of the training, for data that is to be predicted or measured. Nil: the labels
  ///   are those found.
  /// - `admitsUnseen`: whether the file may then hold others, which get ids behind those of `labels`.
  /// - `separator`: what stands between several labels of one text; such a text may also have none.
  ///   Nil: every text has exactly one. A folder gives one label each.
  /// - `columns`: of a table.
  ///
  /// Throws a `UserError` naming file and line for a line without a tab, a missing label, an unknown
  /// label that is not admitted, bytes that are not UTF-8; for a folder without `.txt` files; and for a file of a
  /// folder that holds no text while the labels are being found: an empty class.
  package static func read(
    _ url: URL, labels: LabelSet? = nil, admitsUnseen: Bool = false, separator: Character? = nil,
    columns: TextColumns = TextColumns()
  ) throws -> LabelledTexts {
    try read(
      [url], labels: labels, admitsUnseen: admitsUnseen, separator: separator, columns: columns)
  }

  /// Reads files or folders, one behind the other, in the same way.
  package static func read(
    _ urls: [URL], labels: LabelSet? = nil, admitsUnseen: Bool = false,
    separator: Character? = nil, columns: TextColumns = TextColumns()
  ) throws -> LabelledTexts {
    var reading = LabelledTextReading(separator)
    for url in urls { try reading.read(url, mayBeEmpty: labels != nil, columns) }
    return try LabelledTexts(reading, labels, admitsUnseen: admitsUnseen)
  }

  private init(
    _ all: LabelledTextReading, _ known: LabelSet?, admitsUnseen: Bool
  ) throws {
    self.all = all
    empty = all.empty
    let headers = all.headers
    chosen =
      headers.isEmpty
      ? nil : try LongList(storing: all.texts.indices.lazy.filter { !headers.contains($0) })
    let used = Chosen(all.labels, at: chosen)
    labels =
      known
      ?? LabelSet(
        headers.isEmpty
          ? all.names : Set(used.lazy.flatMap(\.self)).map { all.names[Int($0)] })
    guard !used.isEmpty, labels.count > 0 else {
      throw UserError(
        "'\(all.places.firstFile)' holds no example",
        hint: "each line is a label, a tab and the text")
    }
    let known = all.names.map { [labels] in labels.id($0) }
    var ids = known.map { $0 ?? -1 }
    if known.contains(nil) {
      for (index, numbers) in used.enumerated() {
        for number in numbers.map(Int.init) where known[number] == nil {
          let (name, place) = (all.names[number], all.places.place(chosen?[index] ?? index))
          guard admitsUnseen else { throw labels.unknown(name, at: place) }
          ids[number] = unseen.id(name, behind: labels, at: place)
        }
      }
    }
    self.ids = ids
  }
}
