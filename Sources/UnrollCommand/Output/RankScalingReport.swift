import Foundation
import TaskCommands
import Unroll

/// A scaling test over processes as a table, as JSON and as a picture.
struct RankScalingReport {
  let test: RankScaling
  let machine: MachineDescription

  var table: String {
    var text =
      "\(test.shape.name) \(test.shape.cell.name) \(test.precision.rawValue), "
      + "\(test.mode.rawValue) scaling over processes, "
      + (test.mode == .strong ? "\(test.leaves) leaves" : "a leaf each")
      + (test.exchange == .f32 ? "" : " added in \(test.exchange.rawValue)")
      + ", \(test.updates) updates, \(machine.processor), "
      + "\(machine.instructionSet.rawValue)\n\n"
    text +=
      "  processes  threads  ms/update  predicted  tokens/s  speed-up  efficiency  exchange  MB sent\n"
    for point in test.points {
      text += String(
        format: "  %9ld  %7ld  %9.2f  %@  %8.0f  %8.3f  %8.1f %%  %6.1f %%  %7.2f\n", point.ranks,
        point.threads, 1e3 * point.secondsPerUpdate,
        test.predictedSeconds(point).map { String(format: "%9.2f", 1e3 * $0) } ?? "  unknown",
        point.tokensPerSecond, test.speedup(point), 100 * test.efficiency(point),
        100 * point.exchangeSeconds / point.secondsPerUpdate, 1e-6 * point.sentBytes)
    }
    guard !test.weightsAreEqual else {
      return text + "\n  weights equal, bit for bit, in every process"
        + (test.mode == .strong ? ", at every number of them\n" : "\n")
    }
    text += "\n  WEIGHTS DIFFER:\n"
    for point in test.points {
      text +=
        String(format: "  %9ld processes", point.ranks) + "  "
        + point.weights.joined(separator: " ") + "\n"
    }
    return text
  }

  var object: [String: Any] {
    var object: [String: Any] = [
      "format": 1, "framework": "unroll", "what": "scaling over processes",
      "preset": test.shape.name, "cell": test.shape.cell.name,
      "precision": test.precision.rawValue, "mode": test.mode.rawValue, "updates": test.updates,
      "leaves": test.mode == .strong ? test.leaves as Any : NSNull(),
      "exchange": test.exchange.rawValue, "isa": machine.instructionSet.rawValue,
      "cpu": machine.processor,
      "swift": machine.swiftVersion, "weights_equal": test.weightsAreEqual,
      "points": test.points.map(row),
    ]
    if let commit = machine.commit { object["commit"] = commit }
    return object
  }

  private func row(_ point: RankMeasurement) -> [String: Any] {
    [
      "ranks": point.ranks, "threads": point.threads,
      "ms_per_update": 1e3 * point.secondsPerUpdate,
      "predicted_ms": test.predictedSeconds(point).map { 1e3 * $0 as Any } ?? NSNull(),
      "tokens_per_second": point.tokensPerSecond, "speedup": test.speedup(point),
      "efficiency": test.efficiency(point), "exchange_ms": 1e3 * point.exchangeSeconds,
      "hidden_ms": 1e3 * point.hiddenSeconds, "step_ms": 1e3 * point.alone.step,
      "packing_ms": 1e3 * point.alone.packing,
      "sent_bytes": point.sentBytes,
      "latency_us": 1e6 * point.latency, "bandwidth_gb": 8e-9 * point.bandwidth,
      "beside_computing": point.beside.computing, "beside_exchange": point.beside.exchange,
      "beside_delay_us": 1e6 * point.beside.delay,
      "weights": point.weights,
    ]
  }

  /// Writes `name`.json and `name`.svg.
  func write(to name: String) throws {
    let data = try JSONSerialization.data(
      withJSONObject: object, options: [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes])
    try AtomicFile.write(
      String(decoding: data, as: UTF8.self) + "\n", to: URL(fileURLWithPath: name + ".json"))
    try AtomicFile.write(test.svg, to: URL(fileURLWithPath: name + ".svg"))
  }
}

/// What is predicted of machines that nobody has yet.
struct ClusterPlanReport {
  let plan: ClusterPlan
  let cores: Int

  var table: String {
    var text =
      "\(plan.shape.name) \(plan.shape.cell.name), \(plan.mode.rawValue) scaling, predicted for machines of "
      + "\(cores) cores\n\n  machines  ms/update  exchange  efficiency\n"
    for point in plan.points {
      text += String(
        format: "  %8ld  %9.2f  %6.1f %%  %8.1f %%\n", point.nodes, 1e3 * point.secondsPerUpdate,
        100 * point.exchangeSeconds / point.secondsPerUpdate, 100 * point.efficiency)
    }
    if let first = plan.left.first {
      text += "\n  from \(first) machines on, some would have no row: raise --batch, or --weak\n"
    }
    return text
  }

  var object: [String: Any] {
    [
      "format": 1, "framework": "unroll", "what": "scaling predicted", "preset": plan.shape.name,
      "cell": plan.shape.cell.name, "mode": plan.mode.rawValue, "cores": cores,
      "points": plan.points.map {
        [
          "nodes": $0.nodes, "ms_per_update": 1e3 * $0.secondsPerUpdate,
          "exchange_ms": 1e3 * $0.exchangeSeconds, "efficiency": $0.efficiency,
        ] as [String: Any]
      },
    ]
  }
}
