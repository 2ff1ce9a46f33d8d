import Parallel

extension TrainingSettings {
  /// As many workers as the settings say, who have all reported.
  ///
  /// Throws a `UserError` if the plan is not for so many, or if the system refuses a thread.
  func startedTeam() throws -> WorkerTeam {
    let count = threads > 0 ? threads : UsableCores.count
    let team = try WorkerTeam.started(
      count: count, division: TeamDivision(plan, workers: count))
    if pin { team.pin() }
    return team
  }
}
