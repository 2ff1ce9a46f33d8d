import Unroll

/// A model, or a part of one, with a minibatch: what tests probe and step.
package protocol TestProblem: AnyObject {
  associatedtype S: MatrixElement
  associatedtype Recorded
  var trainer: Trainer<RecordedModel<S, Recorded>> { get }
}

extension TestProblem {
  package var store: ParameterStore<S> { trainer.model.parameters }

  /// All values of all parameters, in store order.
  package var weights: [S] {
    get { store.parameters.flatMap(\.values) }
    set {
      precondition(newValue.count == store.parameterCount)
      var rest = newValue[...]
      for parameter in store.parameters {
        parameter.values = Array(rest.prefix(parameter.count))
        rest = rest.dropFirst(parameter.count)
      }
      store.pack()
    }
  }

  /// Rows of a table that were not looked up have none: they count as zero.
  package var gradients: [S] {
    store.parameters.flatMap { Array(UnsafeBufferPointer(start: $0.gradient, count: $0.count)) }
  }
}
