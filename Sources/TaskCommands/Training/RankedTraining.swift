import ArgumentParser
import Compute
import Foundation
import Parallel
import Runs

/// A training as one process of a job of `mpirun` or `srun`; or on its own.
package enum RankedTraining {
  /// Runs `body` with the link to the other processes, if there are any.
  ///
  /// What goes wrong in all processes alike is told by the first one. An error in another one ends the job.
  package static func run(timeout: Int, _ body: ((any RankLink)?) throws -> Void) throws {
    guard let launch = RankLaunch() else { return try body(nil) }
    let link = try MPILink(launch, timeout: Double(timeout))
    do {
      try body(link)
    } catch let code as ExitCode {
      link.finish()
      throw code
    } catch {
      if link.rank != 0 {
        // If it is the first one's too, the launcher ends the job meanwhile.
        sleep(2)
        let reason = (error as? UserError)?.description ?? "\(error)"
        StatusLine.standardError.message(
          "rank \(link.rank) on '\(HostName.current)': \(reason)")
        link.abort((error as? UserError)?.kind.rawValue ?? 1)
      }
      throw error
    }
    link.finish()
  }
}

extension Optional where Wrapped == any RankLink {
  /// Whether another process does the writing and the talking.
  package var isFollower: Bool { map { $0.rank != 0 } ?? false }
}
