import Compute
import Foundation
import Interchange
import Runs
import Synchronization

/// Reports that follow their runs: made anew when the files of a run have changed.
package final class LiveReport: Sendable {
  private struct Made {
    var stamp: [String] = []
    var html = ""
    var data = ""
    /// Tells one state of the data from another.
    var tag = ""
  }

  private let folders: [(folder: RunFolder, name: String)]
  private let measured: [RunMeasurement?]
  private let made = Mutex(Made())

  /// - Parameter measured: of each run, nil where nothing was measured.
  package init(_ folders: [(folder: RunFolder, name: String)], measured: [RunMeasurement?]) {
    (self.folders, self.measured) = (folders, measured)
  }

  /// Answers a request to the server at `port`.
  ///
  /// A page of somebody else's, whose name was made to lead here, has another `Host`: it is told nothing.
  package func answer(_ request: HTTPRequest?, port: UInt16) -> HTTPAnswer {
    guard let request else { return HTTPAnswer(status: .badRequest, body: "no request\n") }
    guard let host = request["host"], ["127.0.0.1:\(port)", "localhost:\(port)"].contains(host)
    else { return HTTPAnswer(status: .forbidden, body: "another host is asked for\n") }
    guard ["GET", "HEAD"].contains(request.method) else {
      return HTTPAnswer(
        status: .notAllowed, headers: [("Allow", "GET, HEAD")], body: "GET and HEAD only\n")
    }
    do {
      switch request.path {
      case "/":
        return HTTPAnswer(
          status: .ok, type: "text/html; charset=utf-8",
          headers: [
            (
              "Content-Security-Policy",
              ReportPage.policy(isLive: true) + "; frame-ancestors 'none'"
            )
          ], body: try current().html)
      case "/data.json":
        let made = try current()
        guard request["if-none-match"] != made.tag else {
          return HTTPAnswer(status: .notModified, headers: [("ETag", made.tag)], body: "")
        }
        return HTTPAnswer(
          status: .ok, type: "application/json", headers: [("ETag", made.tag)], body: made.data)
      default: return HTTPAnswer(status: .notFound, body: "there is / and nothing else\n")
      }
    } catch {
      return HTTPAnswer(
        status: .failed, body: ((error as? UserError)?.message ?? "\(error)") + "\n")
    }
  }

  private func current() throws -> Made {
    try made.withLock { made in
      let stamp = folders.map { Self.stamp(of: $0.folder) }
      guard made.stamp != stamp else { return made }
      let reports = try zip(folders, measured).map {
        try RunReport($0.folder, name: $0.name, measured: $1)
      }
      let page = ReportPage(reports, isLive: true)
      made.data = page.data.description
      made.html = page.html
      let digest = made.data.utf8.withContiguousStorageIfAvailable {
        ContentDigest.of(UnsafeRawBufferPointer($0))
      }
      made.tag = "\"\(String(digest ?? 0, radix: 16))\""
      made.stamp = stamp
      return made
    }
  }

  /// Of all that changes while a run trains.
  private static func stamp(of folder: RunFolder) -> String {
    let files = [folder.metrics, folder.configuration, folder.model].map { file -> String in
      let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
      let date = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970
      return "\(attributes?[.size] as? Int ?? -1) \(date ?? 0)"
    }
    return (files + ["\(RunFiles(folder).isTraining)"]).joined(separator: " ")
  }
}
