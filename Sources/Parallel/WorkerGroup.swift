import Compute

/// How the workers of a team share what cannot be divided by rows alone.
///
/// Results are the same bits whatever it is: only who computes them changes.
public enum TeamDivision: Sendable, Equatable {
  /// By a cost model, wherever the choice comes up.
  case automatic
  /// Groups of so many neighbours share their rows, and each takes a part of the units: 1 divides rows only.
  case groups(of: Int)
}

extension TeamDivision {
  /// What the groups of a team can hold, one worker first.
  package static func sizes(in workers: Int) -> [Int] {
    (1...max(workers, 1)).filter { workers.isMultiple(of: $0) }
  }

  /// Reads `auto`, `rows`, or `2x4` for two groups of four workers.
  ///
  /// Throws a usage `UserError` for anything else, and for groups that are not all of `workers`.
  package init(_ text: String, workers: Int) throws {
    switch text {
    case "auto": self = .automatic
    case "rows": self = .groups(of: 1)
    default:
      let sizes = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
      guard sizes.count == 2, let groups = sizes[0], let members = sizes[1], groups > 0, members > 0
      else {
        throw UserError.usage(
          "the plan is '\(text)', expected auto, rows, or groups x members such as 2x4")
      }
      guard groups.multipliedReportingOverflow(by: members) == (workers, false) else {
        let possible = Self.sizes(in: workers).map { "\(workers / $0)x\($0)" }
        throw UserError.usage(
          "the plan \(text) is for \(groups) groups of \(members) workers, but there are \(workers)",
          hint: "possible are \(possible.joined(separator: ", "))")
      }
      self = .groups(of: members)
    }
  }
}

/// Neighbours in a team who share rows and meet without the others.
package struct WorkerGroup: Sendable {
  package let worker: Worker
  /// Workers in the group.
  package let count: Int

  /// This worker's place among them.
  package var index: Int { worker.index % count }
  /// The places of all of them in the team.
  package var members: Range<Int> {
    let first = worker.index - index
    return first..<first + count
  }

  /// Waits until all of the group are here.
  package func meet() {
    if count > 1 { barrier.wait() }
  }

  /// This worker's contiguous share of `0 ..< total`.
  package func share(of total: Int) -> Range<Int> {
    Worker.share(index, of: count, in: total)
  }

  private var barrier: Barrier {
    guard let barriers = worker.crew.groups[count] else {
      preconditionFailure("groups of \(count) in a team of \(worker.count)")
    }
    return barriers[worker.index / count]
  }
}

extension Worker {
  /// The group of `size` neighbours that this worker belongs to; `size` divides the team.
  package func group(of size: Int) -> WorkerGroup { WorkerGroup(worker: self, count: size) }

  /// How the team was told to be divided.
  package var division: TeamDivision { crew.division }
}
