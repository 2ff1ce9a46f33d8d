import Compute

/// The memories of a machine with several: a processor reaches its own node's at full speed, the others' through the
/// link between sockets.
///
/// What one worker writes and reads comes to lie with it by its first touch. What all read, the weights and their packed
/// forms, would lie where they were first drawn or loaded, and every other socket would wait for that one memory: their
/// pages are dealt to all nodes in turn.
package struct MemoryNodes: Sendable, Equatable {
  /// Ascending; none where the system does not tell.
  package let numbers: [Int]

  /// Those of the processors that this process may run on.
  package static let current = MemoryNodes(
    of: UsableCores.allowed, in: "/sys/devices/system/node")

  /// - Parameters:
  ///   - processors: only their nodes count, so that a process that is kept on one socket stays there.
  ///   - folder: as sysfs has it.
  package init(of processors: [Int], in folder: String) {
    let all = KernelFile.text("\(folder)/online").flatMap(UsableCores.numbers) ?? []
    numbers = all.filter { node in
      let own = KernelFile.text("\(folder)/node\(node)/cpulist").flatMap(UsableCores.numbers)
      return !Set(own ?? []).isDisjoint(with: processors)
    }
  }

  /// Whether there is a choice.
  package var areSeveral: Bool { numbers.count > 1 }
}
