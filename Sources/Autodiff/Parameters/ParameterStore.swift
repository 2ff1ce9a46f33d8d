import Compute
import Parallel

/// Something small that must be computed anew whenever weights have changed.
package protocol Derived: Sendable {
  var order: DerivationOrder { get }
  /// Parts that can be computed independently.
  var partCount: Int { get }
  func derive(parts: Range<Int>)
  /// Memory of what is derived.
  var byteCount: Int { get }
}

/// What a derived thing is computed from: one order after the other, a barrier between them.
package enum DerivationOrder: CaseIterable, Sendable {
  case fromParameters
  /// From packed parameters and from what was derived before.
  case fromDerived
}

/// All parameters of a model in one flat buffer, their gradients in a second.
///
/// Build the model first (`add`): that takes addresses and little memory. Then `allocate`. Offsets are multiples of 16 elements, so that
/// every parameter starts on a cache line.
///
/// `@unchecked Sendable`: after `allocate` only the memory changes, in slices that one worker owns.
public final class ParameterStore<S: MatrixElement>: @unchecked Sendable {
  public private(set) var parameters: [Parameter<S>] = []
  /// Packed forms, by the index of their parameter.
  private var packed: [[PackedParameter<S>]] = []
  private var derived: [any Derived] = []
  /// Elements in each flat buffer.
  package private(set) var count = 0
  private var otherBytes = 0
  private var memoryNodes: [Int] = []
  private var buffers: (values: AlignedBuffer<S>, gradients: AlignedBuffer<S>)?

  public init() {}

  /// Declares a parameter. Names must differ.
  ///
  /// - Parameters:
  ///   - blocks: gates that stand below each other in the rows.
  ///   - leadingZeros: see `Parameter.leadingZeros`.
  ///   - tokenShare: the share of a minibatch's tokens, or about it, that its products are over.
  public func add(
    _ name: String, shape: [Int], blocks: Int = 1, role: Parameter<S>.Role,
    initializer: Initializer, leadingZeros: [Int]? = nil, tokenShare: Double = 1
  ) -> Parameter<S> {
    precondition(buffers == nil, "the store is allocated")
    precondition(!parameters.contains { $0.name == name }, "two parameters named \(name)")
    let parameter = Parameter(
      name: name, shape: shape, role: role,
      layout: PanelLayout(blocks: blocks, units: shape[0] / blocks), initializer: initializer,
      leadingZeros: leadingZeros, tokenShare: tokenShare, index: parameters.count, offset: count,
      store: self)
    parameters.append(parameter)
    packed.append([])
    count += (parameter.count + 15) & ~15
    return parameter
  }

  /// Declares a packed form that follows its parameter.
  func add(_ form: PackedParameter<S>) { packed[form.parameter.index].append(form) }

  /// Declares something that is computed once all packed forms are up to date.
  package func add(derived: some Derived) { self.derived.append(derived) }

  /// Takes note of memory beside the packed forms and what is derived.
  func count(bytes: Int) { otherBytes += bytes }

  /// Bytes of one number for every parameter: of all values, gradients, or moments of one kind.
  package var valueBytes: Int { AlignedBuffer<S>.byteCount(of: count) }
  /// Bytes of what is made of the parameters anew whenever they change: packed forms and the like.
  package var derivedBytes: Int {
    packed.joined().reduce(0) { $0 + $1.byteCount } + derived.reduce(0) { $0 + $1.byteCount }
      + otherBytes
  }
  /// Bytes that training takes for the parameters, known as soon as they are declared.
  ///
  /// - Parameter momentCount: what the optimizer keeps for each parameter, 2 numbers for Adam.
  package func bytes(momentCount: Int) -> Int { (2 + momentCount) * valueBytes + derivedBytes }

  /// Takes the memory and writes the first values.
  ///
  /// - Parameter seed: nil leaves zeros, not packed, where the values will be read from a file.
  public func allocate(seed: UInt64?) {
    let gradients = AlignedBuffer<S>(count: count)
    for parameter in parameters where parameter.hasFleetingGradient {
      gradients.expectFew(parameter.offset..<parameter.offset + parameter.count)
    }
    buffers = (AlignedBuffer(count: count), gradients)
    interleave(over: memoryNodes)
    guard let seed else { return }
    Activity.run("drawing first weights", total: parameterCount, unit: .items("weights")) {
      drawing in
      for parameter in parameters {
        parameter.initializer.fill(parameter, seed: seed, drawing)
      }
    }
    pack()
  }

  /// Deals the memory of what all workers read, weights and their packed forms, to some nodes in turn, now or when it
  /// is allocated. Gradients lie with those who form them.
  package func interleave(over nodes: [Int]) {
    memoryNodes = nodes
    guard let buffers, !nodes.isEmpty else { return }
    buffers.values.interleave(over: nodes)
    for form in packed.joined() { form.interleave(over: nodes) }
  }

  package var isAllocated: Bool { buffers != nil }
  package var values: AlignedBuffer<S> { allocated.values }
  package var gradients: AlignedBuffer<S> { allocated.gradients }
  private var allocated: (values: AlignedBuffer<S>, gradients: AlignedBuffer<S>) {
    guard let buffers else { preconditionFailure("the store has no memory yet: allocate()") }
    return buffers
  }

  public func parameter(named name: String) -> Parameter<S>? {
    parameters.first { $0.name == name }
  }

  /// Sum of the shapes, without alignment.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }

  /// Brings everything up to date with the weights, on the calling thread.
  public func pack() {
    for parameter in parameters { pack(parameter, groups: 0..<parameter.layout.groupCount) }
    for order in DerivationOrder.allCases {
      for item in derived where item.order == order { item.derive(parts: 0..<item.partCount) }
    }
  }

  /// Packs the rows of `groups` in every form of `parameter`.
  package func pack(_ parameter: Parameter<S>, groups: Range<Int>) {
    parameter.writeLeadingZeros(to: parameter.value, groups: groups)
    for form in packed[parameter.index] { form.pack(groups: groups) }
  }

  /// Derives this worker's share of everything, once all parameters are packed.
  package func derive(_ worker: Worker) {
    for order in DerivationOrder.allCases where derived.contains(where: { $0.order == order }) {
      worker.barrier()
      for item in derived where item.order == order {
        item.derive(parts: worker.share(of: item.partCount))
      }
    }
  }
}
