import Compute
import Foundation
import Testing

@Suite struct LongListTests {
  /// Bytes in memory: none at all, less than an element, some elements, more than there will be.
  static let limits = [0, 3, 80, 1 << 20]

  @Test(arguments: limits)
  func holdsWhatAnArrayHolds(limit: Int) throws {
    try withListMemory(limit: limit) {
      var (list, array) = (LongList<Int32>(), [Int32]())
      for part in 0..<40 {
        let more = (0..<part * part).map { Int32($0 * 7 - part) }
        try list.append(contentsOf: more)
        try list.append(Int32(part))
        array += more + [Int32(part)]
      }
      #expect(list.count == 20_580 && list.elementsEqual(array))
      #expect(Array(list[40...61]) == Array(array[40...61]))
      #expect(list == LongList(array))
    }
  }

  @Test(arguments: limits)
  func copiesChangeAlone(limit: Int) throws {
    try withListMemory(limit: limit) {
      var list = try LongList(storing: 0..<1000)
      let copy = list
      try list.append(1000)
      var other = copy
      try other.append(contentsOf: [-1, -2])
      #expect(list.elementsEqual(0..<1001))
      #expect(copy.elementsEqual(0..<1000))
      #expect(other.elementsEqual(Array(0..<1000) + [-1, -2]))
    }
  }

  @Test(arguments: limits)
  func listsOfListsAndChoices(limit: Int) throws {
    try withListMemory(limit: limit) {
      let lists: [[Float]] = [[1, 2, 3], [], [4], [5, 6]]
      var ragged = RaggedList<Float>()
      for list in lists { try ragged.append(list) }
      #expect(ragged.map(Array.init) == lists && ragged == RaggedList(lists))
      #expect(ragged.range(3) == 4..<6)
      #expect(Chosen(ragged, at: nil).map(Array.init) == lists)
      let some: LongList<Int> = [3, 0, 0]
      #expect(Chosen(ragged, at: some).map(Array.init) == [[5, 6], [1, 2, 3], [1, 2, 3]])
      #expect(try LongList([2, 0]).places(of: some) == [0, 3])
      #expect(try LongList([2, 0]).places(of: nil) == [2, 0])
    }
  }

  /// What is expected is there as before, and the list grows on: nothing, a part of a page, several pages.
  @Test(arguments: limits)
  func whatIsExpectedStaysAndGrows(limit: Int) throws {
    try withListMemory(limit: limit) {
      var (ragged, lists) = (RaggedList<Int32>(), [[Int32]]())
      for length in [0, 3, 5000, 1, 0, 2000] {
        lists.append((0..<Int32(length)).map { $0 &* 31 })
        try ragged.append(lists[lists.count - 1])
        for list in 0..<lists.count { ragged.expect([list]) }
        ragged.expect([])
        ragged.expect(Array(0..<lists.count))
        #expect(ragged.map(Array.init) == lists)
      }
    }
  }

  /// While a list lives in a file there is no name of it, and later none either.
  @Test func noFileIsLeft() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "lists-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try withListMemory(limit: 8, folder: folder.path) {
      let list = try LongList(storing: 0..<10_000)
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
      #expect(list.elementsEqual(0..<10_000))
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    // It was there that the list lay.
    withListMemory(limit: 8, folder: folder.path + "/none") {
      let error = #expect(throws: UserError.self) { try LongList(storing: 0..<10_000) }
      #expect(error?.message.contains(folder.path + "/none") == true)
    }
  }

  /// A full disk is told, whichever call finds it, and what the list held is there.
  @Test(arguments: [FileCall.Kind.open, .remove, .truncate, .map])
  func aFullDiskIsAnError(kind: FileCall.Kind) throws {
    try withListMemory(limit: 64) {
      for isInFile in [false, true] where !(isInFile && [.open, .remove].contains(kind)) {
        var list = try LongList(storing: 0..<(isInFile ? 500 : 8))
        let before = Array(list)
        let error = FileSystem.withFaults({ $0.kind == kind ? .error(ENOSPC) : nil }) {
          #expect(throws: UserError.self) { try list.append(contentsOf: 0..<5000) }
        }
        #expect(error?.message.contains("No space left on device") == true)
        #expect(error?.hint?.contains("TMPDIR") == true)
        #expect(error?.systemCode == ENOSPC)
        #expect(list.elementsEqual(before))
        try list.append(contentsOf: 0..<5000)
        #expect(list.elementsEqual(before + Array(0..<5000)))
      }
    }
  }
}
