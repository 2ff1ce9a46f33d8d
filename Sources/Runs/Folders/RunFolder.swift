import Compute
import Foundation
import Interchange

/// The folder of one training run, and the names of what it holds.
///
/// ```
/// config.toml                       every option, as it was resolved
/// metrics.jsonl                     one line per report
/// vocabulary.json                   where the model has one
/// vocabulary-<what>.json            what is read beside it, such as characters
/// tokenizer-<what>.json             subwords, as Hugging Face's library writes them
/// labels.txt                        classes, intents or answers
/// tags.json                         of a tagger
/// alphabet.json                     the labels of a transcriber
/// counts.txt                        how often tokens were seen
/// series.json                       what is known of the series that were trained on
/// recordings.json                   what the recordings of an autoencoder have in common
/// vectors.safetensors               words of a file of vectors, where one is named
/// data.json                         digests of what the run is trained on
/// model.safetensors                 the best weights, usable alone
/// model-before.safetensors          the best weights before those
/// checkpoint-<update>.safetensors   all it takes to resume; the last two are kept
/// events.out.tfevents.<…>           the metrics for TensorBoard, where they are wanted
/// report.html                       the page of `unroll report`
/// curve.svg, gradients.svg,         pictures of `unroll inspect`
/// memory.svg
/// tokens/                           the corpus as token files, made again when it is missing
/// lock                              who is training it; see `RunLock`
/// ```
///
/// All errors are `UserError`s that name the folder.
public struct RunFolder: Sendable, Equatable {
  public let url: URL

  package var configuration: URL { url.appendingPathComponent(Self.configurationName) }
  /// What the run is trained on.
  package var data: URL { url.appendingPathComponent(Self.dataName) }
  package var metrics: URL { url.appendingPathComponent(Self.metricsName) }
  package var vocabulary: URL { url.appendingPathComponent(Self.vocabularyName) }
  /// The labels of a classifier, the intents of a tagger or the answers to questions, one a line.
  package var labels: URL { url.appendingPathComponent(Self.labelsName) }
  /// The labels of a transcriber.
  package var alphabet: URL { url.appendingPathComponent(Self.alphabetName) }
  /// What the recordings of an autoencoder have in common.
  package var recordings: URL { url.appendingPathComponent(Self.recordingsName) }
  /// What a model of series knows of those it was trained on.
  package var series: URL { url.appendingPathComponent(Self.seriesName) }
  /// How often a language model's tokens were seen.
  package var counts: URL { url.appendingPathComponent(Self.countsName) }
  /// The tags of a tagger.
  package var tags: URL { url.appendingPathComponent(Self.tagsName) }
  package var model: URL { url.appendingPathComponent(Self.modelName) }
  /// The vocabulary of what a model reads beside its main one, such as `characters`.
  package func vocabulary(of what: String) -> URL {
    url.appendingPathComponent("\(Self.furtherVocabularyPrefix)\(what).json")
  }
  /// The subwords of `source`, `target` or `labels`, as Hugging Face's library writes them.
  package func tokenizer(of what: String) -> URL {
    url.appendingPathComponent("\(Self.tokenizerPrefix)\(what).json")
  }
  /// Vectors of words, beyond those of the vocabulary.
  package var vectors: URL { url.appendingPathComponent(Self.vectorsName) }
  /// The picture that `unroll inspect --gradients` draws.
  package var gradientPlot: URL { url.appendingPathComponent(Self.gradientPlotName) }
  /// The picture that `unroll inspect --curve` draws.
  package var curvePlot: URL { url.appendingPathComponent(Self.curvePlotName) }
  /// The picture that `unroll inspect --memory` draws.
  package var memoryPlot: URL { url.appendingPathComponent(Self.memoryPlotName) }
  /// The page that `unroll report` makes.
  package var report: URL { url.appendingPathComponent(Self.reportName) }
  /// A folder; not made by `create`.
  package var tokenCache: URL {
    url.appendingPathComponent(Self.tokenCacheName, isDirectory: true)
  }

  package static let configurationName = "config.toml"
  package static let metricsName = "metrics.jsonl"
  package static let vocabularyName = "vocabulary.json"
  package static let labelsName = "labels.txt"
  package static let alphabetName = "alphabet.json"
  package static let tagsName = "tags.json"
  package static let recordingsName = "recordings.json"
  package static let seriesName = "series.json"
  package static let countsName = "counts.txt"
  package static let furtherVocabularyPrefix = "vocabulary-"
  package static let tokenizerPrefix = "tokenizer-"
  package static let vectorsName = "vectors.safetensors"
  package static let modelName = "model.safetensors"
  static let earlierModelName = "model-before.safetensors"
  static let gradientPlotName = "gradients.svg"
  static let curvePlotName = "curve.svg"
  static let memoryPlotName = "memory.svg"
  static let reportName = "report.html"
  package static let dataName = "data.json"
  static let tokenCacheName = "tokens"

  package init(url: URL) {
    // Always spelled as a folder, whether it was there when the caller made the URL or not.
    self.url = URL(
      fileURLWithPath: url.relativePath, isDirectory: true, relativeTo: url.baseURL)
  }

