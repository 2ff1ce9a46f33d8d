/// Unpacks gzip, or what ZIP archives hold, with zlib. Source: zlib.net/manual.html.
package final class GzipDecoder: UnpackedFile.Decoder {
  /// `z_stream`.
  private struct Stream {
    var nextIn: UnsafeRawPointer?
    var availableIn: CUnsignedInt = 0
    var totalIn: CUnsignedLong = 0
    var nextOut: UnsafeMutableRawPointer?
    var availableOut: CUnsignedInt = 0
    var totalOut: CUnsignedLong = 0
    var message: UnsafePointer<CChar>?
    var state: UnsafeMutableRawPointer?
    var allocate: UnsafeMutableRawPointer?
    var free: UnsafeMutableRawPointer?
    var opaque: UnsafeMutableRawPointer?
    var dataType: CInt = 0
    var adler: CUnsignedLong = 0
    var reserved: CUnsignedLong = 0
  }

  private typealias Begin =
    @convention(c) (UnsafeMutableRawPointer, CInt, UnsafePointer<CChar>, CInt) -> CInt
  private typealias Inflate = @convention(c) (UnsafeMutableRawPointer, CInt) -> CInt
  private typealias Plain = @convention(c) (UnsafeMutableRawPointer) -> CInt

  private let stream = UnsafeMutablePointer<Stream>.allocate(capacity: 1)
  private let inflate: Inflate
  private let reset: Plain
  private let end: Plain
  package private(set) var isComplete = false

  /// - Parameter isBare: whether the bytes are deflated alone, without the header of gzip.
  package init(for purpose: String, isBare: Bool = false) throws {
    let library = try SharedLibrary("z.1", package: "zlib1g", for: purpose)
    inflate = try library.function("inflate", as: Inflate.self)
    reset = try library.function("inflateReset", as: Plain.self)
    end = try library.function("inflateEnd", as: Plain.self)
    let begin = try library.function("inflateInit2_", as: Begin.self)
    stream.initialize(to: Stream())
    // The largest window; negative for no header, 16 more for that of gzip.
    guard begin(stream, isBare ? -15 : 15 + 16, "1", CInt(MemoryLayout<Stream>.size)) == 0 else {
      throw UserError("\(purpose): zlib does not start", hint: "install another version of it")
    }
  }

  deinit {
    _ = end(stream)
    stream.deallocate()
  }

  package func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws -> (consumed: Int, produced: Int) {
    if isComplete {
      // Tapes are filled up with zeros.
      let zeros = input.prefix { $0 == 0 }.count
      if zeros > 0 || input.isEmpty { return (zeros, 0) }
      _ = reset(stream)
      isComplete = false
    }
    let room = min(output.count, Int(CUnsignedInt.max))
    let given = min(input.count, Int(CUnsignedInt.max))
    stream.pointee.nextIn = input.baseAddress
    stream.pointee.availableIn = CUnsignedInt(given)
    stream.pointee.nextOut = output.baseAddress
    stream.pointee.availableOut = CUnsignedInt(room)
    let (isDone, hasNoProgress): (CInt, CInt) = (1, -5)
    let result = inflate(stream, 0)
    guard [0, isDone, hasNoProgress].contains(result) else {
      throw UnpackedFile.DamagedArchive(
        reason: stream.pointee.message.map { String(cString: $0) } ?? "zlib's error \(result)")
    }
    isComplete = result == isDone
    return (
      given - Int(stream.pointee.availableIn), room - Int(stream.pointee.availableOut)
    )
  }
}
