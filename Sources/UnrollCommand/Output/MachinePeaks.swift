import Unroll

/// What the machine does at best, all threads busy.
struct MachinePeaks {
  let f32: Double?
  let bf16: Double?
  let bandwidth: Double?

  init(_ team: WorkerTeam) {
    bandwidth = TeamPeak.memoryBandwidth(team: team)
    f32 = TeamPeak.gigaflops(.f32, team: team)
    bf16 = TeamPeak.gigaflops(.bf16, team: team)
  }
}
