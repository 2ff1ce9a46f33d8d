import Parallel

extension TrainingSettings {
  /// Threads that train.
  package var workerCount: Int { threads > 0 ? threads : UsableCores.count }

  /// As many workers as the settings say, who have all reported.
  ///
  /// - Parameter first: see `WorkerTeam.pin`.
  ///
  /// Throws a `UserError` if the plan is not for so many, or if the system refuses a thread.
  func startedTeam(from first: Int) throws -> WorkerTeam {
    let team = try WorkerTeam.started(
      count: workerCount, division: TeamDivision(plan, workers: workerCount))
    if pin { team.pin(from: first) }
    return team
  }
}
