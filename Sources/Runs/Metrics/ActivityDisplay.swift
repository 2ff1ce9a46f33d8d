import Compute
import Foundation
import Parallel
import Synchronization

/// Shows what takes longer than a second: a line that is drawn over on a terminal, a line now and then
/// in a log.
package final class ActivityDisplay: Sendable {
  /// What this process does, on its standard error.
  package static let standardError = ActivityDisplay(.open, on: .standardError)

  /// Seconds after which something takes long.
  private static let patience = 1.0
  /// Seconds between lines in a log.
  private static let interval = 10.0
  /// Seconds between two looks.
  private static let pause = 0.2

  /// An activity as it was seen first.
  private struct Seen {
    let activity: Activity
    let since: Double
    /// Done by then.
    let start: Int

    init(_ activity: Activity, at time: Double) {
      (self.activity, since, start) = (activity, time, activity.done)
    }

    /// Over all of the time: what comes in batches would make any shorter mean jump.
    func rate(at time: Double) -> Double { Double(activity.done - start) / (time - since) }
  }

  private struct State {
    var seen: [Seen] = []
    /// In the log.
    var lastLine: (title: String, time: Double)?
  }

  private let list: ActivityList
  private let line: StatusLine
  private let clock: @Sendable () -> Double
  private let state = Mutex(State())
  private let isQuiet = Atomic<Bool>(false)

  /// - Parameter clock: seconds from any moment on, never backwards.
  package init(
    _ list: ActivityList, on line: StatusLine,
    clock: @escaping @Sendable () -> Double = ProgressLine.systemClock
  ) {
    self.list = list
    self.line = line
    self.clock = clock
  }

  /// Looks on until the process ends, on a thread of its own. Where the system gives none, nothing is shown.
  package func start() {
    let thread = try? OwnThread { [self] in
      // Signals are for those who wait for them.
      var all = sigset_t()
      sigfillset(&all)
      pthread_sigmask(SIG_BLOCK, &all, nil)
      while !isQuiet.load(ordering: .relaxed) {
        usleep(UInt32(Self.pause * 1e6))
        look()
      }
    }
    thread?.letGo()
  }

  /// Shows nothing from now on.
  package func silence() {
    isQuiet.store(true, ordering: .relaxed)
    line.clear()
  }

  /// Looks at what is open, and shows the innermost activity that takes long.
  package func look() {
    let now = clock()
    // Whoever has ended an activity and clears the line after it finds nothing drawn later.
    line.draw(isPassing: true) { width in
      guard !isQuiet.load(ordering: .relaxed) else { return nil }
      return state.withLock { state in
        state.seen = list.activities.map { activity in
          state.seen.first { $0.activity === activity } ?? Seen(activity, at: now)
        }
        let place = state.seen.lastIndex { now - $0.since >= Self.patience }
        guard let place else { return nil }
        let shown = state.seen[place]
        let title = Self.title(of: state.seen[...place].map(\.activity))
        if !line.traits.isInteractive {
          if let last = state.lastLine, last.title == title, now - last.time < Self.interval {
            return nil
          }
          state.lastLine = (title, now)
        }
        return ActivityFormat.line(
          title, short: Self.title(of: state.seen[...place].map(\.activity), isShort: true),
          shown.activity, rate: shown.rate(at: now), seconds: now - shown.since,
          width: width, color: line.traits.usesColor)
      }
    }
  }

  /// What is done, by the innermost that says it, and to what.
  ///
  /// - Parameter isShort: of a file its name alone.
  private static func title(of activities: [Activity], isShort: Bool = false) -> String {
    let verb = activities.lazy.reversed().compactMap(\.verb).first ?? "reading"
    guard let object = activities.last?.object else { return verb }
    guard isShort, object.hasPrefix("'"), let name = object.split(separator: "/").last else {
      return verb + " " + object
    }
    return verb + (name.hasPrefix("'") ? " " : " '") + name
  }
}

/// How an activity looks. A function of its arguments: no clock, no terminal.
enum ActivityFormat {
  /// `reading 'corpus.txt'  37%  [===>      ]  1.25/3.38 GB  120 MB/s  left 0:17`, or, where nobody
  /// knows how much there is, `reading 'corpus.txt'  1.25 GB  120 MB/s  for 0:10`.
  ///
  /// - Parameter short: the title where there is no room for the longer one beside all figures.
  static func line(
    _ title: String, short: String, _ activity: Activity, rate: Double, seconds: Double,
    width: Int?, color: Bool
  ) -> String {
    let figures = figures(of: activity, rate: rate, seconds: seconds)
    let parts = [title, short].map { [LinePart("", $0, rank: 0)] + figures }
    return LinePart.line(
      LinePart.fit(parts[0], width: width) ? parts[0] : parts[1], width: width, color: color)
  }

  private static func figures(
    of activity: Activity, rate: Double, seconds: Double
  ) -> [LinePart] {
    let done = activity.done
    var parts: [LinePart] = []
    if let total = activity.total, total > 0 {
      let share = min(1, Double(done) / Double(total))
      parts.append(LinePart("", "\(Int(100 * share))%", rank: 1))
      parts.append(LinePart(bar: share, rank: 3))
      parts.append(LinePart("", amount(done, of: total, activity.unit), rank: 5))
    } else if done > 0 {
      parts.append(LinePart("", amount(done, of: nil, activity.unit), rank: 1))
    }
    if rate > 0 {
      parts.append(LinePart("", speed(rate, activity.unit), rank: 4))
      if let total = activity.total {
        let left = Double(max(0, total - done)) / rate
        return parts + [LinePart("left", ProgressFormat.duration(left), rank: 2)]
      }
    }
    return parts + [LinePart("for", ProgressFormat.duration(seconds), rank: 2)]
  }

  private static func amount(_ done: Int, of total: Int?, _ unit: Activity.Unit) -> String {
    func count(_ value: Int) -> String { ProgressFormat.count(Double(value)) }
    let amount = total.map { "\(count(done))/\(count($0))" } ?? count(done)
    return switch unit {
    case .bytes: amount + "B"
    case .items(let name): amount + " " + name
    }
  }

  private static func speed(_ rate: Double, _ unit: Activity.Unit) -> String {
    ProgressFormat.count(rate) + (unit == .bytes ? "B/s" : "/s")
  }
}
