import Compute

extension SyntheticTask {
  /// The examples `indices`, made anew.
  package func dataset(_ indices: some Sequence<Int>) -> SequenceDataset {
    let examples = indices.map(example)
    let inputs: SequenceDataset.Inputs =
      switch inputs {
      case .vectors(let width):
        .vectors(VectorSequences(width: width, examples.map(\.vectors)))
      case .symbols: .ids(IDSequences(examples.map(\.symbols)))
      }
    let targets: SequenceDataset.Targets =
      switch targets {
      case .number: .numbers(LongList(examples.map(\.number)))
      case .lastClass(let count): .classes(LongList(examples.map { $0.classes[0] }), count: count)
      case .everyClass(let count):
        .stepClasses(IDSequences(examples.map(\.classes)), count: count)
      }
    return SequenceDataset(inputs, targets)
  }
}
