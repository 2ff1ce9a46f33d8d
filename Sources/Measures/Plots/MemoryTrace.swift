import Interchange

/// One sequence through time: everything is a list of steps.
package struct MemoryTrace: Sendable, Equatable {
  /// Channels of each step.
  package let inputs: [[Float]]
  /// Bits of each step; zeros where nothing is asked for.
  package let targets: [[Float]]
  /// As `targets`: how likely each bit is thought to be 1.
  package let outputs: [[Float]]
  /// Of each reading, and each writing, head: the weight of every slot at every step.
  package let reads: [[[Float]]]
  package let writes: [[[Float]]]

  package init(
    inputs: [[Float]], targets: [[Float]], outputs: [[Float]], reads: [[[Float]]],
    writes: [[[Float]]]
  ) {
    self.inputs = inputs
    self.targets = targets
    self.outputs = outputs
    self.reads = reads
    self.writes = writes
  }

  /// Everything, for machines.
  package var json: JSONValue {
    func list(_ steps: [[Float]]) -> JSONValue {
      .array(steps.map { .array($0.map { .number(Double($0)) }) })
    }
    return .object([
      .init("inputs", list(inputs)), .init("targets", list(targets)),
      .init("outputs", list(outputs)), .init("read_weights", .array(reads.map(list))),
      .init("write_weights", .array(writes.map(list))),
    ])
  }
}
