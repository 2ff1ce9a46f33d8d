import Foundation

/// What a launcher of MPI jobs (`mpirun`, `srun`) says in the environment of each process that it starts.
package struct RankLaunch: Equatable, Sendable {
  /// Processes of the job; nil where only MPI itself knows.
  package let count: Int?

  /// Nil for a process that is on its own.
  package init?(_ environment: [String: String] = ProcessInfo.processInfo.environment) {
    func number(_ names: String...) -> Int? {
      names.lazy.compactMap { environment[$0].flatMap { Int($0) } }.first
    }
    if let count = number("OMPI_COMM_WORLD_SIZE", "PMI_SIZE") {
      self.count = count
    } else if environment["PMIX_RANK"] != nil {
      count = number("SLURM_STEP_NUM_TASKS", "SLURM_NTASKS")
    } else {
      return nil
    }
    if count == 1 { return nil }
  }
}
