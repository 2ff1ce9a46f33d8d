import Autodiff
import Compute
import Corpora
import Foundation
import Interchange
import Parallel

/// A run whose weights another program has trained: evaluated and used like any other, and begun with
/// (`--from`), but not resumed.
package struct ImportedRun {
  /// The settings, whose `[run] task` says what the run is.
  package var configuration: URL
  /// Files of a run that the task needs beside the weights, under their own names: `labels.txt`,
  /// `vocabulary.json` …
  package var files: [URL] = []
  /// A token a line, for tasks with one vocabulary; nil where `files` have it or there is none.
  package var tokens: URL?
  /// The file that the weights come from, for messages.
  package var source: URL?
  /// The cell that the weights are of, where they are of no other with the same shapes.
  package var cell: String?
  /// Weights by Unroll's names.
  package var weights: [(name: String, shape: [Int], values: [Float])]

  package init(
    configuration: URL, weights: [(name: String, shape: [Int], values: [Float])]
  ) {
    self.configuration = configuration
    self.weights = weights
  }

  /// Writes the run.
  ///
  /// Throws a `UserError` for a file that is no run's, one that is missing, weights of another cell, weights that
  /// the model lacks or that have other shapes, and layers that it lacks; nothing is left behind then.
  ///
  /// - Parameter overwrite: replaces the run that the folder holds.
  /// - Returns: the names of weights that the model has no use for.
  package func write(to url: URL, overwrite: Bool = false, team: WorkerTeam) throws -> [String] {
    for file in files where !RunFolder.belongsToRun(file.lastPathComponent) {
      throw UserError.usage(
        "'\(file.relativePath)' is no file of a run",
        hint: "name labels.txt, vocabulary.json and the like, as a run of the task has them")
    }
    let lock = try RunLock(url, isBeginning: true)
    defer { withExtendedLifetime(lock) {} }
    var unused: [String] = []
    try RunFolder.begin(at: url, overwrite: overwrite) { staged in
      do {
        try fill(staged)
        unused = try finish(staged, team: team)
      } catch let error as UserError {
        if let other = missing(error, in: staged) { throw other }
        // Of a folder that nobody knows, and of weights that are somebody's.
        var named = error
        for path in [staged.model.path, staged.model.relativePath] {
          named = named.replacing(path, by: source?.relativePath ?? path, hint: hint)
        }
        throw named.replacing(staged.url.relativePath, by: url.relativePath, hint: hint)
      }
    }
    return unused
  }

  /// What to say of a file that a run of the task has and that nobody named; nil for an error that is of
  /// something else.
  private func missing(_ error: UserError, in folder: RunFolder) -> UserError? {
    // Some messages have the whole path.
    guard let start = error.message.range(of: "\(folder.url.lastPathComponent)/") else {
      return nil
    }
    let name = String(error.message[start.upperBound...].prefix { $0 != "'" })
    guard RunFolder.belongsToRun(name),
      !FileManager.default.fileExists(atPath: folder.url.appendingPathComponent(name).path)
    else { return nil }
    return UserError.usage(
      "a run of this task has a file \(name), and none was named", hint: "name it with --files")
  }

  /// What there is, for an error that says nothing of it.
  private var hint: String {
    let names = weights.prefix(12).map { "\($0.name) \($0.shape)" }
    return "the weights are \(names.joined(separator: ", "))"
      + (weights.count > names.count ? ", …" : "")
  }

  private func fill(_ folder: RunFolder) throws {
    try AtomicFile.write(
      try RegularFile.text(of: configuration), to: folder.configuration)
    let task = try folder.task()
    let settings = try task.settings(of: folder)
    if let cell, settings.schema.option("model.cell") != nil,
      case .string(let other) = settings["model.cell"], other != cell
    {
      throw UserError.usage(
        "the weights are those of the cell '\(cell)', but the configuration says model.cell = \"\(other)\"",
        hint: "say model.cell = \"\(cell)\" there")
    }
    try AtomicFile.write(settings.toml, to: folder.configuration)
    for file in files {
      let bytes = try RegularFile.contents(of: file)
      try AtomicFile.write(
        to: folder.url.appendingPathComponent(file.lastPathComponent)
      ) { writer in
        try bytes.withUnsafeBytes { try writer.append($0) }
      }
    }
    if let tokens { try vocabulary(tokens, settings).save(to: folder.vocabulary) }
    var writer = SafetensorsWriter(metadata: [:])
    for (name, shape, values) in weights { writer.add(name, shape: shape, floats: values) }
    try writer.write(to: folder.model)
  }

  /// The tokens of the file, in its order: a token's place is its id.
  private func vocabulary(_ url: URL, _ settings: ResolvedSettings) throws -> Vocabulary {
    let reader = try LineReader(url)
    var tokens: [String] = []
    while let token = try reader.nextText() { tokens.append(token) }
    guard case .string("word") = settings["data.tokens"] else {
      throw UserError.usage(
        "--vocabulary lists words, and data.tokens is not 'word'",
        hint: "name the vocabulary.json of a run with --files")
    }
    guard let vocabulary = Vocabulary.words(tokens) else {
      throw UserError(
        "'\(url.relativePath)' is no list of words: expected each once, and "
          + "\(Vocabulary.unknownSpelling) and \(Vocabulary.endOfSentenceSpelling) among them",
        hint: "a line is a token, and its place among them the row of the embedding")
    }
    return vocabulary
  }

  /// Opens what was written, which checks it, and writes the weights anew as a run of our own has them.
  private func finish(_ folder: RunFolder, team: WorkerTeam) throws -> [String] {
    let store = try folder.openTask(team: team).parameters
    var writer = SafetensorsWriter(
      metadata: WeightsFile.metadata(
        try folder.settings(),
        [WeightsFile.digestKey: WeightsFile.digest(of: store.parameters.lazy.map(\.values))]))
    writer.add(store)
    try writer.write(to: folder.model)
    let used = Set(store.parameters.map(\.name))
    let unused = weights.filter { !used.contains($0.name) }
    // Of a layer or a direction more, half a network would be left out.
    let kinds = Set(used.map(Self.kind))
    let layers = unused.filter { kinds.contains(Self.kind($0.name)) }
    guard layers.isEmpty else {
      throw UserError.usage(
        "the model has no layers for "
          + layers.prefix(6).map { "\($0.name) \($0.shape)" }.joined(separator: ", ")
          + (layers.count > 6 ? ", …" : ""),
        hint: "say in the configuration how many layers there are, and whether they read both ways")
    }
    return unused.map(\.name)
  }

  /// A name without the layer's number and direction: `rnn.weight_ih_l`.
  private static func kind(_ name: String) -> String {
    name.replacing("_reverse", with: "").filter { !$0.isNumber }
  }
}

extension UserError {
  /// - Parameter hint: where there is none.
  fileprivate func replacing(_ name: String, by other: String, hint ours: String) -> UserError {
    UserError(
      message.replacingOccurrences(of: name, with: other),
      hint: hint?.replacingOccurrences(of: name, with: other) ?? ours, kind: kind)
  }
}
