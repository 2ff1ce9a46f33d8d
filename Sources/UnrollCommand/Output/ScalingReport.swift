import Foundation
import Unroll

/// A scaling test as a table, as JSON and as a picture.
struct ScalingReport {
  let test: ScalingTest
  let machine: MachineDescription

  init(_ test: ScalingTest, _ machine: MachineDescription) {
    self.test = test
    self.machine = machine
  }

  var table: String {
    var text =
      "\(test.shape.name) \(test.shape.cell.name) \(test.precision.rawValue), "
      + "\(test.mode.rawValue) scaling, \(test.updates) updates, \(machine.processor), "
      + "\(machine.usableCores) cores usable, \(machine.instructionSet.rawValue)\n\n"
    text += "  threads  ms/update  tokens/s  GFLOP/s  speed-up  efficiency  peak's own  waiting\n"
    for point in test.points {
      text += String(
        format: "  %7ld  %9.2f  %8.0f  %7.1f  %8.3f  %8.1f %%  %@  %5.1f %%\n", point.threads,
        1e3 * point.secondsPerUpdate, point.tokensPerSecond, point.gigaflops, test.speedup(point),
        100 * test.efficiency(point),
        test.peakSpeedup(point).map { String(format: "%10.3f", $0) } ?? "   unknown",
        100 * point.waitShare)
    }
    switch test.weightsAreEqual {
    case true?: text += "\n  weights equal, bit for bit, at every number of threads\n"
    case false?:
      text += "\n  WEIGHTS DIFFER:\n"
      for point in test.points {
        text += String(format: "  %7ld threads  ", point.threads) + point.weights.hexadecimal + "\n"
      }
    case nil: text += "\n  minibatches differ, weights are not compared\n"
    }
    return text
  }

  var object: [String: Any] {
    var object: [String: Any] = [
      "format": 1, "framework": "unroll", "what": "scaling", "preset": test.shape.name,
      "cell": test.shape.cell.name, "precision": test.precision.rawValue,
      "mode": test.mode.rawValue, "updates": test.updates,
      "isa": machine.instructionSet.rawValue, "cpu": machine.processor,
      "swift": machine.swiftVersion, "points": test.points.map(row),
    ]
    object["weights_equal"] = test.weightsAreEqual.map { $0 as Any } ?? NSNull()
    if let commit = machine.commit { object["commit"] = commit }
    return object
  }

  private func row(_ point: ScalingTest.Point) -> [String: Any] {
    [
      "threads": point.threads, "ms_per_update": 1e3 * point.secondsPerUpdate,
      "tokens_per_second": point.tokensPerSecond, "gflops": point.gigaflops,
      "speedup": test.speedup(point), "efficiency": test.efficiency(point),
      "peak_gflops": point.peakGigaflops.map { $0 as Any } ?? NSNull(),
      "peak_speedup": test.peakSpeedup(point).map { $0 as Any } ?? NSNull(),
      "wait_share": point.waitShare, "weights": point.weights.hexadecimal,
    ]
  }

  /// Writes `name`.json and `name`.svg.
  func write(to name: String) throws {
    let data = try JSONSerialization.data(
      withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    try AtomicFile.write(
      String(decoding: data, as: UTF8.self) + "\n", to: URL(fileURLWithPath: name + ".json"))
    try AtomicFile.write(ScalingPlot(test).svg, to: URL(fileURLWithPath: name + ".svg"))
  }
}
