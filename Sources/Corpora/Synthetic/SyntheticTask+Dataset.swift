extension SyntheticTask {
  /// The examples `indices`, made anew.
  package func dataset(_ indices: some Sequence<Int>) -> SequenceDataset {
    let examples = indices.map(example)
    let inputs: SequenceDataset.Inputs =
      switch inputs {
      case .vectors(let width):
        .vectors(
          examples.reduce(into: VectorSequences(width: width)) { $0.append($1.vectors) })
      case .symbols: .ids(examples.reduce(into: IDSequences()) { $0.append($1.symbols) })
      }
    let targets: SequenceDataset.Targets =
      switch targets {
      case .number: .numbers(examples.map(\.number))
      case .lastClass(let count): .classes(examples.map { $0.classes[0] }, count: count)
      case .everyClass(let count):
        .stepClasses(examples.reduce(into: IDSequences()) { $0.append($1.classes) }, count: count)
      }
    return SequenceDataset(inputs, targets)
  }
}
