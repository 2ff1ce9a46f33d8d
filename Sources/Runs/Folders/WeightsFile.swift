import Compute
import Foundation
import Interchange

/// What the weights and checkpoints of a run say of themselves in their metadata.
package enum WeightsFile {
  /// 2: a plateau has followed the direction of its figure; in 0.1, which says no number, it had not.
  package static let format = FileFormat(2)
  private static let formatKey = "unroll.format"
  /// How many runs the weights are the mean of.
  static let averagedKey = "unroll.averaged"
  /// What the numbers of the best weights are known by, whatever else is in the file.
  static let digestKey = "unroll.weights"
  static let updateKey = "unroll.update"
  /// The settings that weights depend on, as TOML.
  static let configurationKey = "unroll.configuration"

  /// Format, settings and origin, beside other notes.
  static func metadata(
    _ settings: ResolvedSettings, _ notes: [String: String] = [:]
  ) -> [String: String] {
    notes.merging([
      formatKey: String(format.current), configurationKey: settings.resultTOML,
    ]) { _, own in own }
    .merging(Origin.current.notes) { _, own in own }
  }

  /// Of a file of weights alone.
  static func modelMetadata(
    _ settings: ResolvedSettings, _ digest: String, update: Int
  ) -> [String: String] {
    metadata(settings, [updateKey: String(update), digestKey: digest])
  }

  /// A digest of the numbers of all parameters, in order.
  static func digest(of parameters: some Sequence<[Float]>) -> String {
    var digest = ContentDigest()
    for values in parameters { values.withUnsafeBytes { digest.update($0) } }
    return digest.hexadecimal
  }

  /// Whether another tool has saved the file: it carries neither our notes nor a digest.
  static func isForeign(_ file: SafetensorsFile) -> Bool {
    !file.metadata.keys.contains { $0 == "digest" || $0.hasPrefix("unroll.") }
  }

  /// The format of the file. Throws a `UserError` that names it if that is newer than this version knows.
  @discardableResult
  static func check(_ file: SafetensorsFile) throws -> Int {
    try format.check(
      file.metadata[formatKey].map { Int($0) ?? 0 }, of: file.url, by: Origin(file).version)
  }

  /// Throws a usage `UserError` with both values if `settings`, as `config.toml` has them, are not those
  /// that the weights in `file` were made with: the configuration was cut short, or edited.
  static func check(
    _ settings: ResolvedSettings, of folder: RunFolder, against file: SafetensorsFile
  )
    throws
  {
    let changeable = settings.schema.changeableKeys
    let differences = try settings.differences(fromNotesOf: file)
      .filter { !changeable.contains($0.key) }
    guard let first = differences.first else { return }
    let others = differences.dropFirst().map(\.key)
    throw UserError.usage(
      "'\(folder.configuration.relativePath)' has \(first.key) = \(first.ours), but "
        + "'\(file.url.lastPathComponent)' was made with \(first.theirs)"
        + (others.isEmpty ? "" : "; so it is with \(others.joined(separator: ", "))"),
      hint: "the configuration was cut short or edited: restore it")
  }
}

extension ResolvedSettings {
  /// Where these settings and those that are noted in a file of weights differ, in that file's order. What
  /// either does not say is passed over: the file may be of an older version, which had no such option.
  func differences(fromNotesOf file: SafetensorsFile) throws -> [Difference] {
    guard let text = file.metadata[WeightsFile.configurationKey] else { return [] }
    return try SettingsFile.entries(in: text, of: file.url).compactMap { entry in
      guard let option = schema.option(entry.key), option.changesResult,
        case .value(let value) = entry.found
      else { return nil }
      let theirs = option.kind.adapt(value)
      return self[entry.key] == theirs
        ? nil : Difference(key: entry.key, ours: self[entry.key], theirs: theirs)
    }
  }
}

/// What made a file of weights: results are equal bit for bit only where all of it is equal.
struct Origin: Equatable {
  var instructions: String?
  var version: String?
  /// Tells builds of one version apart.
  var build: String?

  static let current = Origin(
    instructions: InstructionSet.active.rawValue, version: UnrollVersion.current,
    build: Executable.fingerprint)

  private static let (instructionsKey, versionKey, buildKey) = (
    "unroll.instructions", "unroll.version", "unroll.build"
  )

  var notes: [String: String] {
    [Self.instructionsKey: instructions, Self.versionKey: version, Self.buildKey: build]
      .compactMapValues(\.self)
  }

  init(instructions: String?, version: String?, build: String?) {
    (self.instructions, self.version, self.build) = (instructions, version, build)
  }

  init(_ file: SafetensorsFile) {
    instructions = file.metadata[Self.instructionsKey]
    version = file.metadata[Self.versionKey]
    build = file.metadata[Self.buildKey]
  }

  /// How it differs from what runs now, in a sentence; nil: not at all, as far as is known.
  func difference(of name: String, from now: Origin = .current) -> String? {
    func isOther(_ a: String?, _ b: String?) -> Bool { a != nil && b != nil && a != b }
    var parts: [String] = []
    if let instructions, isOther(instructions, now.instructions) {
      parts.append("with the instructions '\(instructions)', this is '\(now.instructions ?? "")'")
    }
    if let version, isOther(version, now.version) {
      parts.append("by Unroll \(version), this is \(now.version ?? "")")
    } else if isOther(build, now.build) {
      parts.append("by another build of Unroll \(now.version ?? "")")
    }
    return parts.isEmpty
      ? nil
      : "'\(name)' was made \(parts.joined(separator: " and ")): results agree closely, "
        + "not to the last bit"
  }
}
