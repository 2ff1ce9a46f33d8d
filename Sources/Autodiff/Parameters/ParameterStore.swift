import Compute
import Parallel

/// Something that must be packed anew whenever weights have changed.
public protocol Packing: Sendable {
  /// Panels that can be packed independently.
  var panelCount: Int { get }
  func pack(panels: Range<Int>)
}

/// All parameters of a model in one flat buffer, their gradients in a second.
///
/// Build the model first (`add`), then `allocate`. Offsets are multiples of 16 elements, so that
/// every parameter starts on a cache line.
///
/// `@unchecked Sendable`: after `allocate` only the memory changes, in slices that one worker owns.
public final class ParameterStore<S: Real>: @unchecked Sendable {
  public private(set) var parameters: [Parameter<S>] = []
  public private(set) var packings: [any Packing] = []
  /// Packed forms that are computed from other packed forms.
  public private(set) var derivedPackings: [any Packing] = []
  /// Elements in each flat buffer.
  public private(set) var count = 0
  private var buffers: (values: AlignedBuffer<S>, gradients: AlignedBuffer<S>)?

  public init() {}

  /// Declares a parameter. Names must differ.
  ///
  /// - Parameter blocks: gates that stand below each other in the rows.
  public func add(
    _ name: String, shape: [Int], blocks: Int = 1, role: Parameter<S>.Role,
    initializer: Initializer
  ) -> Parameter<S> {
    precondition(buffers == nil, "the store is allocated")
    precondition(!parameters.contains { $0.name == name }, "two parameters named \(name)")
    let parameter = Parameter(
      name: name, shape: shape, role: role,
      layout: PanelLayout(blocks: blocks, units: shape[0] / blocks), initializer: initializer,
      index: parameters.count, offset: count, store: self)
    parameters.append(parameter)
    count += (parameter.count + 15) & ~15
    return parameter
  }

  /// Declares a packed form that follows the weights.
  public func add(_ packing: some Packing) { packings.append(packing) }

  /// Declares a packed form that is computed once all others are up to date.
  public func add(derived packing: some Packing) { derivedPackings.append(packing) }

  /// Takes the memory and writes the first values.
  public func allocate(seed: UInt64) {
    buffers = (AlignedBuffer(count: count), AlignedBuffer(count: count))
    for parameter in parameters { parameter.initializer.fill(parameter, seed: seed) }
    pack()
  }

  public var values: AlignedBuffer<S> { allocated.values }
  public var gradients: AlignedBuffer<S> { allocated.gradients }
  private var allocated: (values: AlignedBuffer<S>, gradients: AlignedBuffer<S>) {
    guard let buffers else { preconditionFailure("the store has no memory yet: allocate()") }
    return buffers
  }

  public func parameter(named name: String) -> Parameter<S>? {
    parameters.first { $0.name == name }
  }

  /// Sum of the shapes, without alignment.
  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }

  /// Packs everything on the calling thread.
  public func pack() {
    for packing in packings + derivedPackings { packing.pack(panels: 0..<packing.panelCount) }
  }

  /// Packs this worker's share of every packed form.
  public func pack(_ worker: Worker) {
    for packing in packings { packing.pack(panels: worker.share(of: packing.panelCount)) }
    guard !derivedPackings.isEmpty else { return }
    worker.barrier()
    for packing in derivedPackings { packing.pack(panels: worker.share(of: packing.panelCount)) }
  }
}
