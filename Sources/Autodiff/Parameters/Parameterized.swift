import Compute

/// Something with parameters, such as a model. Making it only declares them: what they will take can be
/// asked, and refused, before any memory is taken.
package protocol Parameterized: AnyObject, Sendable {
  associatedtype S: MatrixElement
  var parameters: ParameterStore<S> { get }
}

extension Parameterized {
  /// The same, with the memory of its parameters.
  ///
  /// - Parameter seed: of the first values; nil leaves zeros, for values that are read from a file.
  package func allocated(seed: UInt64?) -> Self {
    parameters.allocate(seed: seed)
    return self
  }
}
