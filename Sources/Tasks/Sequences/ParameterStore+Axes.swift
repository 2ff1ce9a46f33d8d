import Autodiff
import Corpora
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
}
