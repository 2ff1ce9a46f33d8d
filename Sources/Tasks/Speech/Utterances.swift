import Compute
import Corpora
import Foundation
import Interchange
import Parallel

/// Recordings as a network hears them: features, computed once and kept.
public struct Utterances: Sendable {
  package let files: [String]
  package private(set) var sequences: VectorSequences
  package let sampleRate: Int
  package let seconds: Double

  /// Reads and transforms recordings, the features shared by the team.
  ///
  /// - Parameter sampleRate: that all must have; nil: that of the first.
  /// - Throws: a `UserError` that names the file, where it is no readable WAV file, has another
  ///   sampling rate than the others or is shorter than a frame.
  package init(
    _ files: [String], in folder: URL, _ configuration: SpeechFeatureConfiguration,
    sampleRate: Int? = nil, team: WorkerTeam
  ) throws {
    var sequences = VectorSequences(width: configuration.width)
    var features = try sampleRate.map { try SpeechFeatures(configuration, sampleRate: $0) }
    var seconds = 0.0
    let reading = Activity(
      nil, "'\(folder.path)'", total: files.count, unit: .items("recordings"))
    defer { reading.end() }
    // Sound is held for some files at a time only.
    var start = 0
    while start < files.count {
      var (sounds, samples) = ([[Float]](), 0)
      while start + sounds.count < files.count, sounds.count < 256, samples < Self.mostSamples {
        let name = files[start + sounds.count]
        let file = try Sound(contentsOf: folder.appendingPathComponent(name))
        let known = try features ?? SpeechFeatures(configuration, sampleRate: file.sampleRate)
        features = known
        guard file.sampleRate == known.sampleRate else {
          throw UserError(
            "'\(name)' has \(file.sampleRate) samples a second, but "
              + (sampleRate == nil ? "'\(files[0])' has" : "the run was trained with")
              + " \(known.sampleRate)",
            hint: "convert it, as with: sox INPUT -r \(known.sampleRate) OUTPUT.wav")
        }
        guard known.frameCount(samples: file.samples.count) > 0 else {
          throw UserError(
            "'\(name)' has \(file.samples.count) samples, expected at least "
              + "\(known.windowLength), one frame", hint: "leave it out")
        }
        seconds += file.seconds
        samples += file.samples.count
        sounds.append(file.samples)
      }
      if let features {
        for steps in Self.extract(sounds, features, team) { try sequences.append(steps) }
      }
      reading.advance(by: sounds.count)
      start += sounds.count
    }
    self.files = files
    self.sequences = sequences
    self.sampleRate = features?.sampleRate ?? sampleRate ?? 0
    self.seconds = seconds
  }

  /// Of files that are transformed together, but for the last one.
  private static let mostSamples = 1 << 24

  private static func extract(
    _ sounds: [[Float]], _ features: SpeechFeatures, _ team: WorkerTeam
  ) -> [[Float]] {
    let results = Results(count: sounds.count)
    team.run { worker in
      for index in stride(from: worker.index, to: sounds.count, by: worker.count) {
        results[index] = features.extract(sounds[index])
      }
    }
    return results.arrays
  }

  /// `@unchecked Sendable`: each place is written by one worker.
  private final class Results: @unchecked Sendable {
    private let places: UnsafeMutableBufferPointer<[Float]>

    init(count: Int) {
      places = .allocate(capacity: count)
      places.initialize(repeating: [])
    }
    deinit {
      places.deinitialize()
      places.deallocate()
    }

    subscript(index: Int) -> [Float] {
      get { places[index] }
      set { places[index] = newValue }
    }
    var arrays: [[Float]] { Array(places) }
  }

  package var count: Int { files.count }
}

extension Utterances {
  /// Recordings of one sampling rate, one part's behind the other's.
  static func joined(_ parts: [Utterances]) throws -> Utterances {
    parts.count == 1 ? parts[0] : try Utterances(parts)
  }

  private init(_ parts: [Utterances]) throws {
    files = parts.flatMap(\.files)
    sequences = VectorSequences(width: parts[0].sequences.width)
    for part in parts {
      for index in 0..<part.count { try sequences.append(part.sequences[index]) }
    }
    sampleRate = parts[0].sampleRate
    seconds = parts.reduce(0) { $0 + $1.seconds }
  }

  func subset(_ indices: [Int]) throws -> Utterances { try Utterances(self, indices) }

  private init(_ whole: Utterances, _ indices: [Int]) throws {
    files = indices.map { whole.files[$0] }
    sequences = VectorSequences(width: whole.sequences.width)
    for index in indices { try sequences.append(whole.sequences[index]) }
    sampleRate = whole.sampleRate
    seconds = whole.seconds * Double(indices.count) / Double(max(1, whole.count))
  }
}
