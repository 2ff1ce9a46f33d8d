import Compute
import Foundation
import Interchange
import TestSupport
import Testing

/// Files of other kinds than plain WAV, written here with libsndfile.
@Suite struct SoundFileLibraryTests {
  private static let library: SharedLibrary? = {
    do {
      return try SharedLibrary("sndfile.1", package: "libsndfile1", for: "sound")
    } catch {
      print("skipped: \(error)")
      return nil
    }
  }()

  /// Kinds and codings by libsndfile's numbers, and what a sample may differ by.
  @Test(
    .enabled(if: library != nil, "libsndfile is not there"),
    arguments: [
      ("a.flac", 0x17_0002, 0), ("a.aiff", 0x02_0003, 0), ("a.au", 0x03_0006, 0),
      ("a.caf", 0x18_0002, 0), ("a.w64", 0x0B_0002, 0), ("rifx.wav", 0x2001_0002, 0),
      ("ulaw.wav", 0x01_0010, 0.02), ("alaw.wav", 0x01_0011, 0.02), ("adpcm.wav", 0x01_0012, 0.2),
      ("a.ogg", 0x20_0060, 0.1),
    ] as [(String, Int, Float)])
  func readsWhatTheLibraryReads(name: String, format: Int, tolerance: Float) throws {
    let folder = try TemporaryFolder()
    // Steps of 1/2¹⁵, so that 16 bits hold them exactly.
    let samples = (0..<4000).map { Float(Int(12_000 * sin(Double($0) / 7))) / 32768 }
    let url = folder.file(name)
    try write(samples.flatMap { [$0, $0 / 2] }, channels: 2, format: Int32(format), to: url)
    let sound = try Sound(contentsOf: url)
    #expect(sound.sampleRate == 8000)
    #expect(sound.channelCount == 2)
    try #require(sound.samples.count >= samples.count)
    #expect(sound.samples.count < samples.count + 1100)
    for (found, sample) in zip(sound.samples, samples) {
      let expected = (sample + Float(Int(sample * 32768 / 2)) / 32768) / 2
      #expect(abs(found - expected) <= tolerance + 0.5 / 32768)
    }
    #expect(Sound.fileExtensions.contains(url.pathExtension))
  }

  @Test(.enabled(if: library != nil, "libsndfile is not there"))
  func damageNamesTheFile() throws {
    let folder = try TemporaryFolder()
    let url = folder.file("cut.flac")
    try Data("fLaC but then something else".utf8).write(to: url)
    let error = #expect(throws: UserError.self) { try Sound(contentsOf: url) }
    #expect(error?.message.contains("cut.flac': libsndfile cannot read it: ") == true)
  }

  @Test func aMissingLibraryNamesItsPackage() {
    let error = #expect(throws: UserError.self) {
      try SharedLibrary("none-of-this-name.1", package: "libnone1", for: "'a.flac': FLAC")
    }
    #expect(error?.message.contains("'a.flac': FLAC is read with libnone-of-this-name") == true)
    #expect(error?.hint == "install it, as with: apt-get install libnone1")
  }

  private struct Information {
    var frames: Int64 = 0
    var sampleRate: Int32 = 8000
    var channels: Int32
    var format: Int32
    var rest: (Int32, Int32, Int32) = (0, 0, 0)
  }

  private func write(_ samples: [Float], channels: Int32, format: Int32, to url: URL) throws {
    typealias Open =
      @convention(c) (UnsafePointer<CChar>, Int32, UnsafeMutableRawPointer) -> OpaquePointer?
    typealias Write = @convention(c) (OpaquePointer, UnsafePointer<Float>, Int64) -> Int64
    typealias Close = @convention(c) (OpaquePointer) -> Int32
    let library = try #require(Self.library)
    let open = try library.function("sf_open", as: Open.self)
    let write = try library.function("sf_writef_float", as: Write.self)
    let close = try library.function("sf_close", as: Close.self)
    var information = Information(channels: channels, format: format)
    let file = try #require(
      withUnsafeMutableBytes(of: &information) { bytes in
        bytes.baseAddress.flatMap { open(url.path, 0x20, $0) }
      })
    let frames = Int64(samples.count) / Int64(channels)
    #expect(write(file, samples, frames) == frames)
    #expect(close(file) == 0)
  }
}
