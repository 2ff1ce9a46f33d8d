import Foundation
import TestSupport
import Testing

/// Examples in arrays are divided into files of the same kind.
@Suite struct SplitArraysTests {
  /// Images of 2 × 3 pixels whose first one is their number, of which every third is of class 9.
  private func images(_ folder: TemporaryFolder, _ count: Int, labels: Int) throws -> [String] {
    var images: [UInt8] = [0, 0, 8, 3, 0, 0, 0, UInt8(count), 0, 0, 0, 2, 0, 0, 0, 3]
    for number in 0..<count { images += [UInt8(number), 1, 2, 3, 4, 5] }
    var classes: [UInt8] = [0, 0, 8, 1, 0, 0, 0, UInt8(labels)]
    for number in 0..<labels { classes.append(number % 3 == 0 ? 9 : 4) }
    return [
      try folder.write(Data(images), to: "images.idx"),
      try folder.write(Data(classes), to: "labels.idx"),
    ]
  }

  @Test func imagesStayWithTheirLabels() throws {
    let folder = try TemporaryFolder()
    let names = ["train.images", "train.labels", "test.images", "test.labels"]
    let outputs = names.map(folder.path)
    let result = try UnrollProcess.succeed(
      ["data", "split-arrays", "--by-class", "--fraction", "0.4", "--data"]
        + images(folder, 15, labels: 15) + ["--train"] + outputs[..<2] + ["--test"] + outputs[2...])
    #expect(result.output.hasPrefix("9 examples in "), "\(result.output)")
    var seen: [UInt8] = []
    for (part, count) in [(0, 9), (2, 6)] {
      let images = try Data(contentsOf: folder.file(names[part]))
      let labels = try Data(contentsOf: folder.file(names[part + 1]))
      let front: [UInt8] = [0, 0, 8, 3, 0, 0, 0, UInt8(count), 0, 0, 0, 2, 0, 0, 0, 3]
      #expect(Array(images.prefix(16)) == front)
      #expect(images.count == 16 + 6 * count && labels.count == 8 + count)
      for row in 0..<count {
        let number = images[16 + 6 * row]
        #expect(labels[8 + row] == (number % 3 == 0 ? 9 : 4))
        seen.append(number)
      }
      // A third of each part, as of the whole.
      #expect(labels.dropFirst(8).filter { $0 == 9 }.count == count / 3)
    }
    #expect(seen.sorted() == Array(0..<15))
  }

  @Test func arraysThatDoNotBelongTogetherAreRefused() throws {
    let folder = try TemporaryFolder()
    let split = ["data", "split-arrays", "--data"] + (try images(folder, 8, labels: 7))
    let two = [
      "--train", folder.path("a"), folder.path("b"), "--test", folder.path("c"), folder.path("d"),
    ]
    let unequal = try UnrollProcess.run(split + two)
    #expect(unequal.status == 1)
    #expect(unequal.errors.contains("has 7 rows, expected 8"), "\(unequal.errors)")
    let few = try UnrollProcess.run(
      split + ["--train", folder.path("a"), "--test", folder.path("b")])
    #expect(few.status == 2 && few.errors.contains("expected as many"), "\(few.errors)")
    // Who takes them for texts is told how arrays are divided.
    let texts = try UnrollProcess.run([
      "data", "split", "--data", folder.path("images.idx"), "--train", folder.path("a"), "--test",
      folder.path("b"),
    ])
    #expect(texts.status == 1 && texts.errors.contains("split-arrays"), "\(texts.errors)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("")).count == 2)
  }
}
