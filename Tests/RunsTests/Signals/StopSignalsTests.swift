import Foundation
import Testing
import Runs

/// Each test sends signals to a process of its own.
@Suite struct StopSignalsTests {
  static func wait(for signals: StopSignals) {
    for _ in 0..<20_000 where !signals.isStopRequested { usleep(1000) }
  }

  /// Waits to be ended by a signal; leaves with a code of its own if none does.
  static func waitForTheEnd() -> Never {
    for _ in 0..<20_000 { usleep(1000) }
    exit(99)
  }

  @Test func theFirstSignalIsARequest() async {
    await #expect(processExitsWith: .exitCode(143)) {
      let signals = try StopSignals()
      precondition(signals.exitCode == nil && !signals.isStopRequested)
      kill(getpid(), SIGTERM)
      Self.wait(for: signals)
      exit(signals.exitCode ?? 0)
    }
    await #expect(processExitsWith: .exitCode(7)) {
      let signals = try StopSignals()
      kill(getpid(), SIGINT)
      Self.wait(for: signals)
      precondition(signals.exitCode == 130)
      exit(7)
    }
  }

  @Test func aSecondInterruptEndsAtOnce() async {
    await #expect(processExitsWith: .exitCode(130)) {
      let signals = try StopSignals()
      kill(getpid(), SIGTERM)
      Self.wait(for: signals)
      kill(getpid(), SIGINT)
      Self.waitForTheEnd()
    }
  }

  @Test func restoringLetsSignalsKillAgain() async {
    await #expect(processExitsWith: .signal(SIGTERM)) {
      let signals = try StopSignals()
      kill(getpid(), SIGTERM)
      Self.wait(for: signals)
      signals.restore()
      precondition(signals.exitCode == 143)
      kill(getpid(), SIGTERM)
      Self.waitForTheEnd()
    }
  }

  @Test func restoringWithoutASignalWorksToo() async {
    await #expect(processExitsWith: .signal(SIGINT)) {
      try StopSignals().restore()
      kill(getpid(), SIGINT)
      Self.waitForTheEnd()
    }
  }

  @Test func anIgnoredSignalStaysIgnored() async {
    await #expect(processExitsWith: .exitCode(143)) {
      signal(SIGINT, SIG_IGN)
      let signals = try StopSignals()
      for _ in 0..<3 { kill(getpid(), SIGINT) }
      kill(getpid(), SIGTERM)
      Self.wait(for: signals)
      exit(signals.exitCode ?? 0)
    }
  }

  @Test func aHangUpIsARequestUnlessItIsIgnored() async {
    await #expect(processExitsWith: .exitCode(129)) {
      let signals = try StopSignals()
      kill(getpid(), SIGHUP)
      Self.wait(for: signals)
      exit(signals.exitCode ?? 0)
    }
    await #expect(processExitsWith: .exitCode(128 + SIGXCPU)) {
      let signals = try StopSignals()
      kill(getpid(), SIGXCPU)
      Self.wait(for: signals)
      exit(signals.exitCode ?? 0)
    }
    await #expect(processExitsWith: .exitCode(143)) {
      signal(SIGHUP, SIG_IGN)
      let signals = try StopSignals()
      kill(getpid(), SIGHUP)
      kill(getpid(), SIGTERM)
      Self.wait(for: signals)
      exit(signals.exitCode ?? 0)
    }
  }

  @Test func aUserSignalAsksToSaveAndGoOn() async {
    await #expect(processExitsWith: .success) {
      let signals = try StopSignals()
      precondition(!signals.isSaveRequested && !signals.takeSaveRequest())
      for _ in 0..<2 {
        kill(getpid(), SIGUSR1)
        for _ in 0..<20_000 where !signals.isSaveRequested { usleep(1000) }
        precondition(signals.takeSaveRequest() && !signals.takeSaveRequest())
      }
      precondition(!signals.isStopRequested && signals.exitCode == nil)
    }
  }

  /// Before anybody watches there is nothing to save; later it asks for a checkpoint all the same.
  @Test func anEarlyUserSignalPasses() async {
    await #expect(processExitsWith: .success) {
      StopSignals.letUserSignalsPass()
      kill(getpid(), SIGUSR1)
      usleep(10_000)
      let signals = try StopSignals()
      precondition(!signals.isSaveRequested)
      kill(getpid(), SIGUSR1)
      for _ in 0..<20_000 where !signals.isSaveRequested { usleep(1000) }
      precondition(signals.takeSaveRequest() && signals.exitCode == nil)
    }
    await #expect(processExitsWith: .success) {
      signal(SIGUSR1, SIG_IGN)
      StopSignals.letUserSignalsPass()
      let signals = try StopSignals()
      kill(getpid(), SIGUSR1)
      usleep(100_000)
      precondition(!signals.isSaveRequested, "what was ignored stays ignored")
    }
  }

  @Test func quitEnds() async {
    await #expect(processExitsWith: .signal(SIGQUIT)) {
      var none = rlimit(rlim_cur: 0, rlim_max: 0)
      setrlimit(.init(RLIMIT_CORE.rawValue), &none)
      StopSignals.letQuitEnd()
      kill(getpid(), SIGQUIT)
      Self.waitForTheEnd()
    }
  }
}
