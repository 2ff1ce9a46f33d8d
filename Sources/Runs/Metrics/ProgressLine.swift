import Foundation

/// Shows how a training goes on: one line that is drawn over on a terminal, whole lines now and
/// then in a log, nothing when quiet.
///
/// Not for use by two threads at a time.
package final class ProgressLine {
  private let line: StatusLine
  private let isQuiet: Bool
  private let interval: Double
  private let clock: () -> Double

  private var tokenRate = SmoothedRate()
  private var updateRate = SmoothedRate()
  /// Since the rates were fed last.
  private var pending = (tokens: 0, updates: 0, seconds: 0.0)
  private var lastTick: Double
  private var lastDrawing: Double?
  private var undrawn: ProgressSnapshot?

  /// - Parameters:
  ///   - interval: least seconds between lines in a log; a terminal is drawn ten times a second.
  ///   - clock: seconds from any moment on, never backwards.
  package init(
    on line: StatusLine = .standardError, isQuiet: Bool = false, interval: Double = 10,
    clock: @escaping () -> Double = ProgressLine.systemClock
  ) {
    self.line = line
    self.isQuiet = isQuiet
    self.interval = line.traits.isInteractive ? 0.1 : interval
    self.clock = clock
    lastTick = clock()
  }

  package static let systemClock: @Sendable () -> Double = {
    Double(DispatchTime.now().uptimeNanoseconds) * 1e-9
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
    line.message(text)
    // The next update brings the progress back at once.
    if line.traits.isInteractive { lastDrawing = nil }
  }

  /// Draws what was not drawn yet, and ends the line.
  package func finish() {
    if let undrawn { draw(undrawn, at: clock()) }
    line.yield()
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
    line.draw { ProgressFormat.line(snapshot, width: $0, color: line.traits.usesColor) }
    undrawn = nil
    lastDrawing = now
  }
}
