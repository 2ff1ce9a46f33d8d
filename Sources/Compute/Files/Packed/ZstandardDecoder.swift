/// Unpacks Zstandard with libzstd. Source: facebook.github.io/zstd, "Streaming decompression".
final class ZstandardDecoder: UnpackedFile.Decoder {
  /// `ZSTD_inBuffer` and `ZSTD_outBuffer`.
  private struct Buffer {
    var start: UnsafeRawPointer?
    var size: Int
    var position = 0
  }

  private typealias Create = @convention(c) () -> OpaquePointer?
  private typealias Free = @convention(c) (OpaquePointer) -> Int
  private typealias Decompress =
    @convention(c) (OpaquePointer, UnsafeMutableRawPointer, UnsafeMutableRawPointer) -> Int
  private typealias IsError = @convention(c) (Int) -> CUnsignedInt
  private typealias ErrorName = @convention(c) (Int) -> UnsafePointer<CChar>

  private let stream: OpaquePointer
  private let release: Free
  private let decompress: Decompress
  private let isError: IsError
  private let errorName: ErrorName
  private(set) var isComplete = false

  init(for purpose: String) throws {
    let library = try SharedLibrary("zstd.1", package: "libzstd1", for: purpose)
    release = try library.function("ZSTD_freeDStream", as: Free.self)
    decompress = try library.function("ZSTD_decompressStream", as: Decompress.self)
    isError = try library.function("ZSTD_isError", as: IsError.self)
    errorName = try library.function("ZSTD_getErrorName", as: ErrorName.self)
    guard let stream = try library.function("ZSTD_createDStream", as: Create.self)() else {
      throw UserError("\(purpose): libzstd does not start", hint: "install another version of it")
    }
    self.stream = stream
  }

  deinit { _ = release(stream) }

  func decode(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
  ) throws -> (consumed: Int, produced: Int) {
    var source = Buffer(start: input.baseAddress, size: input.count)
    var target = Buffer(start: UnsafeRawPointer(output.baseAddress), size: output.count)
    let result = decompress(stream, &target, &source)
    guard isError(result) == 0 else {
      throw UnpackedFile.DamagedArchive(reason: String(cString: errorName(result)))
    }
    // After the last frame, a call without input asks for the header of the next one.
    if source.position > 0 || target.position > 0 { isComplete = result == 0 }
    return (source.position, target.position)
  }
}
