import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Networks
import Runs

extension ClassificationTask: Predicting {
  /// One text, or one row of numbers separated by commas, a line.
  public func queries() -> any QueryReader<SequenceDataset> {
    LineQueries { [self] line, place in SequenceDataset(try inputs(line, place), .none) }
  }

  public func predict(_ queries: [SequenceDataset]) -> [Prediction] {
    core.reader.readings(of: SequenceDataset(joining: queries)).map(prediction)
  }

  private func inputs(_ line: String, _ place: String) throws -> SequenceDataset.Inputs {
    if let words { return try form.inputs([line], words) { _ in place } }
    guard case .vectors(let width) = core.model.configuration.input else {
      preconditionFailure("no vocabulary for tokens")
    }
    return .vectors(try VectorSequences(parsing: line, width: width, place: place))
  }

  /// The most probable label, or all that are more probable than not.
  private func prediction(_ reading: SequenceReader.Reading) -> Prediction {
    let outputs = reading.outputs[0]
    let probabilities = form.isMultiLabel ? outputs.map(sigmoid) : softmax(outputs)
    let chosen =
      form.isMultiLabel
      ? probabilities.indices.filter { Double(probabilities[$0]) >= MultiLabelScores.threshold }
      : [probabilities.indexOfMaximum]
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
    let shown = chosen.map { String(format: "%.4f", probabilities[$0]) }
    return Prediction(
      text: names.joined(separator: ",") + "\t" + shown.joined(separator: ","),
      json: .object(members))
  }

  func sigmoid(_ x: Float) -> Float { Scalar.sigmoid(x) }

  private func softmax(_ logits: [Float]) -> [Float] {
    let maximum = logits.max() ?? 0
    let powers = logits.map { Scalar.exp($0 - maximum) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
  }
}

extension ClassificationTask: Ensembling {}
