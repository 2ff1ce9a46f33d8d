import Compute
import Corpora
import Networks
import Runs

extension ConditionalTextTask: Sampling {
  public var conditions: [String] { labels.names }

  /// Whole texts of a label, one a line.
  ///
  /// Draws depend on (seed, number of the text, step) only.
  public func sample(_ request: SamplingRequest, write: (String) throws -> Void) throws {
    guard let condition = request.condition else {
      throw UserError.usage(
        "the run writes texts of a label, but none is named",
        hint: "name one with --condition: " + labels.names.joined(separator: ", "))
    }
    guard let label = labels.id(condition) else {
      throw labels.unknown(condition, at: "--condition")
    }
    let random = RandomStream(seed: request.seed, purpose: .sampling)
    for number in 0..<request.count {
      try write(text(label, number, request, random) + "\n")
    }
  }

  /// Drawn until it ends, but at most `request.length` tokens.
  private func text(
    _ label: Int32, _ number: Int, _ request: SamplingRequest, _ random: RandomStream
  ) -> String {
    let generator = SequenceGenerator(core.model)
    var decoder = TextDecoder(vocabulary)
    var text = ""
    generator.feed(id: input(ofLabel: label))
    for step in 0..<request.length {
      let u = Double(random.uniform(row: number, index: step))
      let id = Int32(request.rule.draw(generator.outputs, u: u))
      if id == end { break }
      text += decoder.append(id)
      generator.feed(id: id)
    }
    return text + decoder.finish()
  }
}
