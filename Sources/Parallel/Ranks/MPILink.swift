import Compute
import Dispatch
import Foundation
import Synchronization

/// The processes of a job that `mpirun` or `srun` has started, joined by Open MPI.
///
/// Each tells its partners, every so often, that it is there, also while it reads, measures or saves for
/// minutes; whoever waits for a partner that has been silent too long ends the job.
///
/// `@unchecked Sendable`: the library is called under a lock by the thread that trains and by the one that sends
/// signs of life; all else that changes is under that lock too.
package final class MPILink: RankLink, @unchecked Sendable {
  package let rank: Int
  package let count: Int
  package private(set) var sentBytes = 0
  private let library: OpenMPILibrary
  private let timeout: Double
  private var hosts: [String] = []
  private let lock = Mutex<Void>(())
  private var signs: [SignOfLife] = []
  private let isOver = Atomic<Bool>(false)

  /// The ranks that this one ever meets.
  private var partners: [Int] { (0..<count.trailingZeroBitCount).map { rank ^ (1 << $0) } }

  private enum Tag { static let data: Int32 = 1, sign: Int32 = 2 }

  /// Messages have at most so many bytes: their length is an `int`.
  private static let longest = 1 << 30

  /// Joins the job. Every process of it has to, before anything else that takes long.
  ///
  /// Throws a `UserError` if there is no Open MPI here, or it knows of another number of processes than the
  /// launcher: then they would train one by one.
  ///
  /// - Parameter timeout: seconds after which a partner without a sign of life is given up.
  package init(_ launch: RankLaunch, timeout: Double) throws {
    library = try OpenMPILibrary()
    self.timeout = timeout
    var (provided, rank, size): (Int32, Int32, Int32) = (0, 0, 0)
    guard
      library.initialize(nil, nil, OpenMPILibrary.threadSerialized, &provided)
        == OpenMPILibrary.success,
      library.rank(library.world, &rank) == OpenMPILibrary.success,
      library.size(library.world, &size) == OpenMPILibrary.success
    else { throw UserError("Open MPI could not be started") }
    (self.rank, count) = (Int(rank), Int(size))
    guard provided >= OpenMPILibrary.threadSerialized else {
      throw UserError("this Open MPI was built without threads", hint: "use one that has them")
    }
    guard launch.count == nil || launch.count == count else {
      throw UserError(
        "\(launch.count ?? 0) processes were started, but Open MPI knows of \(count)",
        hint: "start them with the mpirun that belongs to this Open MPI, or with srun --mpi=pmix")
    }
    guard count & (count - 1) == 0 else { return }
    signs = partners.map { SignOfLife(from: $0) }
    hosts = gather(text: HostName.current)
    try OwnThread { [self] in showSigns() }.letGo()
  }

  /// Leaves the job. After that nobody can be met.
  package func finish() {
    if count & (count - 1) == 0 { meet() }
    isOver.store(true, ordering: .relaxed)
    lock.withLock { _ in _ = library.finalize() }
  }

  /// Ends the whole job with an exit code.
  package func abort(_ code: Int32) -> Never {
    // Whoever has the lock may be waiting for this rank, in vain: after a second he is cut off.
    for _ in 0..<100 {
      _ = lock.withLockIfAvailable { _ in leave(code) }
      usleep(10_000)
    }
    leave(code)
  }

  /// The caller has the lock, or nobody will give it back.
  private func leave(_ code: Int32) -> Never {
    _ = library.abort(library.world, code)
    exit(code)
  }

  // MARK: Meeting

  package func exchange(
    _ sent: UnsafeRawBufferPointer, _ received: UnsafeMutableRawBufferPointer, with partner: Int
  ) {
    lock.withLock { _ in
      sentBytes += sent.count
      let other = Int32(partner)
      var requests: [OpenMPILibrary.Handle?] = []
      func post(_ size: Int, _ begin: (Int, Int32, inout OpenMPILibrary.Handle?) -> Int32) {
        for start in stride(from: 0, to: size, by: Self.longest) {
          var request: OpenMPILibrary.Handle?
          _ = begin(start, Int32(min(Self.longest, size - start)), &request)
          requests.append(request)
        }
      }
      post(received.count) { start, count, request in
        library.receive(
          received.baseAddress.map { $0 + start }, count, library.byte, other, Tag.data,
          library.world, &request)
      }
      post(sent.count) { start, count, request in
        library.send(
          sent.baseAddress.map { $0 + start }, count, library.byte, other, Tag.data,
          library.world, &request)
      }
      wait(for: &requests, of: partner)
    }
  }

  private func wait(for requests: inout [OpenMPILibrary.Handle?], of partner: Int) {
    let start = Self.now
    var (turns, nextLook) = (0, start + 0.5)
    while !isDone(&requests) {
      turns += 1
      if turns < 1_000 { continue }
      // The partner may need this core.
      if turns < 2_000 { sched_yield() } else { usleep(50) }
      guard turns % 64 == 0, case let now = Self.now, now > nextLook else { continue }
      nextLook = now + 0.5
      signs.forEach { showSign(to: $0, now) }
      guard let sign = signs.first(where: { $0.partner == partner }), sign.silence(now) > timeout,
        now - start > min(timeout, 1)
      else { continue }
      // Of what the hosts are called nobody knows before all have met.
      let host = hosts.indices.contains(partner) ? " on '\(hosts[partner])'" : ""
      fail("rank \(partner)\(host) has shown no sign of life for \(Int(timeout)) seconds")
    }
  }

  private func isDone(_ requests: inout [OpenMPILibrary.Handle?]) -> Bool {
    var flag: Int32 = 0
    _ = library.testAll(Int32(requests.count), &requests, &flag, nil)
    return flag != 0
  }

  private func fail(_ message: String) -> Never {
    FileHandle.standardError.write(
      Data(
        "error: \(message)\n  hint: look there; the run goes on from its last checkpoint with --resume\n"
          .utf8))
    leave(1)
  }

  // MARK: Signs of life

  /// What is known of one partner. Under the lock.
  private final class SignOfLife {
    let partner: Int
    var lastHeard = MPILink.now
    var lastShown = 0.0
    let memory = UnsafeMutablePointer<UInt8>.allocate(capacity: 2)
    var sending: OpenMPILibrary.Handle?
    var awaited: OpenMPILibrary.Handle?
    var isSending = false
    var isAwaiting = false

    init(from partner: Int) { self.partner = partner }

    func silence(_ now: Double) -> Double { now - lastHeard }
  }

  private func showSigns() {
    while !isOver.load(ordering: .relaxed) {
      usleep(200_000)
      // Whoever has the lock is in `exchange`, and shows them himself.
      _ = lock.withLockIfAvailable { _ in
        guard !isOver.load(ordering: .relaxed) else { return }
        let now = Self.now
        signs.forEach { showSign(to: $0, now) }
      }
    }
  }

  private func showSign(to sign: SignOfLife, _ now: Double) {
    if sign.isSending {
      var request = [sign.sending]
      sign.isSending = !isDone(&request)
      sign.sending = request[0]
    }
    if !sign.isSending, now - sign.lastShown > min(5, timeout / 6) {
      _ = library.send(
        sign.memory, 1, library.byte, Int32(sign.partner), Tag.sign, library.world, &sign.sending)
      (sign.isSending, sign.lastShown) = (true, now)
    }
    while true {
      if !sign.isAwaiting {
        _ = library.receive(
          sign.memory + 1, 1, library.byte, Int32(sign.partner), Tag.sign, library.world,
          &sign.awaited)
        sign.isAwaiting = true
      }
      var request = [sign.awaited]
      sign.isAwaiting = !isDone(&request)
      sign.awaited = request[0]
      if sign.isAwaiting { return }
      sign.lastHeard = now
    }
  }

  private static var now: Double { Double(DispatchTime.now().uptimeNanoseconds) * 1e-9 }
}
