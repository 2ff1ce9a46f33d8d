import ArgumentParser
import Foundation
import TaskCommands
import Unroll

// Processes in place of threads.

extension Scale {
  /// As one process of a job: measures with the others, and has the first one print what was found.
  func measureAsRank() throws {
    try RankedTraining.run(timeout: 60) { link in
      let count = link?.count ?? 1
      let team = try WorkerTeam.started(count: threads?.values.first ?? UsableCores.count)
      for shape in try shape.shapes() {
        let measured = RankMeasurement(
          ScalingTest.shape(shape, mode, threads: count), team: team,
          precision: self.shape.precision, optimizer: optimizer,
          leaves: mode == .strong ? processes.leaves ?? count : count,
          exchange: processes.exchange, link: link, updates: updates)
        guard !link.isFollower else { continue }
        let line = try JSONEncoder().encode(measured)
        Output.standardOutput.write(String(decoding: line, as: UTF8.self) + "\n")
      }
    }
  }

  /// Starts a job for each number of processes.
  func measureRanks(_ counts: [Int], _ shapes: [ThroughputShape]) throws {
    let most = counts.max() ?? 1
    let cores = processes.hosts == nil ? UsableCores.count : processes.cores
    let threads = self.threads?.values.first ?? cores.map { max(1, $0 / most) } ?? UsableCores.count
    let leaves = processes.leaves ?? most
    let job = RankJob(
      hosts: processes.hosts,
      arguments: Array(CommandLine.arguments.dropFirst())
        + ["--as-rank", "--threads", "\(threads)", "--leaves", "\(leaves)"])
    let measured = try counts.map(job.measure)
    var areEqual = true
    for (place, shape) in shapes.enumerated() {
      let test = RankScaling(
        shape, precision: self.shape.precision, mode: mode, updates: updates, leaves: leaves,
        exchange: processes.exchange,
        points: measured.compactMap { place < $0.count ? $0[place] : nil })
      let report = RankScalingReport(test: test, machine: MachineDescription())
      let name = shapes.count == 1 ? out : "\(out)-\(shape.name)"
      // First: a reader of standard output that goes away ends the process.
      try report.write(to: name)
      json ? Output.json(report.object) : Output.standardOutput.write(report.table)
      if !json { Output.standardOutput.write("\n  \(name).json and \(name).svg written\n") }
      if !test.weightsAreEqual { areEqual = false }
    }
    if !areEqual { throw ExitCode(1) }
  }

  func predict(_ shapes: [ThroughputShape]) throws {
    let cores = processes.cores ?? UsableCores.count
    let team = try WorkerTeam.started()
    for shape in shapes {
      let plan = ClusterPlan(
        shape, precision: self.shape.precision, optimizer: optimizer, mode: mode,
        nodes: processes.nodes.values, cores: cores, latency: processes.latency.seconds,
        bandwidth: processes.bandwidth.bytesPerSecond, exchange: processes.exchange,
        updates: updates, team: team)
      let report = ClusterPlanReport(plan: plan, cores: cores)
      json ? Output.json(report.object) : Output.standardOutput.write(report.table)
    }
  }
}
