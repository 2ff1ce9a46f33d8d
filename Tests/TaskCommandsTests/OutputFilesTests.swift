import Compute
import Foundation
import TaskCommands
import TestSupport
import Testing

/// No output takes the place of an input, or of another output.
@Suite struct OutputFilesTests {
  @Test func whatWouldBeLostIsRefused() throws {
    let folder = try TemporaryFolder()
    let data = try folder.write("a\tx\n", to: "data.tsv").path
    try FileManager.default.createDirectory(
      at: folder.file("inner"), withIntermediateDirectories: true)
    let (link, hard) = (folder.file("link").path, folder.file("hard").path)
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: data)
    try FileManager.default.linkItem(atPath: data, toPath: hard)
    let detour = folder.file("inner/../data.tsv").path
    for path in [data, link, hard, detour] {
      let error = #expect(throws: UserError.self) {
        try OutputFiles.check([("--train", path)], reading: [("--data", [data])])
      }
      #expect(error?.kind == .usage)
      #expect(error?.message == "'\(path)' is to be written by --train, and is that of --data too")
    }
    let (new, same) = (folder.file("new").path, folder.file("inner/../new").path)
    #expect(throws: UserError.self) {
      try OutputFiles.check([("--train", new), ("--test", same)], reading: [])
    }
    #expect(throws: Never.self) {
      try OutputFiles.check(
        [("--train", "/dev/null"), ("--test", "/dev/null"), ("--plot", nil)],
        reading: [("--data", [data])])
      try OutputFiles.check([("--train", new)], reading: [("--data", [data, folder.url.path])])
    }
  }

  /// What a run consists of is its own; pictures and pages in its folder are made again.
  @Test func filesOfARunAreItsOwn() throws {
    let folder = try TemporaryFolder()
    for inner in ["run", "other"] {
      try FileManager.default.createDirectory(
        at: folder.file(inner), withIntermediateDirectories: true)
    }
    for name in ["config.toml", "metrics.jsonl", "model.safetensors"] {
      try folder.write("", to: "run/\(name)")
      try folder.write("", to: "other/\(name == "config.toml" ? "readme" : name)")
    }
    let link = folder.file("link").path
    try FileManager.default.createSymbolicLink(
      atPath: link, withDestinationPath: folder.file("run/metrics.jsonl").path)
    for path in [
      folder.file("run/model.safetensors").path, folder.file("run/checkpoint-7.safetensors").path,
      folder.file("run/../run/config.toml").path, link,
    ] {
      let error = #expect(throws: UserError.self) { try OutputFiles.check([("--csv", path)]) }
      #expect(error?.message.contains("files that a run consists of") == true, "\(path)")
    }
    for path in ["run/curve.svg", "run/report.html", "run/mine.csv", "other/model.safetensors"] {
      #expect(throws: Never.self, "\(path)") {
        try OutputFiles.check([("--csv", folder.file(path).path)])
      }
    }
  }
}
