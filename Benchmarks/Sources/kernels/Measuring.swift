import Dispatch
import Foundation
import Unroll

/// Seconds of one call of `work`: the median of nine rounds of at least 10 ms each.
func secondsPerCall<E: Error>(_ work: () throws(E) -> Void) throws(E) -> Double {
  try work()
  func time(_ calls: Int) throws(E) -> Double {
    let start = DispatchTime.now().uptimeNanoseconds
    for _ in 0..<calls { try work() }
    return Double(DispatchTime.now().uptimeNanoseconds - start) * 1e-9
  }
  let calls = max(1, Int(0.01 / max(try time(1), 1e-7)))
  var rounds: [Double] = []
  for _ in 0..<9 { rounds.append(try time(calls) / Double(calls)) }
  return rounds.median
}

/// A result that is wrong is not worth timing.
struct WrongResult: Error, CustomStringConvertible {
  let description: String
}

/// Throws unless every `found` is within `tolerance` of what is expected.
func expect(
  _ name: String, _ found: [Float], _ expected: [Double], tolerance: Double
) throws {
  guard found.count == expected.count else {
    throw WrongResult(description: "\(name): \(found.count) results, not \(expected.count)")
  }
  for (index, (found, expected)) in zip(found, expected).enumerated()
  where !(abs(Double(found) - expected) <= tolerance) {
    throw WrongResult(description: "\(name)[\(index)]: \(found), expected \(expected)")
  }
}

/// Numbers in -0.5 ..< 0.5 that depend on `seed` only.
func randomBuffer(_ count: Int, seed: UInt64) -> AlignedBuffer<Float> {
  let buffer = AlignedBuffer<Float>(count: count)
  let random = RandomStream(seed: seed, purpose: .generator)
  for index in 0..<count { buffer.base[index] = random.uniform(row: 0, index: index) - 0.5 }
  return buffer
}

/// Prints a row of columns, each padded on the left to `width` but the first.
func printRow(_ cells: [String], width: Int = 10, first: Int = 30) {
  let head = cells[0].padding(toLength: first, withPad: " ", startingAt: 0)
  print(
    head
      + cells.dropFirst().map { String(repeating: " ", count: max(1, width - $0.count)) + $0 }
      .joined())
}

func printTitle(_ title: String) { print("\n\(title)") }

func format(_ value: Double, _ digits: Int = 1) -> String {
  String(format: "%.\(digits)f", value)
}
