import Foundation

/// The bytes of a long list: memory of the process while they are few, beyond that a file without a name,
/// mapped. What the system does not want to keep in memory of it then lies on the disk, and however long
/// the list, the process stays small.
///
/// The file lies in the folder that `TMPDIR` names, or in `/var/tmp`. It is gone with its list, however the
/// process ends. Nobody else can cut it, and the disk's room is taken before it is written: a full
/// disk is a `UserError` and no signal.
@usableFromInline
final class ListMemory: @unchecked Sendable {
  // Sendable: lists copy what somebody else holds before they change it.

  /// Bytes that a list has in memory at most. Tests make it small.
  @TaskLocal static var limit = 64 << 20
  /// Where files lie; nil: as the environment says.
  @TaskLocal static var place: String?

  @usableFromInline var base: UnsafeMutableRawPointer
  /// Bytes.
  @usableFromInline var capacity: Int
  /// Where it is in one.
  private var file: OpenFile?
  /// Whether the system knows that parts of the file are read in no order.
  private var isReadAtRandom = false

  /// - Parameter capacity: bytes, of memory.
  @usableFromInline
  init(capacity: Int) {
    self.capacity = capacity
    base = Self.resized(nil, capacity)
  }

  deinit { release() }

  private func release() {
    guard let file else { return free(base) }
    munmap(base, capacity)
    try? FileSystem.close(file)
  }

  /// Makes room for `bytes`, some more for those that follow, and keeps the first `used`.
  @usableFromInline
  func grow(to bytes: Int, keeping used: Int) throws {
    if file == nil, bytes <= Self.limit {
      capacity = max(bytes, min(2 * capacity, Self.limit))
      base = Self.resized(base, capacity)
      return
    }
    let folder = Self.folder
    do {
      try growFile(to: Self.wholePages(max(bytes, capacity + max(Self.limit, capacity / 4))), used)
    } catch let error as SystemError {
      var refusal = UserError(
        "cannot keep \(ByteCount(bytes)) of examples in '\(folder)': \(error)",
        hint: "free some space there, or name a folder on another disk in TMPDIR")
      refusal.systemCode = error.code
      throw refusal
    }
  }

  private func growFile(to bytes: Int, _ used: Int) throws {
    let file = try self.file ?? FileSystem.openUnnamed(in: Self.folder)
    let grown: UnsafeMutableRawPointer
    do {
      try FileSystem.allocate(file, from: self.file == nil ? 0 : capacity, to: bytes)
      grown = try FileSystem.mapShared(file, count: bytes)
    } catch {
      if self.file == nil { try? FileSystem.close(file) }
      throw error
    }
    if self.file == nil {
      grown.copyMemory(from: base, byteCount: used)
      free(base)
    } else {
      munmap(base, capacity)
    }
    (base, capacity, self.file, isReadAtRandom) = (grown, bytes, file, false)
  }

  /// Tells the system that bytes will be read soon, so that it brings them while others are worked on, and
  /// from the first time on no more than is asked for: around a page that is missing it reads some
  /// hundred others, which is right for a pass and wrong for examples in no order. For one thread at a time.
  /// Nothing where they are in memory.
  @usableFromInline
  func expect(_ bytes: Range<Int>) {
    guard file != nil, !bytes.isEmpty else { return }
    if !isReadAtRandom {
      madvise(base, capacity, MADV_RANDOM)
      isReadAtRandom = true
    }
    let start = bytes.lowerBound / Self.pageSize * Self.pageSize
    madvise(base + start, bytes.upperBound - start, MADV_WILLNEED)
  }

  private static let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))

  private static var folder: String {
    place ?? ProcessInfo.processInfo.environment["TMPDIR"].flatMap { $0.isEmpty ? nil : $0 }
      ?? "/var/tmp"
  }

  private static func wholePages(_ bytes: Int) -> Int {
    (bytes + pageSize - 1) / pageSize * pageSize
  }

  private static func resized(
    _ memory: UnsafeMutableRawPointer?, _ bytes: Int
  ) -> UnsafeMutableRawPointer {
    guard let resized = realloc(memory, max(bytes, 16)) else { SystemMemory.refuse(bytes) }
    return resized
  }
}

/// Runs `body` with lists that keep no more than so many bytes in memory, and others in files in `folder`.
package func withListMemory<Result>(
  limit: Int, folder: String? = nil, _ body: () throws -> Result
) rethrows -> Result {
  try ListMemory.$limit.withValue(limit) {
    try ListMemory.$place.withValue(folder, operation: body)
  }
}
