import Compute
import Foundation
import Interchange
import TestSupport
import Testing

/// Sound in many dialects is read as libsndfile reads it.
@Suite struct SoundGoldenTests {
  private struct Golden: Decodable {
    let name: String
    let bytes: Data
    let rate: Int
    let channels: Int
    /// 0: to the last bit.
    let tolerance: Float
    let samples: [Float]
  }

  @Test func everyDialectIsReadAsTheLibraryReadsIt() throws {
    let folder = try TemporaryFolder()
    let url = folder.file("sound")
    var (own, others) = (0, 0)
    for golden in try GoldenFiles.read("sounds", as: Golden.self) {
      try golden.bytes.write(to: url)
      let sound: Sound
      do { sound = try Sound(contentsOf: url) } catch let error as UserError {
        // What is not read here needs the library.
        #expect(error.hint?.contains("libsndfile1") == true, "\(golden.name): \(error)")
        others += 1
        continue
      }
      own += 1
      #expect(
        sound.sampleRate == golden.rate && sound.channelCount == golden.channels, "\(golden.name)")
      #expect(sound.samples.count == golden.samples.count, "\(golden.name)")
      let difference = zip(sound.samples, golden.samples).map { abs($0 - $1) }.max() ?? .infinity
      #expect(difference <= golden.tolerance, "\(golden.name)")
    }
    #expect(own >= 74 && own + others == 133)
  }
}
