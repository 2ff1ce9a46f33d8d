import Compute
import Foundation

/// Fetches public corpora with `curl`, proves that they are the published ones, and unpacks them
/// with `unzip`.
package struct DatasetFetcher: Sendable {
  package let manifest: DatasetManifest
  /// Told what happens, a line at a time: the licence, where from and where to.
  package let report: @Sendable (String) -> Void

  package init(
    manifest: DatasetManifest = .standard, report: @escaping @Sendable (String) -> Void = { _ in }
  ) {
    self.manifest = manifest
    self.report = report
  }

  /// Puts the corpus `name` into `folder` and returns its text files.
  ///
  /// A file that is there already, placed by hand or fetched before, is verified and used. An
  /// interrupted download is taken up where it stopped. The transfer's progress goes to standard
  /// error if that is a terminal.
  ///
  /// Throws a `UserError`: for an unknown name, without a network (it names the path for a copy
  /// placed by hand), and if the content is not the published one.
  package func fetch(_ name: String, into folder: URL) throws -> [URL] {
    let dataset = try manifest.dataset(name)
    report("\(dataset.name): \(dataset.description)")
    report("licence: \(dataset.licence)")
    let file = folder.appendingPathComponent(dataset.file)
    if FileManager.default.fileExists(atPath: file.path) {
      try verify(file, dataset, hint: "delete it to fetch it again")
    } else {
      try download(dataset, to: file)
    }
    guard let members = dataset.members else { return [file] }
    return try members.map { try unpack($0, from: file, into: folder) }
  }

  private func download(_ dataset: Dataset, to file: URL) throws {
    let part = file.appendingPathExtension("part")
    do {
      try FileManager.default.createDirectory(
        at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    } catch {
      throw UserError(
        "cannot make the folder '\(file.deletingLastPathComponent().path)': "
          + error.localizedDescription)
    }
    report("from \(dataset.url) to '\(file.path)'")
    // A finished download that was not renamed yet: a server refuses to go on from its end.
    let isComplete = (try? SHA256.hexadecimal(ofFile: part)) == dataset.sha256
    if !isComplete {
      let quietness = isatty(STDERR_FILENO) == 1 ? ["--progress-bar"] : ["--silent"]
      let status = try Self.run(
        ["curl", "-L", "-C", "-", "--fail"] + quietness + ["-o", part.path, dataset.url])
      guard status == 0 else { throw failure(status, dataset, file) }
    }
    do {
      try verify(part, dataset, hint: "run again: the damaged download was deleted")
    } catch {
      unlink(part.path)
      throw error
    }
    guard rename(part.path, file.path) == 0 else {
      throw UserError("cannot rename '\(part.path)': \(SystemError(code: errno))")
    }
  }

  /// What an exit status of curl means to the user.
  private func failure(_ status: Int32, _ dataset: Dataset, _ file: URL) -> UserError {
    let reason =
      switch status {
      case 127: "curl is not installed"
      case 5, 6, 7, 28, 35, 52, 56: "no connection to the server"
      case 22: "the server does not have it, or refuses to go on from '\(file.path).part'"
      case 23: "the file cannot be written"
      case 33, 36: "the server cannot take up the interrupted download; delete '\(file.path).part'"
      default: "curl failed with exit status \(status)"
      }
    return UserError(
      "cannot fetch \(dataset.url): \(reason)",
      hint: "without a network, place the file by hand at '\(file.path)' and run again; "
        + "its SHA-256 is \(dataset.sha256)")
  }

  private func verify(_ file: URL, _ dataset: Dataset, hint: String) throws {
    let found = try SHA256.hexadecimal(ofFile: file)
    guard found == dataset.sha256 else {
      throw UserError(
        "'\(file.path)' is not the published \(dataset.name): its SHA-256 is \(found), "
          + "expected \(dataset.sha256)", hint: hint)
    }
  }

  private func unpack(_ member: String, from archive: URL, into folder: URL) throws -> URL {
    let name = URL(fileURLWithPath: member).lastPathComponent
    let text = folder.appendingPathComponent(name)
    // Only a whole file ever gets the name, so one that is there needs no second look.
    if FileManager.default.fileExists(atPath: text.path) { return text }
    let part = text.appendingPathExtension("part")
    guard FileManager.default.createFile(atPath: part.path, contents: nil),
      let output = FileHandle(forWritingAtPath: part.path)
    else { throw UserError("cannot write '\(part.path)': \(SystemError(code: errno))") }
    let status = try Self.run(["unzip", "-p", archive.path, member], output: output)
    try? output.close()
    guard status == 0, rename(part.path, text.path) == 0 else {
      unlink(part.path)
      throw UserError(
        "cannot unpack '\(member)' from '\(archive.path)': "
          + (status == 127 ? "unzip is not installed" : "unzip failed with exit status \(status)"),
        hint: "unpack it by hand to '\(text.path)'")
    }
    return text
  }

  /// Runs a program found by the PATH and returns its exit status; 127 if there is none.
  private static func run(_ arguments: [String], output: FileHandle? = nil) throws -> Int32 {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = arguments
    process.standardInput = FileHandle.nullDevice
    if let output { process.standardOutput = output }
    do {
      try process.run()
    } catch {
      throw UserError("cannot start \(arguments[0]): \(error.localizedDescription)")
    }
    process.waitUntilExit()
    return process.terminationStatus
  }
}
