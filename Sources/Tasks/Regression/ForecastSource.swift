import Compute
import Corpora
import Runs

/// Long series and the steps of each that may be forecast.
struct ForecastSource: Sendable {
  let panel: SeriesPanel
  let form: ForecastForm
  /// Of each series, counted from 0; what comes before them is read.
  private(set) var targets: [Range<Int>]

  /// All that can be forecast. Throws a `UserError` if every series is too short.
  init(_ panel: SeriesPanel, _ form: ForecastForm, place: String) throws {
    self.panel = panel
    self.form = form
    targets = panel.series.map { 0..<$0.values.count / panel.width }
    guard count > 0 else {
      throw UserError(
        "\(place): its longest series has \(targets.map(\.count).max() ?? 0) steps, expected at least "
          + "\(form.window + form.horizon): --window \(form.window) to read and --horizon \(form.horizon)",
        hint: panel.groupName.map {
          "its \(targets.count) series are told apart by '\($0)': name another column with --group"
        })
    }
  }

  var count: Int { targets.reduce(0) { $0 + starts(in: $1).count } }

  /// Where windows begin whose targets lie in `range`.
  func starts(in range: Range<Int>) -> Range<Int> {
    let first = max(0, range.lowerBound - form.window)
    let end = range.upperBound - form.window - form.horizon + 1
    return first..<max(first, end)
  }

  /// The last share of each series' steps is held out: a forecast is measured on what comes later.
  ///
  /// Throws a usage `UserError` if either part would be empty.
  func divided(_ heldOut: HeldOut) throws -> (training: ForecastSource, validation: ForecastSource?)
  {
    guard heldOut.fold == nil else {
      throw UserError.usage(
        "forecasts are measured on what comes later, not on folds",
        hint: "hold the end out with --valid-fraction, or name a file with --valid")
    }
    guard heldOut.fraction > 0 else { return (self, nil) }
    var (training, validation) = (self, self)
    for (index, range) in targets.enumerated() {
      let cut = range.upperBound - Int((Double(range.count) * heldOut.fraction).rounded())
      training.targets[index] = range.lowerBound..<cut
      validation.targets[index] = cut..<range.upperBound
    }
    guard training.count > 0, validation.count > 0 else {
      throw UserError.usage(
        "--valid-fraction \(heldOut.fraction) leaves \(training.count) windows to train on and "
          + "\(validation.count) to validate on, expected some of each",
        hint: "hold out another share, or name a file with --valid")
    }
    return (training, validation)
  }

  /// The numbers of every channel that training may see, for scales.
  func channels() throws -> VectorSequences {
    var sequences = VectorSequences(width: panel.width)
    for (series, range) in zip(panel.series, targets) where !range.isEmpty {
      try sequences.append(series.values[..<(range.upperBound * panel.width)])
    }
    return sequences
  }

  /// All windows as a model reads them.
  func windows(_ facts: SeriesFacts) -> ForecastWindows {
    ForecastWindows(
      self,
      places: zip(panel.series.indices, targets).flatMap { series, range in
        starts(in: range).map { ForecastWindows.Place(series: series, start: $0) }
      }, facts)
  }
}
