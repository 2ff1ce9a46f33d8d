import Compute
import Dispatch
import Foundation
import Parallel
import Synchronization

/// Turns the first SIGINT, SIGTERM, SIGHUP or SIGXCPU, a limit on processor time that is reached, into
/// a request to stop, so that a run can write a checkpoint, and every SIGUSR1 into a request to save
/// and go on.
///
/// A second SIGINT ends the process at once, with exit code 130 and nothing written. A signal that
/// was ignored when this was made stays ignored, as for jobs in the background of a shell, or
/// SIGHUP under `nohup`.
package final class StopSignals: Sendable {
  private let request = Request()
  private let watches: Mutex<[Watch]>

  /// Starts to watch. Returns when signals are certain to be caught. Throws a `UserError` if the system gives no
  /// thread to watch them: Dispatch would ask for one for ever.
  package init() throws {
    let request = request
    // A serial queue of its own gets a thread of its own, even while every core is computing.
    let queue = DispatchQueue(label: "unroll.stop-signals", qos: .userInteractive)
    watches = Mutex(
      try [SIGINT, SIGTERM, SIGHUP, SIGXCPU, SIGUSR1].compactMap { number in
        try Watch(number, on: queue) { request.receive(number) }
      })
  }

  deinit { restore() }

  /// Whether to stop at the next good moment. Costs one relaxed load.
  package var isStopRequested: Bool { request.number.load(ordering: .relaxed) != 0 }

  /// Whether SIGUSR1 asked for a checkpoint. Costs one relaxed load.
  package var isSaveRequested: Bool { request.isSave.load(ordering: .relaxed) }

  /// Whether SIGUSR1 asked for a checkpoint since the last call. To be called before saving: what
  /// arrives meanwhile asks for another one.
  package func takeSaveRequest() -> Bool {
    isSaveRequested && request.isSave.exchange(false, ordering: .relaxed)
  }

  /// Lets SIGQUIT end the process at once, unless it is ignored: the language's runtime would
  /// write down where every thread is, which takes longer than anybody waits.
  package static func letQuitEnd() {
    var action = sigaction()
    sigaction(SIGQUIT, nil, &action)
    if !Watch.ignores(action) { signal(SIGQUIT, SIG_DFL) }
  }

  /// Lets SIGUSR1 pass, unless it is ignored anyway: before training there is nothing to save, and nothing to end.
  package static func letUserSignalsPass() {
    var action = sigaction()
    sigaction(SIGUSR1, nil, &action)
    if !Watch.ignores(action) { signal(SIGUSR1) { _ in } }
  }

  /// 128 + the signal's number: what a process that was asked to stop should exit with. Nil if it
  /// was not asked.
  package var exitCode: Int32? {
    let number = request.number.load(ordering: .relaxed)
    return number == 0 ? nil : 128 + number
  }

  /// Gives the signals back to whoever had them before. What was received stays known.
  ///
  /// To be called from the main thread, where signals may have to be let in again.
  package func restore() {
    let watches = watches.withLock { watches in
      defer { watches = [] }
      return watches
    }
    for watch in watches { watch.end() }
  }

  /// What was received. Apart from the object itself, so that a signal in flight cannot be the last
  /// to hold that and end its own watch.
  private final class Request: Sendable {
    /// The first signal that asked to stop; 0: none did.
    let number = Atomic<Int32>(0)
    let isSave = Atomic<Bool>(false)

    func receive(_ signal: Int32) {
      guard signal != SIGUSR1 else { return isSave.store(true, ordering: .relaxed) }
      let isFirst = number.compareExchange(
        expected: 0, desired: signal, ordering: .relaxed
      ).exchanged
      if !isFirst && signal == SIGINT { AtomicFile.exit(128 + SIGINT) }
    }
  }

  /// One signal, watched.
  ///
  /// Sendable is unchecked because of the source: Dispatch lets any thread cancel one, and the
  /// other properties never change.
  private struct Watch: @unchecked Sendable {
    private let number: Int32
    private let previous: sigaction
    private let source: any DispatchSourceSignal

    /// Nil if the signal is ignored.
    init?(
      _ number: Int32, on queue: DispatchQueue, handler: @escaping @Sendable () -> Void
    ) throws {
      var previous = sigaction()
      sigaction(number, nil, &previous)
      guard !Self.ignores(previous) else { return nil }
      #if canImport(Darwin)
        // There, Dispatch only observes signals; elsewhere it installs a handler of its own.
        signal(number, SIG_IGN)
      #endif
      self.number = number
      self.previous = previous
      source = DispatchSource.makeSignalSource(signal: number, queue: queue)
      source.setEventHandler(handler: handler)
      let isWatching = DispatchSemaphore(value: 0)
      source.setRegistrationHandler { isWatching.signal() }
      source.resume()
      guard isWatching.wait(timeout: .now() + 10) == .success else {
        throw UserError(
          "no thread to watch for signals came within 10 seconds; \(ThreadLimit.met)",
          hint: "raise the limit")
      }
    }

    func end() {
      let isOver = DispatchSemaphore(value: 0)
      source.setCancelHandler { isOver.signal() }
      source.cancel()
      isOver.wait()
      var previous = previous
      sigaction(number, &previous, nil)
      // Dispatch blocks a signal in the thread that it interrupted.
      var mask = sigset_t()
      sigemptyset(&mask)
      sigaddset(&mask, number)
      pthread_sigmask(SIG_UNBLOCK, &mask, nil)
    }

    static func ignores(_ action: sigaction) -> Bool {
      #if canImport(Darwin)
        let handler = action.__sigaction_u.__sa_handler
      #elseif canImport(Musl)
        let handler = action.__sa_handler.sa_handler
      #else
        let handler = action.__sigaction_handler.sa_handler
      #endif
      return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
    }
  }
}
