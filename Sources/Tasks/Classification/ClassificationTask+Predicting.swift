import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Networks
import Runs

extension ClassificationTask: Ranking {
  package func rank(_ count: Int) { shownClasses = count }

  /// One text, or one row of numbers without its label, a line.
  public func queries() -> any QueryReader<SequenceDataset> {
    if let words {
      return LineQueries { [form] line, place in
        SequenceDataset(
          try form.inputs([LabelledTexts.trimmed(line)], words) { _ in place }, .none)
      } odd: { [labels] line, place in
        guard let tab = line.firstIndex(of: "\t"), labels.id(String(line[..<tab])) != nil else {
          return nil
        }
        return UserError("\(place): the label '\(line[..<tab])' is read as a part of the text")
      }
    }
    guard case .vectors(let width) = core.model.configuration.input else {
      preconditionFailure("no vocabulary for tokens")
    }
    return SeriesLines(
      .init(series: form.series, width: width, facts: seriesFacts, labels: labels)
    ) { SequenceDataset(.vectors($0), .none) }
  }

  public func predict(_ queries: [SequenceDataset]) -> [Prediction] {
    core.reader.readings(of: SequenceDataset(joining: queries)).map(prediction)
  }

  /// The most probable label, or all that are more probable than not; as many as `rank` asks for.
  private func prediction(_ reading: SequenceReader.Reading) -> Prediction {
    let probabilities = probabilities(reading)
    let chosen = chosen(probabilities)
    let names = chosen.map { labels.names[$0] }
    var members: [JSONValue.Member] = [
      form.isMultiLabel
        ? .init("labels", .array(names.map { .string($0) }))
        : .init("label", .string(names[0])),
      .init(
        "probabilities",
        .object(zip(labels.names, probabilities).map { .init($0, .number(Double($1))) })),
    ]
    if !reading.attention.isEmpty {
      members.append(.init("attention", .array(reading.attention.map { .number(Double($0)) })))
    }
    if let shownClasses {
      let top = probabilities.indices
        .sorted { (probabilities[$1], $0) < (probabilities[$0], $1) }.prefix(shownClasses)
      members.append(.init("top", .array(top.map { .string(labels.names[$0]) })))
      return Prediction(
        text: top.map { labels.names[$0] + "\t" + shown(probabilities[$0]) }
          .joined(separator: "\t"), json: .object(members))
    }
    return Prediction(
      text: names.joined(separator: ",") + "\t"
        + chosen.map { shown(probabilities[$0]) }.joined(separator: ","),
      json: .object(members))
  }

  /// Of each label.
  func probabilities(_ reading: SequenceReader.Reading) -> [Float] {
    let outputs = reading.outputs[0]
    return form.isMultiLabel ? outputs.map { Scalar.sigmoid($0) } : softmax(outputs)
  }

  /// The most probable label; of several all that are more probable than not.
  func chosen(_ probabilities: [Float]) -> [Int] {
    form.isMultiLabel
      ? probabilities.indices.filter { Double(probabilities[$0]) >= MultiLabelScores.threshold }
      : [probabilities.indexOfMaximum]
  }

  private func shown(_ probability: Float) -> String { String(format: "%.4f", probability) }

  private func softmax(_ logits: [Float]) -> [Float] {
    let maximum = logits.max() ?? 0
    let powers = logits.map { Scalar.exp($0 - maximum) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}

extension ClassificationTask: SeriesPredicting {
  package var seriesWidth: Int? {
    if case .vectors(let width) = core.model.configuration.input { width } else { nil }
  }

  package var classes: [String] { labels.names }
  package var outputCount: Int { labels.count }

  package func outputs(of series: VectorSequences) throws -> [[Float]] {
    try core.reader.readings(of: SequenceDataset(.vectors(seriesFacts.scaled(series)), .none))
      .map(probabilities)
  }
}

extension ClassificationTask: EnsembleMeasuring {}
