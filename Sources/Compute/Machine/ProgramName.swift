import Synchronization

/// What the running program and its commands are called, for messages that tell what to type: `unroll`,
/// or the name of a program with tasks of its own.
package enum ProgramName {
  private static let name = Mutex("unroll")
  private static let known = Mutex<[String]>([])

  package static var current: String {
    get { name.withLock { $0 } }
    set { name.withLock { $0 = newValue } }
  }

  /// None where no command line was read.
  package static var commands: [String] {
    get { known.withLock { $0 } }
    set { known.withLock { $0 = newValue } }
  }
}
