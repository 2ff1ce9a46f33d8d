import Autodiff
import Corpora
import Networks
import Runs

extension ParameterStore<Float> {
  /// What the rows of those of `parameters` that there are stand for: `names`, and behind them what is
  /// no name, such as a start symbol.
  func rows(of parameters: [String], kind: String, _ names: [String]) -> [NamedAxis] {
    parameters.compactMap { name in
      parameter(named: name).map { parameter in
        let others = (names.count..<max(names.count, parameter.rows)).map {
          "\u{0}\($0 - names.count)"
        }
        return NamedAxis(name, kind: kind, names: names.prefix(parameter.rows) + others)
      }
    }
  }

  /// Likewise for tokens.
  func rows(of parameters: [String], _ vocabulary: Vocabulary) -> [NamedAxis] {
    rows(of: parameters, kind: vocabulary.kind.rawValue, vocabulary.tokens)
  }

  /// Of an adaptive output: the shortlist, and behind it the clusters; then the tokens of each. So of an
  /// adaptive embedding.
  ///
  /// - Parameter names: of each token.
  func rows(
    of clusters: VocabularyClusters, kind: String, _ names: [String]
  ) -> [NamedAxis] {
    let names = clusters.tokens.map { $0.map { names[Int($0)] } } ?? names
    func rows(_ parameters: [String], _ ranks: Range<Int>) -> [NamedAxis] {
      self.rows(of: parameters, kind: kind, Array(names[ranks]))
    }
    return rows(
      ["output.head.weight", "output.head.bias", "embedding.0.0.weight"], 0..<clusters.shortlist)
      + clusters.ranges.enumerated().flatMap {
        rows(["output.tail.\($0).1.weight", "embedding.\($0 + 1).0.weight"], $1)
      }
  }
}
