import Corpora
import Runs

/// How series of numbers are read; a part of the table `data`.
public struct SeriesSettings: SettingsGroup {
  @Setting("What stands between the fields of a table, as ';' or 'tab'; empty: what it looks like")
  public var separator = ""
  @Setting(
    of: MissingValues.allCases.map(\.rawValue), "What stands for missing numbers of a series")
  public var missing = "refuse"
  @Setting(
    of: SeriesForm.Layout.allCases.map(\.rawValue),
    "Order of a row's numbers: step after step, or channel after channel")
  public var layout = "step"
  @Setting(
    "Column that tells series apart in a table with a step a row, by name or number; empty: by its names"
  )
  public var group = ""
  @Setting("Bring each channel to mean 0 and deviation 1, measured on the training part")
  public var standardize = false

  public init() {}

  public func check() throws { _ = try SeriesForm.separator(separator) }

  /// - Parameters:
  ///   - features: numbers a step, where a user says it.
  ///   - labelColumn: of labels or targets; empty: the first one.
  func form(features: Int?, labelColumn: String = "") -> SeriesForm {
    SeriesForm(
      features: features, layout: .init(rawValue: layout) ?? .step,
      missing: .init(rawValue: missing) ?? .refuse,
      separator: (try? SeriesForm.separator(separator)) ?? nil,
      labelColumn: labelColumn.isEmpty ? nil : labelColumn, group: group.isEmpty ? nil : group)
  }
}
