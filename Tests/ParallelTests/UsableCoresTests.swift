import Compute
import Foundation
import Parallel
import TestSupport
import Testing

@Suite struct UsableCoresTests {
  @Test(
    arguments: [
      ("0-3", 4), ("0-3,8", 5), ("7", 1), ("0-1,4-5,9\n", 5), (" 2-2 ", 1),
      ("", nil), ("3-1", nil), ("a", nil), ("0-", 1), ("0-3,x", nil), ("0-4294967295", nil),
    ] as [(String, Int?)])
  func processorListsAreCounted(list: String, count: Int?) {
    #expect(UsableCores.numbers(in: list)?.count == count)
  }

  @Test(
    arguments: [
      ("max 100000", nil), ("200000 100000", 2), ("150000 100000\n", 2), ("50000 100000", 1),
      ("-1 100000", nil), ("0 100000", nil), ("100000", nil), ("many 100000", nil),
    ] as [(String, Int?)])
  func quotasAreRoundedUp(text: String, count: Int?) {
    #expect(UsableCores.quota(version2: text) == count)
  }

  @Test func theTightestQuotaOfNestedGroupsCounts() throws {
    let folder = try TemporaryFolder()
    for (name, text) in [
      ("a", "400000 100000\n"), ("a/b", "max 100000\n"), ("a/b/c", "150000 100000\n"),
    ] {
      try FileManager.default.createDirectory(
        at: folder.file(name), withIntermediateDirectories: true)
      try folder.write(text, to: "\(name)/cpu.max")
    }
    func quota(_ membership: String) -> Int? {
      UsableCores.quota(of: ControlGroups(root: folder.url.path, membership: membership))
    }
    #expect(quota("0::/a/b/c") == 2)
    #expect(quota("0::/a/b") == 4)
    #expect(quota("0::/") == nil)
  }

  @Test func quotasOfVersion1AreRead() throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(
      at: folder.file("cpu/job"), withIntermediateDirectories: true)
    try folder.write("250000\n", to: "cpu/job/cpu.cfs_quota_us")
    try folder.write("100000\n", to: "cpu/job/cpu.cfs_period_us")
    let groups = ControlGroups(root: folder.url.path, membership: "3:cpu,cpuacct:/job")
    #expect(UsableCores.quota(of: groups) == 3)
  }

  @Test func thereIsAtLeastOne() {
    #expect(UsableCores.count >= 1)
    #expect(UsableCores.count <= UsableCores.affinity)
  }
}
