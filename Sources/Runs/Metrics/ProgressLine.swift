import Compute
import Foundation

/// Shows how a training goes on: one line that is drawn over on a terminal, whole lines now and
/// then in a log, nothing when quiet.
///
/// Not for use by two threads at a time.
package final class ProgressLine {
  private let traits: TerminalTraits
  private let isQuiet: Bool
  private let interval: Double
  private let width: () -> Int
  private let clock: () -> Double
  private let write: (String) -> Void

  private var tokenRate = SmoothedRate()
  private var updateRate = SmoothedRate()
  /// Since the rates were fed last.
  private var pending = (tokens: 0, updates: 0, seconds: 0.0)
  private var lastTick: Double
  private var lastDrawing: Double?
  private var undrawn: ProgressSnapshot?
  private var isLineOpen = false

  /// - Parameters:
  ///   - interval: least seconds between lines in a log; a terminal is drawn ten times a second.
  ///   - width: columns of the terminal, now.
  ///   - clock: seconds from any moment on, never backwards.
  ///   - write: takes text for the terminal or log.
  package init(
    traits: TerminalTraits, isQuiet: Bool = false, interval: Double = 10,
    width: @escaping () -> Int, clock: @escaping () -> Double, write: @escaping (String) -> Void
  ) {
    self.traits = traits
    self.isQuiet = isQuiet
    self.interval = traits.isInteractive ? 0.1 : interval
    self.width = width
    self.clock = clock
    self.write = write
    lastTick = clock()
  }

  /// On standard error, with the conventions of `TerminalTraits`.
  package convenience init(isQuiet: Bool = false, color: Bool? = nil, interval: Double = 10) {
    self.init(
      traits: .standardError(color: color), isQuiet: isQuiet, interval: interval,
      width: TerminalTraits.standardErrorWidth,
      clock: { Double(DispatchTime.now().uptimeNanoseconds) * 1e-9 },
      write: MessageStream.standardError.write)
  }

  /// Tells of an update.
  ///
  /// - `snapshot`: where the training stands now; its rate and time left are filled in here.
  /// - `tokens`: trained on in this update.
  package func update(_ snapshot: ProgressSnapshot, tokens: Int) {
    guard !isQuiet else { return }
    let now = clock()
    pending.tokens += tokens
    pending.updates += 1
    pending.seconds += now - lastTick
    lastTick = now
    if let lastDrawing, now - lastDrawing < interval {
      undrawn = snapshot
    } else {
      draw(snapshot, at: now)
    }
  }

  /// Takes the time since the last update out of the rates: validating or saving went on.
  package func skipTime() { lastTick = clock() }

  /// Writes a line of its own above the progress, even when quiet.
  package func message(_ text: String) {
    write((isLineOpen ? "\r\u{1B}[K" : "") + text + "\n")
    isLineOpen = false
    // The next update brings the progress back at once.
    if traits.isInteractive { lastDrawing = nil }
  }

  /// Draws what was not drawn yet, and ends the line.
  package func finish() {
    if let undrawn { draw(undrawn, at: clock()) }
    if isLineOpen { write("\n") }
    isLineOpen = false
  }

  private func draw(_ snapshot: ProgressSnapshot, at now: Double) {
    if pending.updates > 0 {
      tokenRate.add(Double(pending.tokens), seconds: pending.seconds)
      updateRate.add(Double(pending.updates), seconds: pending.seconds)
      pending = (0, 0, 0)
    }
    var snapshot = snapshot
    snapshot.tokensPerSecond = tokenRate.perSecond
    let updatesLeft = Double(max(0, snapshot.totalUpdates - snapshot.update))
    snapshot.secondsLeft = updateRate.perSecond.flatMap { $0 > 0 ? updatesLeft / $0 : nil }
    if traits.isInteractive {
      // The last column stays free: writing there makes some terminals begin a new line.
      let line = ProgressFormat.line(snapshot, width: width() - 1, color: traits.usesColor)
      write("\r\(line)\u{1B}[K")
      isLineOpen = true
    } else {
      write(ProgressFormat.line(snapshot, color: traits.usesColor) + "\n")
    }
    undrawn = nil
    lastDrawing = now
  }
}
