import Corpora

/// Stretches of long series: steps that are read, and those behind them, which are forecast.
struct ForecastWindows: Sendable {
  struct Place: Sendable {
    let series: Int
    /// The first step that is read.
    let start: Int
  }

  let places: [Place]
  private let panel: SeriesPanel
  private let form: ForecastForm
  private let facts: SeriesFacts

  init(_ source: ForecastSource, places: [Place], _ facts: SeriesFacts) {
    self.init(source.panel, source.form, places: places, facts)
  }

  init(_ panel: SeriesPanel, _ form: ForecastForm, places: [Place], _ facts: SeriesFacts) {
    self.panel = panel
    self.form = form
    self.places = places
    self.facts = facts
  }

  /// What is read of a window, on the model's scale.
  private func inputs(_ place: Place) -> [Float] {
    let width = panel.width
    let values = panel.series[place.series]
      .values[place.start * width..<(place.start + form.window) * width]
    let scales = (0..<width).map { scale(place, channel: $0) }
    return values.enumerated().map { scales[$0 % width].applied(to: $1) }
  }

  /// The steps of a channel.
  private func steps(_ place: Place, channel: Int, _ range: Range<Int>) -> [Float] {
    let values = panel.series[place.series].values
    return range.map { values[(place.start + $0) * panel.width + channel] }
  }

  private func scale(_ place: Place, channel: Int) -> Scale {
    if form.normalizes { return Scale(of: steps(place, channel: channel, 0..<form.window)) }
    return facts.channels.isEmpty ? .none : facts.channels[channel]
  }

  /// That of what a window forecasts.
  func scale(_ window: Int) -> Scale { scale(places[window], channel: panel.target) }

  /// What was read of what a window forecasts.
  func history(_ window: Int) -> [Float] {
    steps(places[window], channel: panel.target, 0..<form.window)
  }

  /// What came.
  func truth(_ window: Int) -> [Float] {
    steps(places[window], channel: panel.target, form.window..<form.window + form.horizon)
  }

  /// All of them, with what came.
  func dataset() throws -> SequenceDataset {
    var inputs = VectorSequences(width: panel.width)
    var targets = VectorSequences(width: form.horizon)
    for (window, place) in places.enumerated() {
      try inputs.append(self.inputs(place))
      try targets.append(truth(window).map(scale(window).applied))
    }
    return SequenceDataset(.vectors(inputs), .vectors(targets))
  }

  /// A few of them, of which nobody knows what will come.
  func questions() -> SequenceDataset {
    SequenceDataset(.vectors(VectorSequences(width: panel.width, places.map(inputs))), .none)
  }
}
