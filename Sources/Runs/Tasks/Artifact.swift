import Compute
import Corpora
import Foundation

/// A value with a file of its own.
public protocol FileValue: Equatable {
  func save(to url: URL) throws
  /// Reads what `save` wrote. Throws a `UserError` that names the file.
  init(contentsOf url: URL) throws
}

extension Vocabulary: FileValue {}
extension LabelSet: FileValue {}

/// A file that prediction needs beside the weights, such as a vocabulary.
public struct Artifact {
  /// In the run folder.
  public let name: String
  private let write: (URL) throws -> Void
  private let matches: (URL) throws -> Bool
  private let change: String

  /// - Parameters:
  ///   - change: what to say if the value is another now: `its labels are others`.
  ///   - isNew: whether runs that an earlier version began lack the file.
  public init<Value: FileValue>(
    _ name: String, _ value: Value, change: String, isNew: Bool = false
  ) {
    self.name = name
    self.change = change
    write = value.save
    matches = {
      if isNew, !FileManager.default.fileExists(atPath: $0.path) { return true }
      return try Value(contentsOf: $0) == value
    }
  }

  package static func vocabulary(_ vocabulary: Vocabulary) -> Artifact {
    Artifact(RunFolder.vocabularyName, vocabulary, change: "its vocabulary is another")
  }

  package static func labels(_ labels: LabelSet) -> Artifact {
    Artifact(RunFolder.labelsName, labels, change: "its labels are others")
  }

  func write(to folder: RunFolder) throws { try write(folder.url.appendingPathComponent(name)) }

  /// Whether the run in `folder` has the same value.
  func isEqual(in folder: RunFolder) throws -> Bool {
    try matches(folder.url.appendingPathComponent(name))
  }

  /// Throws a `UserError` if the run in `folder` began with another value.
  func check(in folder: RunFolder) throws {
    guard try isEqual(in: folder) else {
      throw UserError(
        "the data has changed since '\(folder.url.relativePath)' began: \(change) now",
        hint: "restore the data, or begin a new run")
    }
  }
}
