import Compute
import Corpora
import Foundation
import Interchange
import Measures
import Networks
import Parallel

/// A trained model of texts given a label, as its run folder keeps it.
package struct TrainedConditionalText: TrainedModel {
  package let definition: ConditionalText
  private let reader: SequenceReader

  package init(_ folder: RunFolder, team: WorkerTeam) throws {
    let configuration = try ConditionalTextJob.configuration(of: folder)
    definition = try ConditionalText(
      configuration, labels: LabelSet(contentsOf: folder.labels),
      vocabulary: Vocabulary(contentsOf: folder.vocabulary), seed: 0)
    try folder.restoreModel(definition.model.parameters)
    reader = SequenceReader(definition.model, team: team)
  }

  /// - Parameter files: one file or folder of labelled texts.
  package func evaluate(_ files: [URL]) throws -> Evaluation {
    definition.evaluate(try read(files), reader)
  }

  package func gradientFlow(_ files: [URL], lags: Int, team: WorkerTeam) throws -> GradientFlow {
    try GradientFlow(definition.model, try read(files), lags: lags, team: team)
  }

  private func read(_ files: [URL]) throws -> SequenceDataset {
    guard files.count == 1 else {
      throw UserError.usage(
        "found \(files.count) files, expected one file or folder of labelled texts",
        hint: "name it with --data")
    }
    return try definition.read(files[0])
  }

  /// The id of a label. Throws a `UserError` that names those there are.
  package func label(_ name: String) throws -> Int32 {
    guard let id = definition.labels.id(name) else {
      throw definition.labels.unknown(name, at: "--condition")
    }
    return id
  }

  /// One `label<TAB>text` a line; gives the text's log-probability, its end included, in nats.
  package func predict(
    _ nextLine: () throws -> String?, emit: (Prediction) throws -> Void
  ) throws {
    var number = 0
    while let line = try nextLine() {
      number += 1
      let place = "standard input line \(number)"
      let parts = line.split(separator: "\t", maxSplits: 1).map(String.init)
      guard parts.count == 2 else {
        throw UserError("\(place): found no tab, expected 'label<TAB>text'")
      }
      guard let label = definition.labels.id(parts[0]) else {
        throw definition.labels.unknown(parts[0], at: place)
      }
      let data = try definition.dataset([parts[1]], [label]) { _ in place }
      let (nats, count) = reader.read(data) { _ in }
      try emit(
        Prediction(
          text: String(format: "%.4f\t", -nats) + line,
          json: .object([
            .init("label", .string(parts[0])), .init("text", .string(parts[1])),
            .init("log_probability", .number(-nats)),
            .init("nats_per_token", .number(nats / Double(count))),
            .init("tokens", .integer(count)),
          ])))
    }
  }
}

/// Writes texts that follow from a label, token by token.
///
/// Draws depend on (seed, number of the text, step) only. Not thread-safe.
package struct ConditionalTextGenerator {
  private let definition: ConditionalText
  private let random: RandomStream

  package init(_ definition: ConditionalText, seed: UInt64) {
    self.definition = definition
    random = RandomStream(seed: seed, purpose: .sampling)
  }

  /// The `number`-th text of a label: drawn until it ends, but at most `limit` tokens.
  package func text(label: Int32, number: Int = 0, limit: Int, rule: SamplingRule) -> String {
    let generator = SequenceGenerator(definition.model)
    var decoder = TextDecoder(definition.vocabulary)
    var text = ""
    generator.feed(id: definition.input(ofLabel: label))
    for step in 0..<limit {
      let u = Double(random.uniform(row: number, index: step))
      let id = Int32(rule.draw(generator.outputs, u: u))
      if id == definition.end { break }
      text += decoder.append(id)
      generator.feed(id: id)
    }
    return text + decoder.finish()
  }
}
