import Compute
import Corpora
import Foundation
import Interchange
import Parallel
import Runs

/// Recorded segments of folders.
public struct Recordings: CountedSource, NamedSequences {
  /// The first one.
  let folder: URL
  let utterances: Utterances
  /// What is said in each, where a file tells.
  private(set) var labels: [String]?

  public func expect(_ rows: [Int]) { utterances.sequences.expect(rows) }

  /// All recordings of folders, one behind the other.
  ///
  /// - Parameter sampleRate: that all must have; nil: that of the first.
  init(
    in folders: [URL], _ features: SpeechFeatureConfiguration, sampleRate: Int? = nil,
    team: WorkerTeam
  ) throws {
    var parts: [Recordings] = []
    for folder in folders {
      parts.append(
        try Recordings(
          in: folder, features, sampleRate: sampleRate ?? parts.first?.utterances.sampleRate,
          team: team))
    }
    self.init(parts[0].folder, try .joined(parts.map(\.utterances)))
  }

  /// All recordings of a folder.
  ///
  /// - Parameter sampleRate: that all must have; nil: that of the first.
  init(
    in folder: URL, _ features: SpeechFeatureConfiguration, sampleRate: Int? = nil,
    team: WorkerTeam
  ) throws {
    let files = try Transcripts.recordings(in: folder)
    guard !files.isEmpty else {
      throw UserError(
        "'\(folder.relativePath)' holds no recording", hint: "expected files of sound, such as .wav"
      )
    }
    self.init(
      folder, try Utterances(files, in: folder, features, sampleRate: sampleRate, team: team))
  }

  /// The recording at a path.
  init(
    file: URL, _ features: SpeechFeatureConfiguration, sampleRate: Int, team: WorkerTeam
  ) throws {
    let folder = file.deletingLastPathComponent()
    self.init(
      folder,
      try Utterances(
        [file.lastPathComponent], in: folder, features, sampleRate: sampleRate, team: team))
  }

  private init(_ folder: URL, _ utterances: Utterances) {
    self.folder = folder
    self.utterances = utterances
  }

  public var lengths: SequenceLengths { utterances.sequences.lengths }
  var names: [String] { utterances.files }

  public var sizeText: String {
    let minutes = (utterances.seconds / 6).rounded() / 10
    return "\(utterances.count) recordings of \(minutes) minutes"
  }

  public func subset(_ indices: [Int]) throws -> Recordings {
    var result = Recordings(folder, try utterances.subset(indices))
    result.labels = labels.map { labels in indices.map { labels[$0] } }
    return result
  }

  // MARK: Labels

  /// Reads lines `file<TAB>label`. Throws a `UserError` for a recording that has no label.
  mutating func readLabels(_ file: URL) throws {
    let entries = try Transcripts(contentsOf: file).entries
    let known = Dictionary(entries.map { ($0.file, $0.text) }) { first, _ in first }
    labels = try utterances.files.map { name in
      guard let label = known[name] else {
        throw UserError(
          "'\(file.relativePath)' has no label for the recording '\(name)'",
          hint: "add a line: the file, a tab and its label")
      }
      return label
    }
  }

  /// The names of files up to their first `_`; nil unless all have one.
  var labelsInNames: [String]? {
    var labels: [String] = []
    for name in utterances.files {
      let file = (name as NSString).lastPathComponent
      guard let mark = file.firstIndex(of: "_") else { return nil }
      labels.append(String(file[..<mark]))
    }
    return labels
  }
}

/// What all recordings of a run have in common.
struct RecordingFormat: FileValue {
  /// Samples a second.
  let sampleRate: Int

  init(sampleRate: Int) { self.sampleRate = sampleRate }

  private static let format = FileFormat(1)

  func save(to url: URL) throws {
    let json: JSONValue = [
      "format": .integer(Self.format.current), "sample_rate": .integer(sampleRate),
    ]
    try AtomicFile.write("\(json)\n", to: url)
  }

  init(contentsOf url: URL) throws {
    let text = try RegularFile.text(of: url)
    let json = try? JSONValue(parsing: text)
    try Self.format.check(json?["format"]?.integer, of: url)
    guard let rate = json?["sample_rate"]?.integer, rate > 0 else {
      throw UserError(
        "'\(url.relativePath)' does not say the recordings' sampling rate",
        hint: "restore the file from a copy of the run")
    }
    sampleRate = rate
  }
}
