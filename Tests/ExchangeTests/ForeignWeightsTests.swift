import Exchange
import Foundation
import Interchange
import TestSupport
import Testing

/// Weights of other tools, by the names that they get here.
@Suite struct ForeignWeightsTests {
  @Test func twoTensorsOfOneNameAreRefused() throws {
    let folder = try TemporaryFolder()
    var writer = SafetensorsWriter()
    for name in ["a.weight", "b.weight"] { writer.add(name, shape: [1], floats: [0.5]) }
    let url = folder.file("weights.safetensors")
    try writer.write(to: url)
    expectUserError(
      saying: "'a.weight' and 'b.weight' would both be 'embedding.weight'", "--rename"
    ) {
      _ = try ForeignWeights(
        torch: url, renamings: ["a=c", "b=c"].map { try Renaming(parsing: $0) })
    }
  }
}
