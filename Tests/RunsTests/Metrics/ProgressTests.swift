import Foundation
import Testing
import Runs

@Suite struct ProgressFormatTests {
  let snapshot = ProgressSnapshot(
    update: 1200, totalUpdates: 4000, epoch: 3.004, loss: 1.43211, measure: .perplexity,
    learningRate: 2e-3, gradientNorm: 1.2345, tokensPerSecond: 412_345, secondsLeft: 192.4)

  @Test func showsEverythingWhenThereIsRoom() {
    #expect(
      ProgressFormat.line(snapshot)
        == "30%  update 1200/4000  epoch 3.00  loss 1.4321  ppl 4.19  412k tok/s  lr 0.002  "
        + "norm 1.23  left 3:12")
  }

  @Test func showsBitsPerCharacterAndLeavesOutWhatIsUnknown() {
    var snapshot = snapshot
    snapshot.measure = .bitsPerCharacter
    snapshot.tokensPerSecond = nil
    snapshot.secondsLeft = nil
    #expect(
      ProgressFormat.line(snapshot)
        == "30%  update 1200/4000  epoch 3.00  loss 1.4321  bpc 2.07  lr 0.002  norm 1.23")
  }

  @Test func leavesOutTheLeastImportantPartsFirst() {
    let whole = ProgressFormat.line(snapshot).count + 2 + 10
    #expect(
      ProgressFormat.line(snapshot, width: whole)
        == "30%  [==>     ]  update 1200/4000  epoch 3.00  loss 1.4321  ppl 4.19  412k tok/s  "
        + "lr 0.002  norm 1.23  left 3:12")
    #expect(
      ProgressFormat.line(snapshot, width: whole - 1)
        == "30%  [=====>            ]  update 1200/4000  epoch 3.00  loss 1.4321  ppl 4.19  "
        + "412k tok/s  lr 0.002  left 3:12")
    // A terminal of 80 columns, the last one free.
    #expect(
      ProgressFormat.line(snapshot, width: 79)
        == "30%  [==>     ]  update 1200/4000  loss 1.4321  ppl 4.19  412k tok/s  left 3:12")
    #expect(
      ProgressFormat.line(snapshot, width: 52)
        == "update 1200/4000  loss 1.4321  412k tok/s  left 3:12")
    #expect(ProgressFormat.line(snapshot, width: 30) == "update 1200/4000  loss 1.4321")
  }

  @Test func neverExceedsTheWidth() {
    for width in 0...120 {
      #expect(ProgressFormat.line(snapshot, width: width).count <= width)
    }
    #expect(ProgressFormat.line(snapshot, width: -1) == "")
  }

  @Test func colorAddsNothingButColor() {
    var snapshot = snapshot
    snapshot.loss = .nan
    let colored = ProgressFormat.line(snapshot, width: 90, color: true)
    #expect(colored.contains("\u{1B}[31mnan\u{1B}[0m"))
    #expect(
      colored.replacing(/\u{1B}\[[0-9]+m/, with: "") == ProgressFormat.line(snapshot, width: 90))
  }

  @Test(arguments: [(0, ">"), (1, "="), (-3, ">"), (7, "="), (0.5, "=")])
  func barsStayInTheirBrackets(share: Double, start: String) {
    var snapshot = snapshot
    (snapshot.update, snapshot.totalUpdates) = (Int(share * 100), 100)
    let line = ProgressFormat.line(snapshot, width: 300)
    let bar = line.split(separator: "[")[1].split(separator: "]")[0]
    #expect(bar.count == 30 && bar.hasPrefix(start))
    #expect(bar.count { $0 == "=" } == Int(30 * min(max(share, 0), 1)))
  }

  @Test func survivesEveryNumber() {
    for value in [Double.nan, .infinity, -.infinity, 1e300, -1, 0, 1e-300] {
      let snapshot = ProgressSnapshot(
        update: .max, totalUpdates: 0, epoch: value, loss: value, measure: .perplexity,
        learningRate: value, gradientNorm: value, tokensPerSecond: value, secondsLeft: value)
      #expect(!ProgressFormat.line(snapshot, width: 100).isEmpty)
    }
  }

  @Test(arguments: [
    (0, "0:00"), (59.4, "0:59"), (59.6, "1:00"), (3599.6, "1:00:00"), (3792, "1:03:12"),
    (86399, "23:59:59"), (187_800, "2d 04:10"), (.infinity, "-"), (.nan, "-"), (-1, "-"),
  ])
  func durations(seconds: Double, expected: String) {
    #expect(ProgressFormat.duration(seconds) == expected)
  }

  @Test(arguments: [
    (0, "0"), (812, "812"), (999.6, "1.00k"), (1000, "1.00k"), (9994, "9.99k"), (9996, "10.0k"),
    (41_234, "41.2k"), (412_345, "412k"), (999_600, "1.00M"), (1.2e9, "1.20G"),
  ])
  func counts(value: Double, expected: String) {
    #expect(ProgressFormat.count(value) == expected)
  }
}

@Suite struct TerminalTraitsTests {
  func traits(
    _ environment: [String: String], terminal: Bool = true, color: Bool? = nil
  ) -> [Bool] {
    let traits = TerminalTraits(isTerminal: terminal, environment: environment, color: color)
    return [traits.isInteractive, traits.usesColor]
  }

