import Compute
import Foundation
import Networks

/// What a training will take, before anything is taken.
package struct LanguageModelMemory: Sendable {
  /// Name and bytes of each part.
  package let parts: [(name: String, bytes: Int)]

  package var total: Int { parts.reduce(0) { $0 + $1.bytes } }

  /// - Parameter momentCount: buffers of the optimizer, 2 for Adam.
  package init(
    _ configuration: LanguageModelConfiguration, batch: Int, steps: Int, momentCount: Int,
    precision: Precision
  ) {
    let (hidden, embedding) = (configuration.hiddenSize, configuration.embeddingSize)
    let vocabulary = configuration.vocabularySize
    let cell = configuration.cell.cell
    let gates = cell.gateCount
    let layers = configuration.layerCount
    // Sizes come from the command line: products saturate instead of trapping.
    func product(_ factors: Int...) -> Int {
      factors.reduce(1) { result, factor in
        let (value, overflow) = result.multipliedReportingOverflow(by: factor)
        return overflow ? Int.max >> 8 : value
      }
    }
    func sum(_ terms: Int...) -> Int {
      terms.reduce(0) { min($0, Int.max >> 4) + min($1, Int.max >> 4) }
    }
    let stack = configuration.stack
    let state = stack.stateSize
    let recurrent = sum(
      product(cell.inputGateCount, hidden, embedding + 1),
      product(layers - 1, cell.inputGateCount, hidden, state + 1),
      product(layers, cell.recurrentGateCount, hidden, state + 1),
      product(layers, cell.peepholeCount, hidden), product(layers, stack.projectionSize, hidden),
      stack.hasLayerNorm ? product(layers, 2, state) : 0)
    let features = configuration.isTied ? embedding : state
    let output = product(vocabulary, features + 1)
    let table = configuration.isTied ? 0 : product(vocabulary, embedding)
    let projection =
      configuration.isTied && embedding != state ? product(state + 1, embedding) : 0
    let weights = sum(recurrent, output, table, projection)
    let packedElement = precision == .bf16 ? 2 : 4
    let tokens = product(batch, steps)
    let hasSeparatePart = cell.stages.contains(where: \.isSeparate)
    let hasDropout = stack.dropout > 0 || configuration.regularization.outputDropout ?? 0 > 0
    // A unit and token of a layer: gates, h and its gradient, and what the cell adds to them.
    let perUnit =
      gates + 2 + (cell.hasCellState ? 1 : 0) + (cell.keepsValue ? 1 : 0)
      + (hasSeparatePart ? gates : 0) + cell.peepholeCount
      + (hasDropout ? 2 : 0) + (stack.hasLayerNorm ? 3 : 0) + (stack.isResidual ? 2 : 0)
      + (stack.regularization.dropout > 0 ? cell.stages.count : 0)
      + (stack.projectionSize > 0 ? 1 : 0) + (stack.regularization.zoneout > 0 ? 2 : 0)
    let perToken = sum(product(layers, hidden, perUnit), 2 * embedding, vocabulary, 16)
    parts = [
      ("weights and gradients", product(8, weights)),
      ("optimizer moments", product(4 * momentCount, weights)),
      ("packed weights", product(2 * packedElement, sum(recurrent, output, projection))),
      ("activations of \(batch) × \(steps) tokens", product(4, tokens, perToken)),
    ]
  }

  /// Throws if `total` is more than the machine, or its container, has.
  package func check(available: Int? = SystemMemory.total) throws {
    guard let available, total > available else { return }
    let lines = parts.map { "\(ByteCount($0.bytes)) for \($0.name)" }.joined(separator: " + ")
    throw UserError(
      "this training needs \(ByteCount(total)): \(lines); "
        + "this machine has \(ByteCount(available))",
      hint: "lower --hidden, --layers, --batch, --steps or --vocab-size")
  }
}
