import Compute
import Foundation
import Interchange
import Runs

/// The files of a run's folder as a report may read them: those that lie in it.
struct RunFiles {
  private let folder: RunFolder

  init(_ folder: RunFolder) { self.folder = folder }

  private func url(_ name: String) -> URL { folder.url.appendingPathComponent(name) }

  /// Throws a `UserError` if the file is a link to somewhere else: what a page shows may be sent around.
  func check(_ name: String) throws {
    guard isThere(name), !isInside(name) else { return }
    throw UserError(
      "'\(url(name).relativePath)' is a link that leads out of the run's folder",
      hint: "put the file itself there")
  }

  private func isThere(_ name: String) -> Bool {
    (try? FileManager.default.attributesOfItem(atPath: url(name).path)) != nil
  }

  private func isInside(_ name: String) -> Bool {
    let place = url(name).resolvingSymlinksInPath().deletingLastPathComponent().path
    return place == folder.url.resolvingSymlinksInPath().path
  }

  /// The header of the best weights; nil: there are none that can be read.
  var model: SafetensorsFile? {
    isInside(RunFolder.modelName) ? try? SafetensorsFile.open(folder.model) : nil
  }

  /// What the run is trained on.
  var data: [JSONValue] {
    guard isThere(RunFolder.dataName), isInside(RunFolder.dataName),
      let manifest = try? DataManifest(contentsOf: folder.data)
    else { return [] }
    return manifest.entries.map {
      [
        "key": .string($0.key), "path": .string($0.path), "bytes": .integer($0.bytes),
        "digest": .string($0.digest),
      ]
    }
  }

  /// Pictures that `unroll inspect` has drawn.
  var pictures: [JSONValue] {
    [(folder.gradientPlot, "Gradients through time"), (folder.memoryPlot, "Memory at work")]
      .compactMap { file, title in
        let name = file.lastPathComponent
        guard isThere(name), isInside(name),
          let svg = try? RegularFile.text(of: file, longest: 1 << 22)
        else { return nil }
        return .picture(title, svg)
      }
  }

  /// Whether a process of this machine trains the run: it says so in the file `lock`, which is not touched
  /// here, so that nobody is refused.
  var isTraining: Bool {
    guard isThere(RunLock.name), isInside(RunLock.name),
      let holder = try? JSONValue(parsing: RegularFile.text(of: url(RunLock.name), longest: 1024)),
      holder["host"]?.string == HostName.current,
      let process = holder["process"]?.integer.flatMap({ Int32(exactly: $0) }), process > 0
    else { return false }
    return kill(process, 0) == 0 || errno == EPERM
  }
}

extension JSONValue {
  /// A picture, as the page shows it.
  static func picture(_ title: String, _ svg: String, text: String = "") -> JSONValue {
    [
      "title": .string(title), "svg": .string(Data(svg.utf8).base64EncodedString()),
      "text": .string(text),
    ]
  }
}
