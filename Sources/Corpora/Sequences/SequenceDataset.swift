/// Sequences in memory, each with what is to be predicted from it.
public struct SequenceDataset: Sendable {
  package enum Inputs: Sendable, Equatable {
    case ids(IDSequences)
    case bags(BagSequences)
    case vectors(VectorSequences)
  }

  /// One target a sequence or one a step, as many as there are inputs.
  package enum Targets: Sendable, Equatable {
    case none
    /// One of `count` classes a sequence; what lies behind them was never trained, and is not asked for.
    case classes([Int32], count: Int)
    /// Any of `count` labels a sequence, likewise.
    case labels([[Int32]], count: Int)
    /// A number a sequence.
    case numbers([Float])
    /// Several numbers a sequence: one step each.
    case vectors(VectorSequences)
    /// One of `count` classes a step; -1 where none is asked for.
    case stepClasses(IDSequences, count: Int)
    /// A vector a step.
    case stepVectors(VectorSequences)
  }

  package let inputs: Inputs
  package let targets: Targets
  /// Steps of each sequence.
  public let lengths: [Int]
  /// The names of the classes or labels that were never trained.
  package let unseen: [String]

  package init(_ inputs: Inputs, _ targets: Targets, unseen: [String] = []) {
    self.inputs = inputs
    self.targets = targets
    self.unseen = unseen
    switch inputs {
    case .ids(let sequences): lengths = sequences.lengths
    case .bags(let sequences): lengths = sequences.lengths
    case .vectors(let sequences): lengths = sequences.lengths
    }
    switch targets {
    case .none: break
    case .classes(let list, _): precondition(list.count == lengths.count)
    case .labels(let list, _): precondition(list.count == lengths.count)
    case .numbers(let list): precondition(list.count == lengths.count)
    case .vectors(let list): precondition(list.values.count == lengths.count * list.width)
    case .stepClasses(let sequences, _): precondition(sequences.lengths == lengths)
    case .stepVectors(let sequences): precondition(sequences.lengths == lengths)
    }
  }

  public var count: Int { lengths.count }
  package var stepCount: Int { lengths.reduce(0, +) }

  /// The sequences at `indices`, in their order.
  public func subset(_ indices: [Int]) -> SequenceDataset {
    func pick(_ sequences: IDSequences) -> IDSequences {
      indices.reduce(into: IDSequences()) { $0.append(sequences[$1]) }
    }
    func pick(_ sequences: VectorSequences) -> VectorSequences {
      indices.reduce(into: VectorSequences(width: sequences.width)) { $0.append(sequences[$1]) }
    }
    let inputs: Inputs =
      switch self.inputs {
      case .ids(let sequences): .ids(pick(sequences))
      case .bags(let sequences):
        .bags(indices.reduce(into: BagSequences()) { $0.append(sequences[$1]) })
      case .vectors(let sequences): .vectors(pick(sequences))
      }
    let targets: Targets =
      switch self.targets {
      case .none: .none
      case .classes(let list, let count): .classes(indices.map { list[$0] }, count: count)
      case .labels(let list, let count): .labels(indices.map { list[$0] }, count: count)
      case .numbers(let list): .numbers(indices.map { list[$0] })
      case .vectors(let list): .vectors(pick(list))
      case .stepClasses(let sequences, let count): .stepClasses(pick(sequences), count: count)
      case .stepVectors(let sequences): .stepVectors(pick(sequences))
      }
    return SequenceDataset(inputs, targets, unseen: unseen)
  }

  /// Several datasets of the same kind, one after the other.
  ///
  /// - Parameter withTargets: false leaves them without targets.
  package init(joining datasets: [SequenceDataset], withTargets: Bool = false) {
    precondition(!datasets.isEmpty, "nothing to join")
    var (inputs, targets) = (datasets[0].inputs, datasets[0].targets)
    for dataset in datasets.dropFirst() {
      switch (inputs, dataset.inputs) {
      case (.ids(var all), .ids(let more)):
        for index in 0..<more.count { all.append(more[index]) }
        inputs = .ids(all)
      case (.bags(var all), .bags(let more)):
        for index in 0..<more.count { all.append(more[index]) }
        inputs = .bags(all)
      case (.vectors(var all), .vectors(let more)):
        for index in 0..<more.count { all.append(more[index]) }
        inputs = .vectors(all)
      default: preconditionFailure("datasets of different kinds")
      }
      switch (targets, dataset.targets) {
      case (.stepClasses(var all, let count), .stepClasses(let more, _)):
        for index in 0..<more.count { all.append(more[index]) }
        targets = .stepClasses(all, count: count)
      default: precondition(!withTargets, "targets that cannot be joined")
      }
    }
    self.init(inputs, withTargets ? targets : .none)
  }
}
