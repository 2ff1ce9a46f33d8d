import Compute
import Testing

@Suite struct ExecutableTests {
  @Test func theFileOfAnAddressIsTheOneThatIsMappedThere() {
    let maps = """
      00400000-00401000 r--p 00000000 fe:00 12        /usr/bin/program
      7f01a2b3c000-7f01a2b3d000 r--p 00000000 fe:00 34   /usr/lib/a library.so
      7f01a2b3d000-7f01a2b3f000 rw-p 00000000 00:00 0
      7ffd00000000-7ffd00021000 rw-p 00000000 00:00 0    [stack]

      """
    #expect(Executable.file(of: 0x400000, in: maps) == "/usr/bin/program")
    #expect(Executable.file(of: 0x401000, in: maps) == nil, "the end is not mapped")
    #expect(Executable.file(of: 0x7f01_a2b3_cfff, in: maps) == "/usr/lib/a library.so")
    #expect(Executable.file(of: 0x7f01_a2b3_d000, in: maps) == nil, "memory of no file")
    #expect(Executable.file(of: 0x10, in: maps) == nil)
    #expect(Executable.file(of: 0x10, in: "") == nil)
  }

  @Test func buildsHaveAFingerprint() throws {
    let own = try #require(Executable.fingerprint)
    #expect(!own.isEmpty && own == Executable.fingerprint)
  }
}
