import Compute
import Runs
import Testing

/// What is shown of work that takes its time, with a clock that the test turns.
@Suite struct ActivityDisplayTests {
  private let world = ShownWorld()
  private let list = ActivityList()

  private func display(isInteractive: Bool) -> ActivityDisplay {
    ActivityDisplay(list, on: world.status(isInteractive: isInteractive), clock: { world.time })
  }

  /// Looks on for some seconds, `advance` before each look, five a second.
  private func look(
    _ display: ActivityDisplay, seconds: Double, _ advance: () -> Void = {}
  ) {
    for _ in 0..<Int(5 * seconds) {
      world.time += 0.2
      advance()
      display.look()
    }
  }

  @Test(arguments: [false, true])
  func whatEndsWithinASecondIsNotShown(isInteractive: Bool) {
    let display = display(isInteractive: isInteractive)
    for size in [1, 7, 40] {
      let activity = Activity("reading", "'a.txt'", total: size, in: list)
      look(display, seconds: 0.8) { activity.advance() }
      activity.end()
      look(display, seconds: 3)
    }
    #expect(world.written.isEmpty)
    #expect(list.activities.isEmpty)
  }

  @Test func aTerminalShowsShareRateAndTimeLeft() {
    world.width = 90
    let display = display(isInteractive: true)
    let activity = Activity("reading", "'a.txt'", total: 10_000_000, unit: .bytes, in: list)
    look(display, seconds: 4) { activity.advance(by: 200_000) }
    #expect(
      world.screen == [
        "reading 'a.txt'  40%  [============>                 ]  4.00M/10.0MB  1.00MB/s  left 0:06"
      ])
    activity.advance(by: 6_200_000)
    activity.end()
    display.look()
    #expect(world.screen == [""], "what is done leaves no trace")
  }

  /// Figures are worth more than the folder of a file.
  @Test func longPathsGiveWayToFigures() {
    let display = display(isInteractive: true)
    let outer = Activity("counting the tokens of", in: list)
    let file = Activity(
      nil, "'/home/somebody/data/news.txt'", total: 10_000_000, unit: .bytes, in: list)
    look(display, seconds: 2) { file.advance(by: 200_000) }
    world.width = 80
    display.look()
    #expect(world.screen[0].hasPrefix("counting the tokens of 'news.txt'  20%  ["))
    #expect(world.screen[0].hasSuffix("1.00MB/s  left 0:08"))
    world.width = 140
    display.look()
    #expect(world.screen[0].hasPrefix("counting the tokens of '/home/somebody/data/news.txt'  20%"))
    file.end()
    outer.end()
  }

  /// A line when something has begun to take long, then one every ten seconds.
  @Test func aLogStaysShort() {
    let display = display(isInteractive: false)
    let activity = Activity("validating", total: 500, unit: .items("sentences"), in: list)
    look(display, seconds: 25) { activity.advance(by: 2) }
    #expect(world.written.count == 3)
    #expect(world.written.allSatisfy { $0.hasSuffix("\n") && !$0.contains("\r") })
    #expect(!world.written.joined().contains("["), "no bar")
    #expect(world.written[1].hasPrefix("validating  22%  11"))
    #expect(world.written[1].hasSuffix("/500 sentences  10/s  left 0:39\n"))
    activity.end()
    // The same again within ten seconds says nothing new, something else does.
    let again = Activity("validating", total: 500, in: list)
    look(display, seconds: 3)
    #expect(world.written.count == 3)
    let other = Activity("saving", in: list)
    look(display, seconds: 3)
    #expect(world.written.count == 4)
    #expect(world.written[3] == "saving  for 0:01\n")
    other.end()
    again.end()
  }

  /// The innermost that takes long is shown; what it lacks, those around it say.
  @Test func activitiesLieInsideOneAnother() {
    let display = display(isInteractive: true)
    world.width = 60
    let outer = Activity("tokenising", in: list)
    let files = ["'a'", "'b'", "'c'"].map { name in
      let file = Activity(nil, name, total: 300, unit: .bytes, in: list)
      look(display, seconds: 0.8) { file.advance(by: 100) }
      let seen = world.screen
      look(display, seconds: 1)
      file.end()
      return (seen, world.screen)
    }
    #expect(files[0].0 == [""])
    #expect(files[0].1[0].hasPrefix("tokenising 'a'  100%  [="))
    #expect(files[1].0[0] == "tokenising  for 0:02", "the short one is not shown yet")
    #expect(files[2].1[0].hasPrefix("tokenising 'c'"))
    outer.end()
    display.look()
    #expect(world.screen == [""])
  }

  @Test func messagesAndTrainingShareTheLine() {
    let status = world.status(isInteractive: true)
    let display = ActivityDisplay(list, on: status, clock: { world.time })
    let line = ProgressLine(on: status, clock: { world.time })
    let snapshot = ProgressSnapshot(
      update: 3, totalUpdates: 8, epoch: 1, loss: 1, measure: nil, learningRate: 1,
      gradientNorm: 1)
    line.update(snapshot, tokens: 5)
    let activity = Activity("validating", in: list)
    look(display, seconds: 2)
    #expect(world.screen.count == 1 && world.screen[0].hasPrefix("validating"))
    line.message("warning: something")
    display.look()
    activity.end()
    line.update(snapshot, tokens: 5)
    display.look()
    #expect(world.screen.count == 2 && world.screen[0] == "warning: something")
    #expect(world.screen[1].hasPrefix("37%  ["), "the training line stays")
    line.finish()
    #expect(world.screen.count == 3 && world.screen[1].hasPrefix("37%"))
  }

  @Test func nothingIsShownWhenQuiet() {
    let display = display(isInteractive: true)
    let activity = Activity("reading", in: list)
    look(display, seconds: 2)
    #expect(world.screen[0].hasPrefix("reading"))
    display.silence()
    let written = world.written.count
    look(display, seconds: 30)
    #expect(world.screen == [""] && world.written.count == written)
    activity.end()
  }

  /// Work without a known size, and figures that make no sense, still make a line.
  @Test(arguments: [(0, 5), (3, 0), (9, 4), (-2, 7)])
  func everyNumberMakesALine(done: Int, total: Int) {
    let display = display(isInteractive: true)
    for width in [1, 10, 40, 200] {
      world.width = width
      let activity = Activity("reading", "'x'", total: total, in: list)
      look(display, seconds: 1.4) { activity.advance(by: done) }
      #expect((world.screen.last ?? "").count < max(width, 1) || width == 1)
      activity.end()
    }
  }
}
