import Compute
import Corpora
import Foundation
import Interchange
import Networks
import Runs

extension RegressionTask: Predicting {
  /// A series, or a table of long ones that are to go on.
  public struct Query {
    enum Content {
      case row(SequenceDataset)
      case table(SeriesPanel)
    }

    let content: Content
  }

  /// One row of numbers without its target a line; for forecasts all lines are one table.
  public func queries() -> any QueryReader<Query> {
    if let forecast = form.forecast {
      return TableLines(separator: form.series.separator) { [self] text, tell in
        let panel = try SeriesPanel.read(
          text: text, place: "standard input", form.series, target: form.series.labelColumn,
          columns: seriesFacts.columns)
        guard !panel.series.isEmpty else {
          throw UserError("standard input holds no row of numbers", hint: "each row is a step")
        }
        try check(panel, forecast, tell)
        return Query(content: .table(panel))
      } check: { [self] row, first, place in
        try SeriesPanel.check(
          row: row, behind: first, place: place, form.series, target: form.series.labelColumn,
          columns: seriesFacts.columns)
      }
    }
    return SeriesLines(
      .init(
        series: form.series, width: width, facts: seriesFacts,
        hasTargets: !form.predictsEveryStep)
    ) { Query(content: .row(SequenceDataset(.vectors($0), .none))) }
  }

  /// - Parameter tell: is told of each series that is too short, whose forecast says nothing.
  private func check(
    _ panel: SeriesPanel, _ forecast: ForecastForm, _ tell: (UserError) throws -> Void
  ) throws {
    guard panel.width == width else {
      throw UserError(
        "standard input has \(panel.width) columns of numbers, expected \(width) as in training")
    }
    for series in panel.series where series.values.count < forecast.window * width {
      try tell(
        UserError(
          "standard input: \(series.name.isEmpty ? "the series" : "'\(series.name)'") has "
            + "\(series.values.count / width) steps, expected at least \(forecast.window) (--window)"
        ))
    }
  }

  /// The number, those of the step that follows, or the steps that go on with each series.
  public func predict(_ queries: [Query]) -> [Prediction] {
    let rows = queries.compactMap { query in
      if case .row(let dataset) = query.content { dataset } else { nil }
    }
    var readings =
      (rows.isEmpty ? [] : core.reader.readings(of: SequenceDataset(joining: rows)))[...]
    return queries.compactMap { query in
      switch query.content {
      case .row: readings.popFirst().map { prediction($0.outputs.last ?? []) }
      case .table(let panel): form.forecast.map { prediction(panel, $0) }
      }
    }
  }

  private func prediction(_ outputs: [Float]) -> Prediction {
    let numbers = numbers(outputs)
    return Prediction(
      text: numbers.map { String($0) }.joined(separator: ","),
      json: .object([.init("prediction", .array(numbers.map { .number(Double($0)) }))]))
  }

  /// Outputs in the data's unit.
  private func numbers(_ outputs: [Float]) -> [Float] {
    levels == nil
      ? outputs.enumerated().map { place, value in
        let scale = scale(ofOutput: place)
        return scale == .none ? value : Float(scale.undone(value))
      } : forecast(outputs, seriesFacts.target ?? .none).joined().map { Float($0) }
  }

  /// A line a step: the series' name, where a column has one, and the number or its quantiles; nothing
  /// for a series that is too short.
  private func prediction(_ panel: SeriesPanel, _ form: ForecastForm) -> Prediction {
    let windows = ForecastWindows(
      panel, form,
      places: panel.series.indices.compactMap {
        let start = panel.series[$0].values.count / panel.width - form.window
        return start < 0 ? nil : .init(series: $0, start: start)
      }, seriesFacts)
    let readings =
      windows.places.isEmpty ? [] : core.reader.readings(of: windows.questions())
    var found = readings.map { forecast($0.outputs[0], windows.scale($0.example)) }[...]
    let nothing = [[Double]](repeating: [], count: form.horizon)
    let forecasts = panel.series.map {
      $0.values.count < form.window * panel.width ? nothing : found.popFirst() ?? nothing
    }
    let separator = UnicodeScalar(panel.separator)
    let lines = zip(panel.series, forecasts).flatMap { series, steps in
      steps.map { numbers in
        ((panel.isGrouped ? [CSVField.written(series.name, separator: separator)] : [])
          + (numbers.isEmpty ? [""] : numbers.map { String(Float($0)) }))
          .joined(separator: String(separator))
      }
    }
    let json = zip(panel.series, forecasts).map { series, steps in
      JSONValue.object(
        (panel.isGrouped ? [.init("series", .string(series.name))] : []) + [
          .init(
            "forecast",
            .array(
              steps.map { numbers in
                numbers.isEmpty
                  ? .null
                  : levels == nil ? .number(numbers[0]) : .array(numbers.map { .number($0) })
              }))
        ])
    }
    return Prediction(
      text: lines.joined(separator: "\n"), json: .object([.init("forecasts", .array(json))]))
  }
}

extension RegressionTask: SeriesPredicting {
  /// Forecasts are made of tables.
  package var seriesWidth: Int? { form.forecast == nil ? width : nil }
  package var classes: [String] { [] }

  package var outputCount: Int { core.model.configuration.head.outputCount }

  /// The number, or those of the step that follows.
  package func outputs(of series: VectorSequences) throws -> [[Float]] {
    try core.reader.readings(of: SequenceDataset(.vectors(seriesFacts.scaled(series)), .none))
      .map { numbers($0.outputs.last ?? []) }
  }
}

/// Gathers all lines as one table. A row that such a table cannot have is no part of it.
private struct TableLines<Query>: QueryReader {
  private let query: (_ text: String, _ tell: (UserError) throws -> Void) throws -> Query
  private let check: (_ row: String, _ first: String, _ place: String) throws -> Void
  private var text = ""
  /// The first row, unless it goes on in the next line.
  private var first: String?
  private var quotes: CSVQuotes
  /// Whether the first row is none of such a table, so that nothing can be said of the others.
  private var isRefused = false

  /// - Parameter separator: what stands between fields; nil where nobody has said.
  init(
    separator: UInt8?,
    _ query: @escaping (_ text: String, _ tell: (UserError) throws -> Void) throws -> Query,
    check: @escaping (_ row: String, _ first: String, _ place: String) throws -> Void
  ) {
    quotes = CSVQuotes(separator: separator)
    self.query = query
    self.check = check
  }

  mutating func read(_ line: String, at place: String) throws -> Query? {
    let goesOn = quotes.isOpen
    quotes.read(line.utf8)
    let isWhole = !goesOn && !quotes.isOpen
    let isRow = isWhole && !line.allSatisfy(\.isWhitespace)
    guard !isRefused else { return nil }
    if isRow, text.isEmpty {
      isRefused = true
      try check("", line, place)
      (isRefused, first) = (false, line)
    } else if isRow, let first {
      try check(line, first, place)
    }
    // A blank line may stand in quotes; between rows it says nothing.
    if isRow || !isWhole { text += line + "\n" }
    return nil
  }

  mutating func finish() throws -> Query? { try finish { throw $0 } }

  mutating func finish(telling tell: (UserError) throws -> Void) throws -> Query? {
    defer { text = "" }
    return text.isEmpty ? nil : try query(text, tell)
  }
}
