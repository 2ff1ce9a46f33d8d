/// Unpacks xz with liblzma. Source: `lzma/base.h` and `lzma/container.h` of XZ Utils.
final class XZDecoder: UnpackedFile.Decoder {
  /// `lzma_stream`.
  private struct Stream {
    var nextIn: UnsafeRawPointer?
    var availableIn = 0
    var totalIn: UInt64 = 0
    var nextOut: UnsafeMutableRawPointer?
    var availableOut = 0
    var totalOut: UInt64 = 0
    var allocator: UnsafeMutableRawPointer?
    var state: UnsafeMutableRawPointer?
    var reservedPointers: (Int, Int, Int, Int) = (0, 0, 0, 0)
    var seekPosition: UInt64 = 0
    var reservedNumbers: (UInt64, Int, Int) = (0, 0, 0)
    var reservedChoices: (CInt, CInt) = (0, 0)
  }

  private typealias Begin =
    @convention(c) (UnsafeMutableRawPointer, UInt64, UInt32) -> CInt
  private typealias Code = @convention(c) (UnsafeMutableRawPointer, CInt) -> CInt
  private typealias End = @convention(c) (UnsafeMutableRawPointer) -> Void

  private let stream = UnsafeMutablePointer<Stream>.allocate(capacity: 1)
  private let code: Code
  private let end: End
  private(set) var isComplete = false

  init(for purpose: String) throws {
    let library = try SharedLibrary("lzma.5", package: "liblzma5", for: purpose)
    code = try library.function("lzma_code", as: Code.self)
    end = try library.function("lzma_end", as: End.self)
    let begin = try library.function("lzma_stream_decoder", as: Begin.self)
    stream.initialize(to: Stream())
    let concatenated: UInt32 = 0x08
    guard begin(stream, .max, concatenated) == 0 else {
      throw UserError("\(purpose): liblzma does not start", hint: "install another version of it")
    }
  }

  deinit {
    end(stream)
    stream.deallocate()
  }

  func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws -> (consumed: Int, produced: Int) {
    if isComplete { return (0, 0) }
    stream.pointee.nextIn = input.baseAddress
    stream.pointee.availableIn = input.count
    stream.pointee.nextOut = output.baseAddress
    stream.pointee.availableOut = output.count
    // With several members, only the end of the input tells that the last one is over.
    let (run, finish): (CInt, CInt) = (0, 3)
    let result = code(stream, input.isEmpty ? finish : run)
    let (isDone, hasNoProgress): (CInt, CInt) = (1, 10)
    guard [0, isDone, hasNoProgress].contains(result) else {
      throw UnpackedFile.DamagedArchive(
        reason: result == 7
          ? "unknown format" : result == 9 ? "its check does not fit" : "error \(result) of liblzma"
      )
    }
    isComplete = result == isDone
    return (input.count - stream.pointee.availableIn, output.count - stream.pointee.availableOut)
  }
}
