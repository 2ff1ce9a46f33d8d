import Compute
import Parallel

extension AlignedBuffer<Float> {
  /// Whether no element is infinite or no number; at the speed of memory.
  func isFinite(_ team: WorkerTeam) -> Bool {
    let found = AlignedBuffer<UInt32>(count: team.count)
    // Workers write an element each, and nobody writes the values meanwhile.
    nonisolated(unsafe) let values = UnsafePointer(base)
    nonisolated(unsafe) let flags = found.base
    let total = count
    team.run { worker in
      let share = worker.share(of: total)
      flags[worker.index] = hasNonfinite(values + share.lowerBound, share.count) ? 1 : 0
    }
    return (0..<team.count).allSatisfy { flags[$0] == 0 }
  }
}

/// An exponent of ones, without a branch, so that the loop is vector code.
private func hasNonfinite(_ x: UnsafePointer<Float>, _ count: Int) -> Bool {
  let exponent: UInt32 = 0x7F80_0000
  var found: UInt32 = 0
  for i in 0..<count { found |= x[i].bitPattern & exponent == exponent ? 1 : 0 }
  return found != 0
}
