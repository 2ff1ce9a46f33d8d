import Foundation

/// The system calls that a run's safety rests on. Files that must survive go through here, so that
/// a test can watch every call and make any of them fail.
///
/// A call that a signal interrupted is made again. What the system refuses is a `SystemError`, and
/// never told as a plain end of file or as a short count.
package enum FileSystem {
  /// In a struct: Swift 6.3 finds no metadata for a task-local function where it optimizes.
  fileprivate struct Faults: Sendable { let fault: @Sendable (FileCall) -> FileFault? }

  /// Nil outside tests.
  @TaskLocal private static var faults: Faults?

  private static var fault: (@Sendable (FileCall) -> FileFault?)? { faults?.fault }

  /// Runs `body`; `fault` is asked before each call that it makes.
  package static func withFaults<Result>(
    _ fault: @escaping @Sendable (FileCall) -> FileFault?, _ body: () throws -> Result
  ) rethrows -> Result {
    try $faults.withValue(Faults(fault: fault), operation: body)
  }

  /// To be handed to another thread, so that what is watched here is watched there.
  package struct Watch: Sendable {
    fileprivate let faults: Faults?

    package func over(_ body: () -> Void) {
      guard let faults else { return body() }
      $faults.withValue(faults, operation: body)
    }
  }

  package static var watch: Watch { Watch(faults: faults) }

  // ---- opening and closing -----------------------------------------------------------------------

  /// - Parameter mode: of a file that is made, less the process's mask.
  package static func open(
    _ path: String, _ flags: Int32, mode: mode_t = 0o666
  ) throws -> OpenFile {
    let descriptor = try perform(FileCall(.open, path, flags: flags)) {
      Foundation.open(path, flags | O_CLOEXEC, mode)
    }
    return OpenFile(descriptor: descriptor, path: path)
  }

  /// A new file that has no name: it is gone once it is closed, however the process ends. A kill between the
  /// first two calls leaves an empty one.
  package static func openUnnamed(in folder: String) throws -> OpenFile {
    let path = folder + "/" + AtomicFile.partialName(of: "unroll")
    let file = try open(path, O_RDWR | O_CREAT | O_EXCL, mode: 0o600)
    do {
      try remove(path)
    } catch {
      try? close(file)
      throw error
    }
    return file
  }

  /// The descriptor is free afterwards in any case, an interruption included.
  package static func close(_ file: OpenFile) throws {
    let fault = Self.fault?(FileCall(.close, file.path))
    let result = Foundation.close(file.descriptor)
    if let code = fault?.code, code != EINTR { throw SystemError(code: code) }
    guard result == 0 || errno == EINTR else { throw SystemError(code: errno) }
  }

  // ---- content -----------------------------------------------------------------------------------

  /// Reads until `buffer` is full or the file ends, from `offset` on or, without one, from where
  /// the last reading ended; returns the bytes read.
  package static func read(
    _ file: OpenFile, into buffer: UnsafeMutableRawBufferPointer, at offset: Int? = nil
  ) throws -> Int {
    var done = 0
    while done < buffer.count {
      let rest = UnsafeMutableRawBufferPointer(rebasing: buffer[done...])
      let call = FileCall(.read, file.path, offset: offset.map { $0 + done })
      let count = try perform(call, on: file, asked: rest.count) { count in
        offset.map { pread(file.descriptor, rest.baseAddress, count, off_t($0 + done)) }
          ?? Foundation.read(file.descriptor, rest.baseAddress, count)
      }
      if count == 0 { break }
      done += count
    }
    return done
  }

  /// Writes all of `bytes`, from `offset` on or, without one, at the file's own position.
  package static func write(
    _ file: OpenFile, _ bytes: UnsafeRawBufferPointer, at offset: Int? = nil
  ) throws {
    var done = 0
    while done < bytes.count {
      let rest = UnsafeRawBufferPointer(rebasing: bytes[done...])
      let call = FileCall(.write, file.path, offset: offset.map { $0 + done }, bytes: rest)
      let count = try perform(call, on: file, asked: rest.count) { count in
        offset.map { pwrite(file.descriptor, rest.baseAddress, count, off_t($0 + done)) }
          ?? Foundation.write(file.descriptor, rest.baseAddress, count)
      }
      // No system does that with a file; asking for ever would be a hang.
      guard count > 0 else { throw SystemError(code: EIO) }
      done += count
    }
  }

  package static func truncate(_ file: OpenFile, to length: Int) throws {
    try perform(FileCall(.truncate, file.path, offset: length)) {
      ftruncate(file.descriptor, off_t(length))
    }
  }

  /// Returns when the content is on the disk.
  package static func synchronize(_ file: OpenFile) throws {
    try perform(FileCall(.synchronize, file.path)) {
      #if canImport(Darwin)
        // fsync alone stops at the drive's cache there.
        if fcntl(file.descriptor, F_FULLFSYNC) == 0 { return 0 }
      #endif
      return fsync(file.descriptor)
    }
  }

  /// The first `count` bytes as memory, read-only and private, to be given back with `munmap`.
  package static func map(_ file: OpenFile, count: Int) throws -> UnsafeRawPointer {
    var address: UnsafeMutableRawPointer?
    try perform(FileCall(.map, file.path)) {
      address = mmap(nil, count, PROT_READ, MAP_PRIVATE, file.descriptor, 0)
      return address == MAP_FAILED ? -1 : 0
    }
    guard let address else { throw SystemError(code: ENOMEM) }
    return UnsafeRawPointer(address)
  }

  /// Lengthens a file to `length` bytes that the disk has room for: writing to them cannot fail for want of it.
  package static func allocate(_ file: OpenFile, from start: Int, to length: Int) throws {
    try perform(FileCall(.truncate, file.path, offset: length)) {
      #if canImport(Darwin)
        return ftruncate(file.descriptor, off_t(length))
      #else
        errno = posix_fallocate(file.descriptor, off_t(start), off_t(length - start))
        return errno == 0 ? 0 : -1
      #endif
    }
    #if canImport(Darwin)
      // There a file has holes until it is written.
      let zeros = [UInt8](repeating: 0, count: 1 << 20)
      for offset in stride(from: start, to: length, by: zeros.count) {
        try zeros.withUnsafeBytes {
          try write(
            file, UnsafeRawBufferPointer(rebasing: $0.prefix(length - offset)), at: offset)
        }
      }
    #endif
  }

  /// The first `count` bytes as memory that is the file: what is written there is in it.
  package static func mapShared(
    _ file: OpenFile, count: Int
  ) throws -> UnsafeMutableRawPointer {
    var address: UnsafeMutableRawPointer?
    try perform(FileCall(.map, file.path)) {
      address = mmap(nil, count, PROT_READ | PROT_WRITE, MAP_SHARED, file.descriptor, 0)
      return address == MAP_FAILED ? -1 : 0
    }
    guard let address else { throw SystemError(code: ENOMEM) }
    return address
  }

  package static func status(_ file: OpenFile) throws -> stat {
    var status = stat()
    try perform(FileCall(.status, file.path)) { fstat(file.descriptor, &status) }
    return status
  }

  // ---- names -------------------------------------------------------------------------------------

  /// What the name stands for; nil if there is nothing. A link is not followed.
  package static func status(_ path: String) throws -> stat? {
    var status = stat()
    do {
      try perform(FileCall(.status, path)) { lstat(path, &status) }
    } catch let error as SystemError where error.code == ENOENT {
      return nil
    }
    return status
  }

  package static func rename(_ path: String, to destination: String) throws {
    try perform(FileCall(.rename, path, destination: destination)) {
      Foundation.rename(path, destination)
    }
  }

  /// Gives a file a second name.
  package static func hardLink(_ path: String, to other: String) throws {
    try perform(FileCall(.link, path, destination: other)) { Foundation.link(path, other) }
  }

  /// Removes a file, which may be gone already.
  package static func remove(_ path: String) throws {
    try perform(FileCall(.remove, path)) {
      let result = unlink(path)
      return result != 0 && errno == ENOENT ? 0 : result
    }
  }

  /// Removes an empty folder, which may be gone already.
  package static func removeFolder(_ path: String) throws {
    try perform(FileCall(.remove, path)) {
      let result = rmdir(path)
      return result != 0 && errno == ENOENT ? 0 : result
    }
  }

  /// Makes a folder, and those above it, where none is. Those that it made survive a power cut.
  ///
  /// - Returns: those that it made, each before the one above it.
  @discardableResult
  package static func makeFolders(_ path: String) throws -> [String] {
    let above = (path as NSString).deletingLastPathComponent
    var made: [String] = []
    do {
      do {
        try makeFolder(path)
      } catch let error as SystemError where error.code == ENOENT && !above.isEmpty {
        made = try makeFolders(above)
        try makeFolder(path)
      }
      try synchronizeFolder(above.isEmpty ? "." : above)
      made.insert(path, at: 0)
    } catch let error as SystemError where error.code == EEXIST {
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      guard isFolder.boolValue else { throw SystemError(code: ENOTDIR) }
    }
    return made
  }

  private static func makeFolder(_ path: String) throws {
    try perform(FileCall(.makeFolder, path)) { mkdir(path, 0o777) }
  }

  /// The names in a folder, in no order.
  package static func names(in path: String) throws -> [String] {
    try perform(FileCall(.list, path)) { 0 }
    guard let folder = opendir(path) else { throw SystemError(code: errno) }
    defer { closedir(folder) }
    var names: [String] = []
    while true {
      errno = 0
      guard let entry = readdir(folder) else { break }
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    guard errno == 0 else { throw SystemError(code: errno) }
    return names
  }

  /// Makes renames and removals inside a folder survive a power cut.
  package static func synchronizeFolder(_ path: String) throws {
    let folder = try open(path, O_RDONLY | O_DIRECTORY)
    defer { try? close(folder) }
    do {
      try synchronize(folder)
    } catch let error as SystemError where error.code == EINVAL {
      // Some network file systems cannot do that with a folder: nothing better is on offer.
    }
  }

  /// What a symbolic link says.
  package static func link(_ path: String) throws -> String {
    try withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX) + 1) { target in
      guard let start = target.baseAddress else { return "" }
      let count = readlink(path, start, Int(PATH_MAX))
      guard count >= 0 else { throw SystemError(code: errno) }
      start[count] = 0
      return String(cString: start)
    }
  }

  // ---- the calls themselves ----------------------------------------------------------------------

  /// Makes a call until no signal interrupts it.
  @discardableResult
  private static func perform(_ call: FileCall, _ body: () -> Int32) throws -> Int32 {
    while true {
      var code: Int32 = 0
      switch fault?(call) {
      case .error(let injected): code = injected
      case .done(let injected):
        _ = body()
        code = injected
      default:
        let result = body()
        if result >= 0 { return result }
        code = errno
      }
      guard code == EINTR else { throw SystemError(code: code) }
    }
  }

  /// The same for a call that may do less than it was asked for.
  private static func perform(
    _ call: FileCall, on file: OpenFile, asked: Int, _ body: (_ count: Int) -> Int
  ) throws -> Int {
    while true {
      var code: Int32 = 0
      switch fault?(call) {
      case .error(let injected), .done(let injected): code = injected
      case .nothing: return 0
      case let fault:
        let result = body(fault == .short ? (asked + 1) / 2 : asked)
        if result >= 0 { return result }
        code = errno
      }
      switch code {
      case EINTR: break
      // A stream that belongs to others too, such as `/dev/stdout`, may have been told not to wait.
      case EAGAIN: StandardStreams.wait(for: file.descriptor, call.kind == .read ? POLLIN : POLLOUT)
      default: throw SystemError(code: code)
      }
    }
  }
}

