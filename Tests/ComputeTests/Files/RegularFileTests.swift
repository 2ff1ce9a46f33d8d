import Compute
import Foundation
import TestSupport
import Testing

@Suite struct RegularFileTests {
  let folder: TemporaryFolder
  let url: URL

  init() throws {
    folder = try TemporaryFolder()
    url = try folder.write(String(repeating: "0123456789", count: 200_000), to: "a.txt")
  }

  @Test func piecesAreThoseOfTheFile() throws {
    let file = try RegularFile(url)
    #expect(file.count == 2_000_000)
    #expect(try file.bytes(1_999_995..<2_000_000) == Array("56789".utf8))
    #expect(try file.bytes(7..<7) == [])
    var (all, sizes) = ([UInt8](), [Int]())
    try file.forEachBlock(in: 3..<1_999_999) {
      all += $0; sizes.append($0.count)
    }
    #expect(
      all.count == 1_999_996 && all.first == UInt8(ascii: "3") && all.last == UInt8(ascii: "8"))
    #expect(sizes.count == 2 && sizes[0].isMultiple(of: 64))
  }

  /// A file that is cut while it is open, and a read that ends too early, are errors and no damage.
  @Test func aFileThatBecomesShorterIsAnError() throws {
    let file = try RegularFile(url)
    #expect(truncate(url.path, 1000) == 0)
    #expect(try file.bytes(990..<1000).count == 10)
    for range in [990..<1001, 5000..<5001] {
      let error = #expect(throws: UserError.self) { try file.bytes(range) }
      #expect(error?.message.contains("'\(url.path)' became shorter") == true)
      #expect(error?.systemCode == EIO)
    }
    _ = FileSystem.withFaults({ $0.kind == .read ? .nothing : nil }) {
      #expect(throws: UserError.self) { try RegularFile.contents(of: url) }
    }
  }

  @Test func fileSystemsOfOtherMachinesAreKnown() {
    let mounts = """
      22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw
      36 22 0:52 / /data rw,relatime shared:9 master:2 - nfs4 host:/data rw,vers=4.2
      37 22 0:53 / /mnt rw - fuse.sshfs me@host: rw
      38 22 8:17 / /usb rw - fuseblk /dev/sdb1 rw
      """
    func device(_ major: UInt64, _ minor: UInt64) -> UInt64 {
      (major & 0xFFF) << 8 | minor & 0xFF | (minor & ~0xFF) << 12 | (major & ~0xFFF) << 32
    }
    let expected: [(UInt64, UInt64, String?)] = [
      (254, 1, nil), (0, 52, "nfs4"), (0, 53, "fuse.sshfs"), (8, 17, nil), (0, 300, nil),
    ]
    for (major, minor, kind) in expected {
      #expect(FileSystem.remoteKind(of: device(major, minor), mounts: mounts) == kind)
    }
  }
}
