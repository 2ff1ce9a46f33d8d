import Autodiff
import Compute
import Foundation
import Networks
import Parallel
import Testing

/// Results of PyTorch for one small model, as `make_goldens.py` wrote them; its head explains the
/// fields and the formulas of weights, tokens and states.
struct Golden: Decodable {
  struct Case: Decodable {
    let name, cell: String
    let layers, directions, vocabulary, embedding, hidden, steps, batch: Int
    let tied: Bool
    let lengths: [Int]?
    let projection: Int?
    let cutoffs: [Int]?
  }
  struct Formula: Decodable { let scale, step, shift: Double }
  struct Named: Decodable {
    let name: String
    let shape: [Int]
  }
  struct Updates: Decodable {
    struct Options: Decodable {
      let lr: Double
      let momentum, alpha, eps, weight_decay: Double?
      let nesterov: Bool?
      let betas: [Double]?
    }
    let name, optimizer: String
    let options: Options
    let clip: Double?
    let carried: Bool
    let losses, norms: [Double]
    let weights: [String: [Double]]
  }

  let `case`: Case
  let formula: Formula
  let parameters: [Named]
  let stride: Int
  let loss: Double
  let outputs: [Double]
  let finalHidden: [Double]
  let finalCell: [Double]?
  let gradients: [String: [Double]]
  let initialHiddenGradient: [Double]
  let initialCellGradient: [Double]?
  let updates: [Updates]
  /// Not in the files: which of two ways the first layer's input takes.
  var multipliesEmbedding = false

  private enum CodingKeys: CodingKey {
    case `case`, formula, parameters, stride, loss, outputs, finalHidden, finalCell, gradients
    case initialHiddenGradient, initialCellGradient, updates
  }

  static func load(_ name: String) throws -> Golden {
    let url = try #require(
      Bundle.module.url(forResource: name, withExtension: "json", subdirectory: "values"))
    return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: url))
  }

  var layout: SequenceLayout {
    SequenceLayout(lengths: `case`.lengths ?? Array(repeating: `case`.steps, count: `case`.batch))
  }

  var configuration: LanguageModelConfiguration {
    get throws {
      LanguageModelConfiguration(
        vocabularySize: `case`.vocabulary, embeddingSize: `case`.embedding,
        hiddenSize: `case`.hidden, layerCount: `case`.layers,
        cell: try #require(Cells.named(`case`.cell)), isTied: `case`.tied,
        output: `case`.cutoffs.map {
          .adaptive(VocabularyClusters(vocabularySize: `case`.vocabulary, cutoffs: $0))
        } ?? .full,
        multipliesEmbedding: multipliesEmbedding)
    }
  }

  func weight(parameter: Int, element: Int) -> Float {
    Float(
      formula.scale * cos(formula.step * Double(element) + formula.shift * Double(parameter)))
  }

  /// Tokens of window `window`, in token order.
  func tokens(_ layout: SequenceLayout, window: Int, shift: Int) -> [Int32] {
    (0..<layout.stepCount).flatMap { step in
      (0..<layout.activeRows[step]).map { row in
        let t = step + shift + window * `case`.steps
        return Int32((7 * t * t + 3 * row + t * row + 1) % `case`.vocabulary)
      }
    }
  }

  /// `[rows · columns]` of one layer; nil for as many columns as the layer has units.
  func initialState<S: MatrixElement>(
    layer: Int, columns: Int? = nil, _ amplitude: Double, _ step: Double, _ shift: Double
  ) -> [S] {
    let count = `case`.batch * (columns ?? `case`.hidden)
    return (0..<count).map {
      S(Float(amplitude * cos(step * Double(layer * count + $0) + shift)))
    }
  }
}

/// Compares every element, relative to 1 or to the largest expected.
func expectClose<S: MatrixElement>(
  _ actual: some Sequence<S>, _ expected: [Double], _ tolerance: Double, _ what: String,
  relativeToLargest: Bool = false, sourceLocation: SourceLocation = #_sourceLocation
) {
  let actual = actual.map { Double($0) }
  guard actual.count == expected.count else {
    Issue.record(
      "\(what): \(actual.count) values, expected \(expected.count)",
      sourceLocation: sourceLocation)
    return
  }
  let largest = expected.map { abs($0) }.max() ?? 1
  let scale = relativeToLargest && largest > 0 ? largest : max(1, largest)
  let worst = zip(actual, expected).map { abs($0 - $1) / scale }.max { !($0 >= $1) } ?? 0
  #expect(worst <= tolerance, "\(what)", sourceLocation: sourceLocation)
}
