import Compute
import Parallel
import Runs

/// What training on machines that nobody has yet would give: one process on each, with a leaf of the minibatch.
package struct ClusterPlan: Sendable {
  package struct Point: Sendable, Equatable {
    package let nodes: Int
    package let secondsPerUpdate: Double
    /// Of it, with other machines.
    package let exchangeSeconds: Double
    /// Of one machine with the same rows each (weak), or all of them (strong).
    package let efficiency: Double
  }

  package let shape: ThroughputShape
  package let mode: ScalingTest.Mode
  package let points: [Point]
  /// Numbers of machines with less than a row each.
  package let left: [Int]

  /// Measures an update of each number of rows that a machine would have, on this one, and takes those with more
  /// cores to be faster in proportion.
  ///
  /// - Parameters:
  ///   - cores: of a machine.
  ///   - latency: seconds of a message between two.
  ///   - bandwidth: bytes a second, each way at once.
  package init(
    _ shape: ThroughputShape, precision: Precision, optimizer: OptimizerConfiguration,
    mode: ScalingTest.Mode, nodes: [Int], cores: Int, latency: Double, bandwidth: Double,
    exchange: Precision = .f32, updates: Int, team: WorkerTeam
  ) {
    let measured = { (rows: Int) -> RankPrediction in
      var part = shape
      part.batch = rows
      let figures = RankMeasurement(
        part, team: team, precision: precision, optimizer: optimizer, leaves: 1, link: nil,
        updates: updates)
      let scale = Double(team.count) / Double(cores)
      return RankPrediction(
        gradientSeconds: scale
          * figures.alone.gradients,
        productSeconds: scale * figures.alone.products,
        stepSeconds: scale * figures.alone.step,
        packingSeconds: scale * figures.alone.packing,
        gradients: shape.gradients(sentIn: exchange), latency: latency, bandwidth: bandwidth,
        adding: figures.adding / scale)
    }
    self.init(shape, mode: mode, nodes: nodes, exchange: exchange, measured: measured)
  }

  /// - Parameter measured: figures of a machine with so many rows; asked once for each number.
  package init(
    _ shape: ThroughputShape, mode: ScalingTest.Mode, nodes: [Int], exchange: Precision = .f32,
    measured: (Int) -> RankPrediction
  ) {
    self.shape = shape
    self.mode = mode
    let whole = measured(shape.batch)
    let one = whole.seconds(ranks: 1)
    let fitting = nodes.filter { mode == .weak || $0 <= shape.batch }
    left = nodes.filter { !fitting.contains($0) }
    points = fitting.map { nodes in
      var machine = mode == .weak || nodes == 1 ? whole : measured(shape.share(of: nodes).batch)
      machine.gradients = ScalingTest.shape(shape, mode, threads: nodes)
        .gradients(sentIn: exchange)
      let seconds = machine.seconds(ranks: nodes)
      return Point(
        nodes: nodes, secondsPerUpdate: seconds,
        exchangeSeconds: machine.exchangeSeconds(ranks: nodes),
        efficiency: one / seconds / (mode == .weak ? 1 : Double(nodes)))
    }
  }
}
