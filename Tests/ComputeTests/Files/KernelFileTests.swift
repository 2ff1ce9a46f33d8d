import Compute
import Testing

#if os(Linux)
  @Suite struct KernelFileTests {
    /// The kernel says that its files have no bytes, and gives a page at a time.
    @Test func filesOfManyPagesAreReadWhole() throws {
      let maps = try #require(KernelFile.text("/proc/self/maps"))
      #expect(maps.utf8.count > 8192)
      #expect(maps.last == "\n")
      // The stack lies behind all libraries.
      #expect(maps.contains("[stack]"))
      #expect(KernelFile.text("/proc/self/nothing") == nil)
      #expect(KernelFile.text("/proc") == nil)
    }
  }
#endif