/// A file descriptor, and the path it was opened by.
package struct OpenFile: Sendable, Equatable {
  package let descriptor: Int32
  package let path: String
}

/// A call that is about to be made.
package struct FileCall {
  package enum Kind: String, Sendable, CaseIterable {
    case open, close, read, write, truncate, synchronize, map, status
    case rename, link, remove, makeFolder, list
  }

  package let kind: Kind
  /// Of the file or folder.
  package let path: String
  /// The new name.
  package let destination: String?
  /// Of `open`.
  package let flags: Int32
  /// In bytes from the start; nil: the file's own position.
  package let offset: Int?
  /// What is to be written; valid during the call only.
  package let bytes: UnsafeRawBufferPointer?

  fileprivate init(
    _ kind: Kind, _ path: String, destination: String? = nil, flags: Int32 = 0,
    offset: Int? = nil, bytes: UnsafeRawBufferPointer? = nil
  ) {
    self.kind = kind
    self.path = path
    self.destination = destination
    self.flags = flags
    self.offset = offset
    self.bytes = bytes
  }
}

/// What a test lets happen instead of a call.
package enum FileFault: Sendable, Equatable {
  /// It is refused with that `errno`; nothing happens.
  case error(Int32)
  /// It happens, and is said to be refused all the same, as where a server's answer is lost. Reads and
  /// writes do not happen.
  case done(Int32)
  /// Reads and writes do half of what they are asked for. Others are not changed.
  case short
  /// Reads and writes do nothing and say 0: the end of the file.
  case nothing

  /// What the caller is told; nil where that is no error.
  fileprivate var code: Int32? {
    switch self {
    case .error(let code), .done(let code): code
    case .short, .nothing: nil
    }
  }
}

/// What the system said.
package struct SystemError: Error, Equatable, CustomStringConvertible {
  /// An `errno`.
  package let code: Int32

  package init(code: Int32) { self.code = code }

  package var description: String { String(cString: strerror(code)) }
}
