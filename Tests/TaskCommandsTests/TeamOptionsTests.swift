import ArgumentParser
import TaskCommands
import Testing

@Suite struct TeamOptionsTests {
  @Test(arguments: [0, 1, 4096])
  func asManyThreadsAsThereMayBe(_ count: Int) throws {
    #expect(try TeamOptions.parse(["--threads", "\(count)"]).threads == count)
  }

  @Test(arguments: [-1, 4097])
  func othersAreRefused(_ count: Int) {
    let error = #expect(throws: (any Error).self) { try TeamOptions.parse(["--threads=\(count)"]) }
    #expect(error.map(TeamOptions.message(for:)) == "--threads must be 0...4096, found \(count).")
  }
}
