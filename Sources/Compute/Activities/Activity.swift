import Synchronization

/// Work that may take longer than a second, for whoever shows what goes on.
///
/// Whoever works opens one, counts what is done with a relaxed addition, and ends it; whoever shows
/// looks at `ActivityList.open` now and then. Neither knows the other, and where nobody looks nothing
/// is spent but the additions.
package final class Activity: Sendable {
  package enum Unit: Sendable, Equatable {
    case bytes
    /// What is counted, in the plural.
    case items(String)
  }

  /// What is done: `reading`. Nil where only the activity around it can tell.
  package let verb: String?
  /// What it is done to: `'corpus.txt'`.
  package let object: String?
  /// Nil where nobody knows beforehand.
  package let total: Int?
  package let unit: Unit
  private let list: ActivityList
  private let count = Atomic<Int>(0)

  /// Opens an activity. To be ended: see `run` for what is done in one place.
  package init(
    _ verb: String? = nil, _ object: String? = nil, total: Int? = nil,
    unit: Unit = .items("examples"), in list: ActivityList = .open
  ) {
    self.verb = verb
    self.object = object
    self.total = total
    self.unit = unit
    self.list = list
    list.add(self)
  }

  /// Done so far.
  package var done: Int { count.load(ordering: .relaxed) }

  /// Takes note of more that is done. Any thread may call it.
  package func advance(by amount: Int = 1) { count.wrappingAdd(amount, ordering: .relaxed) }

  /// Calling it again does nothing.
  package func end() { list.remove(self) }

  /// An activity for as long as `body` takes.
  package static func run<Result>(
    _ verb: String? = nil, _ object: String? = nil, total: Int? = nil,
    unit: Unit = .items("examples"), _ body: (Activity) throws -> Result
  ) rethrows -> Result {
    let activity = Activity(verb, object, total: total, unit: unit)
    defer { activity.end() }
    return try body(activity)
  }
}

/// Activities that have begun and not ended, each inside those before it.
package final class ActivityList: Sendable {
  /// Those of this process. One list for all, because what reads a file deep in the house neither knows
  /// nor should be told who shows how far it is.
  package static let open = ActivityList()

  private let list = Mutex<[Activity]>([])

  package init() {}

  /// The outermost first.
  package var activities: [Activity] { list.withLock { $0 } }

  fileprivate func add(_ activity: Activity) { list.withLock { $0.append(activity) } }

  fileprivate func remove(_ activity: Activity) {
    list.withLock { list in
      if let place = list.lastIndex(where: { $0 === activity }) { list.remove(at: place) }
    }
  }
}
