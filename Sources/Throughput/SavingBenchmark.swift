import Autodiff
import Compute
import Dispatch
import Foundation
import Interchange
import Networks
import Runs
import Synchronization

/// What saving costs a training of one shape: weights and moments are copied, written beside updates,
/// synchronized, read back and found whole, as a run does it; then loaded again. Medians over some rounds.
package struct SavingBenchmark: Sendable {
  package let parameters: Int
  /// Of the checkpoint.
  package let bytes: Int
  /// How long training stands still.
  package let stallSeconds: Double
  /// Until the checkpoint is known to be safe.
  package let saveSeconds: Double
  package let loadSeconds: Double
  package let updateSeconds: Double
  package let updateWhileSavingSeconds: Double

  /// Bytes a second.
  package var saved: Double { Double(bytes) / saveSeconds }
  package var loaded: Double { Double(bytes) / loadSeconds }

  /// - Parameter folder: is made, holds the checkpoints of some rounds, and is removed.
  package init(_ benchmark: ThroughputBenchmark, in folder: URL, rounds: Int = 5) throws {
    let run = try RunFolder.create(at: folder)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (store, team) = (benchmark.model.parameters, benchmark.team)
    let saver = BackgroundSaver()
    let saves = Mutex<[Double]>([])
    var (stalls, loads, updates, others) = ([Double](), [Double](), [Double](), [Double]())
    var size = 0
    // The first round touches memory that is new.
    for round in 0...rounds {
      updates.append(benchmark.update().seconds)
      let state = TrainingState(store, benchmark.trainer.optimizer, nil)
      let url = run.checkpoint(update: round)
      stalls.append(
        Self.seconds {
          precondition(state.isFinite(team), "made-up tokens make no infinite weights")
          let copy = saver.take(state, update: round, team)
          saver.write(url) {
            let seconds = try Self.seconds {
              var writer = SafetensorsWriter()
              copy.forEachTensor { name, shape, start in
                writer.add(name, shape: shape, from: start, count: shape.reduce(1, *))
              }
              try run.writeCheckpoint(update: round, writer)
            }
            saves.withLock { $0.append(seconds) }
          }
        })
      others.append(benchmark.update().seconds)
      while try saver.collect(waits: false).isEmpty { _ = benchmark.update() }
      try loads.append(
        Self.seconds {
          let file = try SafetensorsFile.open(url, verifyDigest: true)
          try file.restore(store)
          try state.forEachTensor(besideWeights: true) { name, shape, start in
            try file.copy(name, into: start, count: shape.reduce(1, *))
          }
        })
      size = try RegularFile(url).count
    }
    (parameters, bytes) = (store.parameterCount, size)
    stallSeconds = stalls.dropFirst().median
    saveSeconds = saves.withLock { $0.dropFirst().median }
    loadSeconds = loads.dropFirst().median
    updateSeconds = updates.dropFirst().median
    updateWhileSavingSeconds = others.dropFirst().median
  }

  private static func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = DispatchTime.now().uptimeNanoseconds
    try body()
    return Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
  }
}
