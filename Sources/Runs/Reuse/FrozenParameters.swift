import Autodiff
import Compute
import Foundation

/// Which parameters keep their weights, by patterns as a shell has them: `rnn.*`, `*.bias`.
enum FrozenParameters {
  /// Places in the store. Throws a usage `UserError` for a pattern that names nothing, and if nothing
  /// is left to learn.
  static func places(
    _ patterns: [String], in store: ParameterStore<Float>
  ) throws -> Set<Int> {
    var places: Set<Int> = []
    for pattern in patterns {
      let found = store.parameters.filter { fnmatch(pattern, $0.name, 0) == 0 }
      guard !found.isEmpty else {
        throw UserError.usage(
          "--freeze '\(pattern)' names no parameter of this model",
          hint: "it has " + store.parameters.map(\.name).joined(separator: ", "))
      }
      places.formUnion(found.map(\.index))
    }
    guard places.count < store.parameters.count || store.parameters.isEmpty else {
      throw UserError.usage(
        "--freeze \(patterns.joined(separator: " ")) freezes all parameters, and nothing is learnt",
        hint: "leave some out")
    }
    return places
  }
}
