import Compute

/// Sequences, each with what is to be predicted from it.
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
    case classes(LongList<Int32>, count: Int)
    /// Any of `count` labels a sequence, likewise.
    case labels(RaggedList<Int32>, count: Int)
    /// A number a sequence.
    case numbers(LongList<Float>)
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
  public let lengths: SequenceLengths
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
  package var stepCount: Int { lengths.total }

  /// Sequences that will be read soon, with what is to be predicted from them.
  public func expect(_ rows: [Int]) {
    switch inputs {
    case .ids(let sequences): sequences.expect(rows)
    case .bags(let sequences): sequences.expect(rows)
    case .vectors(let sequences): sequences.expect(rows)
    }
    switch targets {
    case .none: break
    case .classes(let list, _): for row in rows { list.expect(row..<row + 1) }
    case .labels(let lists, _): lists.expect(rows)
    case .numbers(let list): for row in rows { list.expect(row..<row + 1) }
    case .vectors(let sequences), .stepVectors(let sequences): sequences.expect(rows)
    case .stepClasses(let sequences, _): sequences.expect(rows)
    }
  }

  /// A few of the sequences, those at `indices`, in their order.
  public func subset(_ indices: [Int]) -> SequenceDataset {
    func pick(_ sequences: IDSequences) -> IDSequences {
      IDSequences(indices.map { sequences[$0] })
    }
    func pick(_ sequences: VectorSequences) -> VectorSequences {
      VectorSequences(width: sequences.width, indices.map { sequences[$0] })
    }
    func pick<Element: BitwiseCopyable & Sendable>(
      _ list: LongList<Element>
    ) -> LongList<Element> {
      LongList(indices.map { list[$0] })
    }
    let inputs: Inputs =
      switch self.inputs {
      case .ids(let sequences): .ids(pick(sequences))
      case .bags(let sequences): .bags(BagSequences(indices.map { sequences[$0] }))
      case .vectors(let sequences): .vectors(pick(sequences))
      }
    let targets: Targets =
      switch self.targets {
      case .none: .none
      case .classes(let list, let count): .classes(pick(list), count: count)
      case .labels(let list, let count):
        .labels(RaggedList(indices.map { list[$0] }), count: count)
      case .numbers(let list): .numbers(pick(list))
      case .vectors(let list): .vectors(pick(list))
      case .stepClasses(let sequences, let count): .stepClasses(pick(sequences), count: count)
      case .stepVectors(let sequences): .stepVectors(pick(sequences))
      }
    return SequenceDataset(inputs, targets, unseen: unseen)
  }

  /// A few datasets of the same kind, one after the other.
  ///
  /// - Parameter withTargets: false leaves them without targets.
  package init(joining datasets: [SequenceDataset], withTargets: Bool = false) {
    precondition(!datasets.isEmpty, "nothing to join")
    let inputs: Inputs =
      switch datasets[0].inputs {
      case .ids:
        .ids(
          IDSequences(
            datasets.flatMap { dataset in
              guard case .ids(let all) = dataset.inputs else { Self.refuseToJoin() }
              return (0..<all.count).map { all[$0] }
            }))
      case .bags:
        .bags(
          BagSequences(
            datasets.flatMap { dataset in
              guard case .bags(let all) = dataset.inputs else { Self.refuseToJoin() }
              return (0..<all.count).map { all[$0] }
            }))
      case .vectors(let first):
        .vectors(
          VectorSequences(
            width: first.width,
            datasets.flatMap { dataset in
              guard case .vectors(let all) = dataset.inputs, all.width == first.width else {
                Self.refuseToJoin()
              }
              return (0..<all.count).map { all[$0] }
            }))
      }
    guard withTargets else {
      self.init(inputs, .none)
      return
    }
    guard case .stepClasses(_, let count) = datasets[0].targets else { Self.refuseToJoin() }
    let targets = datasets.flatMap { dataset in
      guard case .stepClasses(let all, _) = dataset.targets else { Self.refuseToJoin() }
      return (0..<all.count).map { all[$0] }
    }
    self.init(inputs, .stepClasses(IDSequences(targets), count: count))
  }

  private static func refuseToJoin() -> Never { preconditionFailure("datasets of different kinds") }
}
