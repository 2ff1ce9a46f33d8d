import Foundation

// libFuzzer drives one parser a process: FUZZ_TARGET names it, `Tests/Fuzz/run` takes them in turn.
// A trap, a hang or memory without bound is a finding; a thrown error is what a wrong file has to make.

/// The parser under test.
private let parse: FuzzTarget.Body = {
  let name = ProcessInfo.processInfo.environment["FUZZ_TARGET"] ?? ""
  guard let target = FuzzTarget.all.first(where: { $0.name == name }) else {
    FileHandle.standardOutput.write(
      Data(FuzzTarget.all.map { $0.name + "\n" }.joined().utf8))
    // Without the fuzzer's own farewell.
    _exit(name == "list" ? 0 : 2)
  }
  return target.prepare()
}()

@_cdecl("LLVMFuzzerInitialize")
public func initialize(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>
) -> CInt {
  _ = parse
  return 0
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  // What is refused is as good as what is read.
  try? parse(UnsafeRawBufferPointer(start: start, count: count))
  return 0
}
