import Foundation
import TestSupport
import Testing

/// Streams that are closed, full or gone: training goes on, and a lost result is told.
@Suite struct StreamTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Runs `line` in a shell, where `$U` is the command and `$FULL` a device that takes nothing.
  @discardableResult
  private func shell(_ line: String) throws -> (status: Int32, errors: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", line]
    process.currentDirectoryURL = folder.url
    process.environment = [
      "U": try UnrollProcess.executable().path, "FULL": folder.path("full"),
      "PATH": "/usr/bin:/bin",
      "SWIFT_BACKTRACE": "enable=no",
    ]
    try folder.write("", to: "shell-errors")
    process.standardError = try FileHandle(forWritingTo: folder.file("shell-errors"))
    try process.run()
    process.waitUntilExit()
    let errors = try String(contentsOf: folder.file("shell-errors"), encoding: .utf8)
    return (process.terminationStatus, errors)
  }

  private func train(_ out: String) -> String {
    "$U train lm --text '\(TrainedRun.data("pears.txt"))' --hidden 8 --layers 1 --batch 2 --steps 8 "
      + "--updates 40 --threads 1 --eval-every 5 --out \(out)"
  }

  @Test func trainingNeedsNobodyWhoListens() throws {
    #expect(try shell(train("quiet") + " --quiet").status == 0)
    let model = try Data(contentsOf: folder.file("quiet/model.safetensors"))
    let isFull = getuid() == 0 && mknod(folder.path("full"), S_IFCHR | 0o600, 1 << 8 | 7) == 0
    for (name, ending) in [
      ("closed", ">&- 2>&- <&-"), ("error-closed", "2>&-"), ("gone", "2> >(true)"),
    ] + (isFull ? [("full-disk", "2>$FULL")] : []) {
      #expect(try shell("\(train(name)) \(ending)").status == 0, "\(name)")
      #expect(
        try Data(contentsOf: folder.file("\(name)/model.safetensors")) == model, "\(name)")
      let metrics = try String(contentsOf: folder.file("\(name)/metrics.jsonl"), encoding: .utf8)
      #expect(metrics.split(separator: "\n").allSatisfy { $0.hasPrefix("{\"update\":") })
    }
  }

  /// A limit on the size of files is an error like a full disk, not the end of the process.
  @Test func aFileThatMayNotGrowIsAnError() throws {
    let result = try shell("ulimit -f 1; \(train("limited"))")
    #expect(result.status == 1)
    #expect(result.errors.contains("File too large"), "\(result.errors)")
    #expect(result.errors.contains("ulimit -f"), "\(result.errors)")
  }

  /// A stack that computations overrun is told before they begin, and made larger where that is allowed.
  @Test func aStackThatIsTooSmallIsAnError() throws {
    let result = try shell("ulimit -s 200; \(train("small"))")
    #expect(result.status == 1)
    #expect(result.errors.contains("the stack is limited to 200.0 KiB"), "\(result.errors)")
    #expect(result.errors.contains("ulimit -s 8192"), "\(result.errors)")
    #expect(try shell("ulimit -Ss 200; \(train("enlarged"))").status == 0)
  }

  /// Neither a trap nor a wait without end where there is no room for the process itself.
  @Test func limitsThatAreTooLowForAnythingAreErrors() throws {
    for (limit, said) in [
      ("ulimit -n 5", "files may be open"), ("ulimit -v 120000", "the address space is limited"),
    ] {
      let result = try shell("\(limit); \(train("low"))")
      #expect(result.status == 1 && result.errors.contains(said), "\(result.errors)")
    }
    #expect(try shell("ulimit -Sn 8; \(train("raised"))").status == 0)
  }

  /// What the system refuses to a string or an array, whose runtime would trap, as to a matrix.
  @Test func memoryThatIsRefusedIsAnError() throws {
    #if JEMALLOC
      let line = String(repeating: "ab cd ", count: 6_000_000)
      try folder.write("a\t\(line)\nb\tx\na\tz\n", to: "long.tsv")
      for limit in [200_000, 260_000, 400_000] {
        let result = try shell(
          "ulimit -v \(limit); $U train classify --data long.tsv --hidden 4 --updates 1 --threads 1 "
            + "--out refused")
        #expect(result.status == 1, "\(limit): \(result.errors)")
        #expect(result.errors.contains("error: out of memory"), "\(limit): \(result.errors)")
        #expect(!result.errors.contains("Fatal"), "\(limit): \(result.errors)")
      }
    #endif
  }

  @Test func aResultThatIsLostIsTold() throws {
    let isFull = getuid() == 0 && mknod(folder.path("full"), S_IFCHR | 0o600, 1 << 8 | 7) == 0
    let text = "--text '\(TrainedRun.data("pears.txt"))'"
    for command in [
      "info", "--version", "train lm --help", "options-reference",
      "train lm \(text) --print-config", "train lm \(text) --hidden 3 --dry-run",
    ] {
      for ending in [">&-"] + (isFull ? [">$FULL"] : []) {
        let result = try shell("$U \(command) \(ending)")
        #expect(result.status == 1, "\(command) \(ending)")
        #expect(
          result.errors.contains("error: cannot write to standard output: "),
          "\(command) \(ending): \(result.errors)")
      }
    }
    #expect(try shell("$U info >&- 2>&-").status == 1)
    // A reader that has seen enough is no error.
    #expect(try shell("set -o pipefail; $U info | true").errors == "")
  }

  @Test func anOutputThatIsAFIFOStaysOne() throws {
    try #require(mkfifo(folder.path("fifo"), 0o600) == 0)
    let result = try shell(
      "cat fifo > got & $U data make addition --count 5 --digits 2 --out fifo || kill $!; wait")
    #expect(result.errors == "")
    let kind = try FileManager.default.attributesOfItem(atPath: folder.path("fifo"))[.type]
    #expect(kind as? FileAttributeType != .typeRegular)
    let got = try String(contentsOf: folder.file("got"), encoding: .utf8)
    #expect(got.split(separator: "\n").count == 5)
  }
}
