import Compute
import Corpora
import Foundation
import Parallel

/// Segments as frames.
struct SegmentExamples: AutoencoderExamples {
  let utterances: Utterances

  init(_ utterances: Utterances) { self.utterances = utterances }

  /// All WAV files of a folder.
  ///
  /// - Parameter sampleRate: that all must have; nil: that of the first.
  init(
    in folder: URL, _ features: SpeechFeatureConfiguration, sampleRate: Int? = nil,
    team: WorkerTeam
  ) throws {
    let files = try Transcripts.recordings(in: folder)
    guard !files.isEmpty else {
      throw UserError(
        "'\(folder.relativePath)' holds no recording", hint: "expected files that end in .wav")
    }
    self.init(try Utterances(files, in: folder, features, sampleRate: sampleRate, team: team))
  }

  var lengths: [Int] { utterances.sequences.lengths }
  var names: [String] { utterances.files }

  var sizeText: String {
    let minutes = (utterances.seconds / 6).rounded() / 10
    return "\(count) recordings of \(minutes) minutes"
  }

  func subset(_ indices: [Int]) -> SegmentExamples {
    SegmentExamples(utterances.subset(indices))
  }

  /// The names of files up to their first `_`; nil unless all have one.
  static func labels(inNames names: [String]) -> [String]? {
    var labels: [String] = []
    for name in names {
      let file = (name as NSString).lastPathComponent
      guard let mark = file.firstIndex(of: "_") else { return nil }
      labels.append(String(file[..<mark]))
    }
    return labels
  }
}