  /// The folder that a new run would take; nothing is touched yet.
  ///
  /// A folder that holds a run is refused unless `overwrite` is true. A folder that holds other
  /// things and no run is refused always: the path is likely a mistake.
  package static func plan(at url: URL, overwrite: Bool = false) throws -> RunFolder {
    let folder = RunFolder(url: url)
    switch try folder.content() {
    case .missing, .nothing: break
    case .cutOff: break
    case .run where overwrite: break
    case .run:
      throw UserError.usage(
        "'\(url.relativePath)' already holds a run",
        hint: "continue it with --resume, replace it with --overwrite, or name another folder")
    case .other(let name):
      throw UserError.usage(
        "'\(url.relativePath)' is not empty and holds no run: found '\(name)'",
        hint: "name an empty or a new folder")
    }
    return folder
  }

  /// Makes the folder for a new run, and the folders above it. Refuses what `plan` refuses.
  ///
  /// With `overwrite` an old run's files are removed, but neither the token cache nor anything else
  /// that lies there.
  package static func create(at url: URL, overwrite: Bool = false) throws -> RunFolder {
    let folder = try plan(at: url, overwrite: overwrite)
    switch try folder.content() {
    case .missing: try folder.make()
    case .run, .cutOff: try folder.removeRun()
    case .nothing, .other: break
    }
    return folder
  }

  /// The folder of a run that was begun before.
  package static func open(at url: URL) throws -> RunFolder {
    let folder = RunFolder(url: url)
    switch try folder.content() {
    case .run: return folder
    case .cutOff:
      // Whoever gets the lock finishes what was begun.
      _ = try RunLock(url)
      return folder
    case .missing:
      throw UserError.usage(
        "there is no folder '\(url.relativePath)'", hint: "check the path of the run")
    case .nothing, .other:
      throw UserError.usage(
        "'\(url.relativePath)' holds no run: expected '\(configurationName)' in it",
        hint: "name the folder that the training was told to write to")
    }
  }

  /// What `plan` and `open` decide on.
  private enum Content: Equatable {
    case missing
    case nothing
    case run
    /// A new run that is whole, but not in its place yet.
    case cutOff
    /// The first thing, by name, that no run has.
    case other(String)
  }

  private func content() throws -> Content {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
      return .missing
    }
    guard isFolder.boolValue else {
      throw UserError.usage(
        "'\(url.relativePath)' is a file, but a run needs a folder", hint: "name another path")
    }
    let all = try names()
    if all.contains(Self.beginningName) || all.contains(Self.begunName) { return .cutOff }
    let names = all.filter { !Self.isAside($0) }
    let foreign = names.filter { !Self.belongsToRun($0) }.min()
    // A lone config.toml among other things may be anybody's, and --overwrite would delete it.
    let lone = !names.contains(Self.metricsName) && !names.contains(Self.modelName)
    if names.contains(Self.configurationName), foreign == nil || !lone { return .run }
    if let foreign { return .other(foreign) }
    // Left by a job that was killed before it had written its configuration.
    return names.allSatisfy { AtomicFile.target(ofPartial: $0) != nil }
      ? .nothing : .other(names.min() ?? "")
  }

  /// Whether something of that name says nothing about what the folder holds.
  private static func isAside(_ name: String) -> Bool {
    name == tokenCacheName || name == RunLock.name || isStaged(name)
  }

  /// Whether `removeRun` deletes the file of that name.
  static func belongsToRun(_ name: String) -> Bool {
    let whole = AtomicFile.target(ofPartial: name) ?? name
    return [
      configurationName, metricsName, vocabularyName, labelsName, alphabetName, tagsName,
      recordingsName, vectorsName, seriesName, countsName, dataName, modelName, earlierModelName,
      gradientPlotName, curvePlotName, memoryPlotName, reportName,
    ].contains(whole)
      || whole.hasPrefix(EventFile.prefix)
      || [furtherVocabularyPrefix, tokenizerPrefix].contains(where: whole.hasPrefix)
        && whole.hasSuffix(".json")
      || Checkpoint.update(ofFile: whole) != nil
      || Checkpoint.update(ofBrokenFile: whole) != nil
  }

  /// Whether a path is that of a file by which a run is known or goes on. Its plots and its page are none: they are
  /// made again.
  package static func isOwnFile(_ url: URL) -> Bool {
    let file = url.resolvingSymlinksInPath()
    let name = file.lastPathComponent
    let madeAgain = [gradientPlotName, curvePlotName, memoryPlotName, reportName]
    guard belongsToRun(name), !madeAgain.contains(name),
      let content = try? RunFolder(url: file.deletingLastPathComponent()).content()
    else { return false }
    return content == .run || content == .cutOff
  }

  /// The configuration goes last: until then the folder is known as a run, should this be cut off.
  private func removeRun() throws {
    let names = try names().filter(Self.belongsToRun).sorted()
    for name in names where name != Self.configurationName { try remove(name) }
    try remove(Self.configurationName)
    try AtomicFile.synchronizeFolder(url)
  }

  func names() throws -> [String] {
    try UserError.naming("list", url) { try FileSystem.names(in: url.path) }
  }

  /// Removes a file, which may be gone already.
  func remove(_ name: String) throws {
    let file = url.appendingPathComponent(name)
    try UserError.naming("remove", file) { try FileSystem.remove(file.path) }
  }
}
