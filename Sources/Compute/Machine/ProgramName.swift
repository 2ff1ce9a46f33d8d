import Synchronization

/// What the running program is called, for messages that tell what to type: `unroll`, or the name of a
/// program with tasks of its own.
package enum ProgramName {
  private static let name = Mutex("unroll")

  package static var current: String {
    get { name.withLock { $0 } }
    set { name.withLock { $0 = newValue } }
  }
}