  @Test func followTheConventions() {
    #expect(traits([:]) == [true, true])
    #expect(traits([:], terminal: false) == [false, false])
    #expect(traits(["NO_COLOR": "1"]) == [true, false])
    #expect(traits(["NO_COLOR": ""]) == [true, true])
    #expect(traits(["TERM": "dumb"]) == [false, false])
    #expect(traits(["CI": "true"]) == [false, true])
    #expect(traits(["FORCE_COLOR": "1"], terminal: false) == [false, true])
    #expect(traits(["CLICOLOR_FORCE": "1", "NO_COLOR": "1"]) == [true, true])
    #expect(traits(["FORCE_COLOR": "0"], terminal: false) == [false, false])
    #expect(traits(["FORCE_COLOR": "1"], color: false) == [true, false])
    #expect(traits(["NO_COLOR": "1"], terminal: false, color: true) == [false, true])
  }

  @Test func widthIsTheEnvironmentsThenTheTerminals() {
    #expect(TerminalTraits.width(environment: ["COLUMNS": "60"], terminal: 100) == 60)
    for nonsense in ["", "x", "0", "-5"] {
      #expect(TerminalTraits.width(environment: ["COLUMNS": nonsense], terminal: 100) == 100)
    }
    #expect(TerminalTraits.width(environment: [:], terminal: 0) == 80)
    #expect(TerminalTraits.width(environment: [:], terminal: nil) == 80)
  }
}

@Suite struct SmoothedRateTests {
  @Test func isTheQuotientOfSmoothedSums() {
    var rate = SmoothedRate(factor: 0.5)
    #expect(rate.perSecond == nil)
    rate.add(100, seconds: 2)
    #expect(rate.perSecond == 50)
    // Weights 1/4 and 1/2: (100/4 + 400/2) / (2/4 + 1/2).
    rate.add(400, seconds: 1)
    #expect(rate.perSecond == 225)
  }

  @Test func noTimeIsNoRate() {
    var rate = SmoothedRate()
    rate.add(5, seconds: 0)
    #expect(rate.perSecond == nil)
  }
}

/// The line itself, with a clock that the test turns.
@Suite struct ProgressLineTests {
  private typealias World = ShownWorld

  func snapshot(_ update: Int) -> ProgressSnapshot {
    ProgressSnapshot(
      update: update, totalUpdates: 100, epoch: 1, loss: 1, measure: .bitsPerCharacter,
      learningRate: 1, gradientNorm: 1)
  }

  @Test func writesWholeLinesNowAndThenInALog() {
    let world = World()
    let line = world.line(isInteractive: false)
    for update in 1...25 {
      world.time += 1
      line.update(snapshot(update), tokens: 500)
    }
    // At the first update, and ten seconds after each line.
    #expect(world.written.count == 3)
    #expect(world.written.allSatisfy { $0.hasSuffix("\n") && !$0.contains("\r") })
    #expect(world.written[2].contains("update 21/100"))
    #expect(world.written[2].contains("500 tok/s"))
    #expect(world.written[2].hasSuffix("left 1:19\n"))
    line.finish()
    #expect(world.written.count == 4)
    #expect(world.written[3].contains("update 25/100"))
    line.finish()
    #expect(world.written.count == 4)
  }

  @Test func drawsOverOneLineOnATerminal() {
    let world = World()
    let line = world.line(isInteractive: true)
    for update in 1...5 {
      world.time += 0.0625
      line.update(snapshot(update), tokens: 500)
    }
    // 0.0625 s apart: every second one, and the first.
    #expect(world.written.count == 3)
    #expect(world.written.allSatisfy { $0.hasPrefix("\r") && $0.hasSuffix("\u{1B}[K") })
    #expect(world.written.last?.contains("8.00k tok/s") == true)
    line.finish()
    #expect(world.written.last == "\n")
  }

  @Test func messagesStandAboveTheLine() {
    let world = World()
    let line = world.line(isInteractive: true)
    line.message("first")
    line.update(snapshot(1), tokens: 1)
    line.message("second")
    line.update(snapshot(2), tokens: 1)
    #expect(world.written[0] == "first\n")
    #expect(world.written[2] == "\r\u{1B}[Ksecond\n")
    #expect(world.written[3].hasPrefix("\r") && world.written[3].contains("update 2/100"))
  }

  @Test func leavesTheLastColumnFree() {
    let world = World()
    world.width = 40
    let line = world.line(isInteractive: true)
    line.update(snapshot(1), tokens: 1)
    let drawn = world.written[0].dropFirst().dropLast(3)
    #expect(!drawn.isEmpty && drawn.count <= 39)
  }

  @Test func timeThatIsSkippedDoesNotSlowTheRate() {
    let world = World()
    let line = world.line(isInteractive: false)
    world.time += 1
    line.update(snapshot(1), tokens: 500)
    world.time += 1000
    line.skipTime()
    world.time += 1
    line.update(snapshot(2), tokens: 500)
    #expect(world.written.last?.contains("500 tok/s") == true)
    world.time += 1000
    line.update(snapshot(3), tokens: 500)
    #expect(world.written.last?.contains("500 tok/s") == false)
  }

  @Test func quietMeansMessagesOnly() {
    let world = World()
    let line = world.line(isInteractive: true, isQuiet: true)
    line.update(snapshot(1), tokens: 1)
    line.message("said")
    line.finish()
    #expect(world.written == ["said\n"])
  }
}
