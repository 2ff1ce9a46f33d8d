import Compute
import Foundation
import Synchronization

/// libsndfile, opened on first use.
///
/// Source: libsndfile.github.io, api.html.
struct SoundFileLibrary: Sendable {
  private typealias Open =
    @Sendable @convention(c) (UnsafePointer<CChar>, CInt, UnsafeMutableRawPointer) -> OpaquePointer?
  private typealias Read =
    @Sendable @convention(c) (OpaquePointer, UnsafeMutablePointer<Double>, Int64) -> Int64
  private typealias Error = @Sendable @convention(c) (OpaquePointer?) -> CInt
  private typealias Message = @Sendable @convention(c) (OpaquePointer?) -> UnsafePointer<CChar>?
  private typealias Close = @Sendable @convention(c) (OpaquePointer) -> CInt

  /// `SF_INFO`.
  private struct Information {
    var frames: Int64 = 0
    var sampleRate: CInt = 0
    var channels: CInt = 0
    var format: CInt = 0
    var sections: CInt = 0
    var isSeekable: CInt = 0
    // C's size is a multiple of the alignment, and the library writes all of it.
    var padding: CInt = 0
  }

  private let open: Open
  private let readFrames: Read
  private let error: Error
  private let message: Message
  private let close: Close

  private static let opened = Mutex<SoundFileLibrary?>(nil)

  /// The library. Throws a `UserError` that names its package.
  ///
  /// - Parameter purpose: what needs it, see `SharedLibrary`.
  static func shared(for purpose: String) throws -> SoundFileLibrary {
    try opened.withLock { opened in
      let library = try opened ?? SoundFileLibrary(for: purpose)
      opened = library
      return library
    }
  }

  private init(for purpose: String) throws {
    let library = try SharedLibrary("sndfile.1", package: "libsndfile1", for: purpose)
    open = try library.function("sf_open", as: Open.self)
    readFrames = try library.function("sf_readf_double", as: Read.self)
    error = try library.function("sf_error", as: Error.self)
    message = try library.function("sf_strerror", as: Message.self)
    close = try library.function("sf_close", as: Close.self)
  }

  /// Throws a `UserError` that names the file.
  func read(_ url: URL) throws -> Sound {
    let readMode: CInt = 0x10
    var information = Information()
    guard
      let file = withUnsafeMutableBytes(
        of: &information,
        { bytes in
          bytes.baseAddress.flatMap { open(url.path, readMode, $0) }
        })
    else { throw failure(url, message(nil)) }
    defer { _ = close(file) }
    let channels = Int(information.channels)
    guard channels > 0, information.sampleRate > 0 else { throw failure(url, nil) }

    // Blocks of 2¹⁶ frames: a length that the file claims is not believed.
    let blockFrames = 1 << 16
    var block = [Double](repeating: 0, count: blockFrames * channels)
    var samples: [Float] = []
    while true {
      let count = block.withUnsafeMutableBufferPointer { block in
        block.baseAddress.map { Int(readFrames(file, $0, Int64(blockFrames))) } ?? 0
      }
      for frame in 0..<max(0, count) {
        let mean = Float(
          block[frame * channels..<(frame + 1) * channels].reduce(0, +) / Double(channels))
        guard mean.isFinite else {
          throw UserError(
            "'\(url.relativePath)': has no finite number at sample \(samples.count)")
        }
        samples.append(mean)
      }
      if count < blockFrames { break }
    }
    guard error(file) == 0 else { throw failure(url, message(file)) }
    return Sound(
      sampleRate: Int(information.sampleRate), channelCount: channels, samples: samples)
  }

  private func failure(_ url: URL, _ message: UnsafePointer<CChar>?) -> UserError {
    let reason = message.map { String(cString: $0) } ?? "unknown format"
    return UserError(
      "'\(url.relativePath)': libsndfile cannot read it: \(reason)",
      hint: "convert it, as with: sox INPUT -b 16 OUTPUT.wav")
  }
}
