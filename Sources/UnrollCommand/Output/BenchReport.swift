import Foundation
import TaskCommands
import Unroll

/// Prints measurements for people or for programs.
struct BenchReport {
  let machine: MachineDescription
  let peaks: MachinePeaks
  let optimizer: String

  init(_ machine: MachineDescription, _ peaks: MachinePeaks, _ optimizer: String) {
    self.machine = machine
    self.peaks = peaks
    self.optimizer = optimizer
  }

  // MARK: For people

  func printHeader(threads: Int) {
    line("processor", machine.processor + ", \(machine.usableCores) cores usable")
    line("kernels", machine.instructionSet.rawValue)
    line("build", "Swift \(machine.swiftVersion)" + (machine.commit.map { ", \($0)" } ?? ""))
    line("threads", "\(threads)")
    line(
      "peak",
      "\(number(peaks.f32)) GFLOP/s f32, \(number(peaks.bf16)) bf16, "
        + "\(number(peaks.bandwidth)) GB/s memory, all threads busy")
  }

  func print(_ m: ThroughputMeasurement) {
    let shape = m.shape
    let steps = shape.lengths.map { "\($0.lowerBound)-\($0.upperBound)" } ?? "\(shape.steps)"
    write("\n\(shape.name) \(shape.cell.name) \(m.precision.rawValue)\n")
    line(
      "shape",
      "V \(shape.vocabulary), E \(shape.embedding), H \(shape.hidden), L \(shape.layers), "
        + "B \(shape.batch), T \(steps), \(optimizer)"
        + (shape.output == .full ? "" : ", \(shape.output.rawValue) output")
        + (shape.zipf.map { ", tokens as 1 / rank^\($0)" } ?? ""))
    line("tokens", String(format: "%.0f /s", m.tokensPerSecond))
    let (median, p5, p95) = m.secondsPerUpdate
    line(
      "update",
      String(
        format: "%.3f ms (5 %%: %.3f, 95 %%: %.3f), %ld updates", 1e3 * median, 1e3 * p5, 1e3 * p95,
        m.updates))
    line(
      "speed",
      String(format: "%.1f GFLOP/s", m.gigaflops)
        + (m.percentOfPeak.map { String(format: ", %.1f %% of ", $0) } ?? ", peak ")
        + number(m.peakGigaflops))
    let total = m.phases.reduce(0) { $0 + $1.seconds }
    line(
      "time",
      m.phases.map { String(format: "%@ %.1f %%", $0.name, 100 * $0.seconds / max(total, 1e-12)) }
        .joined(separator: ", "))
    line("memory", m.peakMemoryBytes.map { "\(ByteCount($0)) at most" } ?? "unknown")
    line(
      "allocations",
      "\(ByteCount(Int(m.allocatedBytesPerUpdate))) an update on all threads, "
        + "\(m.largeAllocations) buffers")
    if let cost = m.costOfLengths {
      line("lengths", String(format: "a real token costs %.3f of one in equal lengths", cost))
    }
  }

  private func line(_ name: String, _ text: String) {
    write("  " + name.padding(toLength: 13, withPad: " ", startingAt: 0) + text + "\n")
  }

  private func number(_ value: Double?) -> String {
    value.map { String(format: "%.1f", $0) } ?? "unknown"
  }

  private func write(_ text: String) { Output.standardOutput.write(text) }

  // MARK: For programs

  func printJSON(_ m: ThroughputMeasurement) {
    let shape = m.shape
    var object: [String: Any] = [
      "framework": "unroll", "preset": shape.name, "cell": shape.cell.name,
      "precision": m.precision.rawValue, "threads": m.threads, "vocabulary": shape.vocabulary,
      "embedding": shape.embedding, "hidden": shape.hidden, "layers": shape.layers,
      "output": shape.output.rawValue, "zipf": shape.zipf ?? NSNull(), "batch": shape.batch,
      "steps": shape.steps, "optimizer": optimizer,
      "updates": m.updates, "tokens_per_second": rounded(m.tokensPerSecond),
      "ms_per_update": rounded(1e3 * m.secondsPerUpdate.median),
      "ms_p5": rounded(1e3 * m.secondsPerUpdate.p5),
      "ms_p95": rounded(1e3 * m.secondsPerUpdate.p95), "gflops": rounded(m.gigaflops),
      "peak_gflops": rounded(m.peakGigaflops), "percent_of_peak": rounded(m.percentOfPeak),
      "peak_memory_mb": rounded(m.peakMemoryBytes.map { Double($0) / 0x1p20 }),
      "allocated_bytes_per_update": m.allocatedBytesPerUpdate.rounded(),
      "buffers_allocated": m.largeAllocations,
      "ms_by_phase": Dictionary(
        uniqueKeysWithValues: m.phases.map { ($0.name, rounded(1e3 * $0.seconds)) }),
      "peak_f32_gflops": rounded(peaks.f32), "peak_bf16_gflops": rounded(peaks.bf16),
      "memory_gb_per_second": rounded(peaks.bandwidth), "isa": machine.instructionSet.rawValue,
      "cpu": machine.processor, "swift": machine.swiftVersion,
    ]
    if let commit = machine.commit { object["commit"] = commit }
    if let lengths = shape.lengths {
      object["lengths"] = [lengths.lowerBound, lengths.upperBound]
      object["cost_per_real_token"] = rounded(m.costOfLengths)
    }
    Output.json(object)
  }

  /// To a thousandth; null where there is no value.
  private func rounded(_ value: Double?) -> Any {
    guard let value, value.isFinite else { return NSNull() }
    return (value * 1000).rounded() / 1000
  }
}
