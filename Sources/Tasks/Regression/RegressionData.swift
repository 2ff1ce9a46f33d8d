import Compute
import Corpora
import Foundation
import Runs

/// Series of numbers with what is to be predicted of them, as a file holds them.
public struct RegressionData: ExampleSource, Sendable {
  enum Content: Sendable {
    /// Many series, each with its target.
    case rows(LabelledSeries)
    /// Long series that go on.
    case forecasts(ForecastSource)
  }

  let content: Content
  /// For messages.
  private let place: String

  /// - Parameter columns: of the training data, which a table with a step a row has to have.
  static func read(
    _ url: URL, _ form: RegressionForm, columns: [String] = []
  ) throws -> RegressionData {
    let place = "'\(url.relativePath)'"
    if let forecast = form.forecast {
      let panel = try SeriesPanel.read(
        url, form.series, target: form.series.labelColumn, columns: columns)
      return RegressionData(
        content: .forecasts(try ForecastSource(panel, forecast, place: place)), place: place)
    }
    return RegressionData(
      content: .rows(
        try LabelledSeries.read(
          file: url, form.series, firstColumn: form.predictsEveryStep ? .value : .number)),
      place: place)
  }

  /// Reads several files, one behind the other; of long series those of all. Throws a `UserError` for files
  /// of different form.
  static func read(
    _ urls: [URL], _ form: RegressionForm, columns: [String] = []
  ) throws -> RegressionData {
    guard urls.count > 1 else { return try read(urls[0], form, columns: columns) }
    let place = "'\(urls[0].relativePath)' and others"
    if let forecast = form.forecast {
      let panel = try SeriesPanel.joined(
        urls.map {
          (
            $0,
            try SeriesPanel.read($0, form.series, target: form.series.labelColumn, columns: columns)
          )
        })
      return RegressionData(
        content: .forecasts(try ForecastSource(panel, forecast, place: place)), place: place)
    }
    let parts = try urls.map {
      (
        url: $0,
        series: try LabelledSeries.read(
          file: $0, form.series, firstColumn: form.predictsEveryStep ? .value : .number)
      )
    }
    return RegressionData(content: .rows(try LabelledSeries.joined(parts)), place: place)
  }

  /// Numbers a step.
  var width: Int {
    switch content {
    case .rows(let series): series.sequences.width
    case .forecasts(let source): source.panel.width
    }
  }

  /// How a table was found to be written, in words; nil for nothing to tell.
  var look: String? {
    switch content {
    case .rows(let series): series.look
    case .forecasts(let source): source.panel.look
    }
  }

  /// What the first row of a table with a series a row calls its columns of numbers; empty where it names
  /// none.
  var columnNames: [String] { if case .rows(let series) = content { series.names } else { [] } }

  /// All columns of a table that forecasts are made of; empty for another.
  var panelColumns: [String] {
    if case .forecasts(let source) = content { source.panel.columns } else { [] }
  }

  public var faults: [String] {
    if case .rows(let series) = content { series.faults } else { [] }
  }

  public func divided(
    _ heldOut: HeldOut
  ) throws -> (training: RegressionData, validation: RegressionData?) {
    func part(_ content: Content) -> RegressionData {
      RegressionData(content: content, place: place)
    }
    switch content {
    case .rows(let series):
      return try heldOut.parts(of: series.count) { part(.rows(try series.subset($0))) }
    case .forecasts(let source):
      let (training, validation) = try source.divided(heldOut)
      return (part(.forecasts(training)), validation.map { part(.forecasts($0)) })
    }
  }

  /// What a model is to know of the series.
  func facts(standardizes: Bool) throws -> SeriesFacts {
    switch content {
    case .rows(let series): return SeriesFacts(series, standardizes: standardizes)
    case .forecasts(let source):
      var facts = SeriesFacts()
      facts.separator = source.panel.separator
      facts.columns = source.panel.columns
      if standardizes { facts.channels = Scale.ofChannels(try source.channels()) }
      return facts
    }
  }

  /// All series as a model reads them, on its scale.
  func examples(_ facts: SeriesFacts) throws -> RegressionExamples {
    switch content {
    case .forecasts(let source):
      let windows = source.windows(facts)
      return RegressionExamples(dataset: try windows.dataset(), windows: windows)
    case .rows(let series):
      let sequences = try facts.scaled(series.sequences)
      guard case .numbers(let targets) = series.targets else {
        return RegressionExamples(dataset: try nextSteps(sequences))
      }
      var vectors = VectorSequences(width: 1)
      for target in targets { try vectors.append([facts.target?.applied(to: target) ?? target]) }
      return RegressionExamples(dataset: SequenceDataset(.vectors(sequences), .vectors(vectors)))
    }
  }

  /// Inputs are all steps but the last, targets all but the first.
  private func nextSteps(_ sequences: VectorSequences) throws -> SequenceDataset {
    let width = sequences.width
    var (inputs, targets) = (VectorSequences(width: width), VectorSequences(width: width))
    for index in 0..<sequences.count {
      let steps = sequences[index]
      guard steps.count > width else {
        throw UserError(
          "\(place) sequence \(index + 1) has one step, expected two or more: "
            + "each step predicts the next", hint: "check --features, the numbers of a step")
      }
      try inputs.append(steps.dropLast(width))
      try targets.append(steps.dropFirst(width))
    }
    return SequenceDataset(.vectors(inputs), .stepVectors(targets))
  }
}

/// Series of numbers as a model reads them.
public struct RegressionExamples: ExampleSet {
  package let dataset: SequenceDataset
  /// Where the examples are forecasts.
  var windows: ForecastWindows?

  public var count: Int { dataset.count }
  public var sizeText: String { dataset.sizeText }
  public func expect(_ rows: [Int]) { dataset.expect(rows) }
}

/// How series are read that numbers are predicted of.
struct RegressionForm: Sendable {
  var series: SeriesForm
  /// Rows have no target: at every step the numbers of the next one are predicted.
  let predictsEveryStep: Bool
  let standardizes: Bool
  let forecast: ForecastForm?

  /// - Parameter names: what the training table calls its columns of numbers.
  init(_ data: RegressionSettings.Data, names: [String] = []) {
    series = data.series.form(features: data.features, labelColumn: data.target)
    series.names = names
    predictsEveryStep = data.everyStep
    standardizes = data.series.standardize
    forecast = ForecastForm(data.forecast)
  }
}
