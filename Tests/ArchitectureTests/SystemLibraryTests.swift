import Foundation
import Testing

/// The sources build with glibc, with musl, which the static Linux SDK has, and on macOS: what can be
/// seen of that without the SDK.
@Suite struct SystemLibraryTests {
  private static let read = Result { try House(checkout: .checkout) }
  let files: [(name: String, file: House.File)]

  init() throws {
    files = try Self.read.get().modules.flatMap { module in
      module.files.map { ("\(module.name)/\($0.path)", $0) }
    }
  }

  /// Whoever imports one of the system's libraries imports it where it is there, and the others where
  /// they are.
  @Test func everyLibraryIsImportedWithItsSiblings() {
    #expect(files.count > 400)
    for (name, file) in files {
      for mistake in Self.mistakes(in: file) { Issue.record("\(name): \(mistake)") }
    }
  }

  /// The compiler is content if some other file of the module imports what a file uses; with another
  /// library that other file may not.
  @Test func everyFileImportsWhatItCalls() {
    var callers = 0
    for (name, file) in files {
      guard let call = Self.call(in: file) else { continue }
      callers += 1
      if file.imports.isDisjoint(with: Self.libraries + ["Foundation"]) {
        Issue.record(
          "\(name) uses \(call), but imports neither the system's library nor Foundation")
      }
    }
    #expect(callers > 10, "nothing was looked at")
  }

  /// What glibc alone has stands where only glibc is.
  @Test func nothingNeedsGlibcAlone() {
    for (name, file) in files {
      for found in file.code.matches(of: Self.glibcAlone) {
        Issue.record("\(name) uses \(found.output), which musl lacks")
      }
    }
  }

  @Test func mistakesAreFound() {
    func file(_ text: String) -> House.File { House.File(path: "A.swift", text: text) }
    let good = """
      #if canImport(Glibc)
        import Glibc
      #elseif canImport(Musl)
        import Musl
      #elseif canImport(Darwin)
        import Darwin
      #endif
      """
    #expect(Self.mistakes(in: file(good)).isEmpty)
    #expect(Self.mistakes(in: file("import Foundation")).isEmpty)
    #expect(Self.mistakes(in: file("import Glibc")).count == 3)
    let noMusl = good.replacing("#elseif canImport(Musl)\n  import Musl\n", with: "")
    #expect(Self.mistakes(in: file(noMusl)).count == 1)
    #expect(Self.call(in: file("let x = free(base)")) == "free")
    #expect(Self.call(in: file("if code == EINTR {}")) == "EINTR")
    #expect(Self.call(in: file("x.free(base); func memset(_ x: Int) {} // mmap(1)")) == nil)
    #expect("open64(path)".firstMatch(of: Self.glibcAlone) != nil)
  }

  private static let libraries: Set = ["Glibc", "Musl", "Darwin"]

  private static func mistakes(in file: House.File) -> [String] {
    guard !file.imports.isDisjoint(with: libraries) else { return [] }
    return libraries.sorted().compactMap { library in
      let guarded = try? Regex("#(?:else)?if canImport\\(\(library)\\)\\s*import \(library)\\s")
      guard let guarded, file.code.firstMatch(of: guarded) != nil else {
        return "no '#if canImport(\(library))' with 'import \(library)'"
      }
      return nil
    }
  }

  /// A function or constant of the system that is used; nil if none of these is. Names that could just
  /// as well be a program's own, such as `read`, are not looked for.
  private static func call(in file: House.File) -> String? {
    let functions =
      /(?:^|[^.\w])(malloc|calloc|free|posix_memalign|memset|memcpy|memmove|memcmp|mmap|munmap|madvise|sysconf|getpid|getenv|setenv|pthread_\w+|sched_\w+|dlopen|dlsym|fsync|flock|fcntl|ioctl|isatty|sigaction|sigemptyset|kill|raise|waitpid|usleep|nanosleep|clock_gettime|getrlimit|setrlimit|strerror|exit)\(/
    let isCall = { (found: Range<String.Index>) in
      !file.code[..<found.lowerBound].hasSuffix("func")
    }
    if let found = file.code.matches(of: functions).first(where: { isCall($0.range) }) {
      return String(found.1)
    }
    let constants =
      /(?:^|[^.\w])(errno|E(?:INTR|AGAIN|EXIST|NOENT|PIPE|NOSPC|INVAL|ACCES|IO)|O_[A-Z]+|PROT_[A-Z]+|MAP_[A-Z]+|RLIMIT_[A-Z]+|RTLD_[A-Z]+|LOCK_[A-Z]+|_SC_[A-Z_]+|STD(?:IN|OUT|ERR)_FILENO|SIG(?:INT|TERM|HUP|PIPE|USR1|USR2|QUIT|KILL|_IGN|_DFL))\b/
    return file.code.firstMatch(of: constants).map { String($0.1) }
  }

  /// Functions that musl never had, or dropped.
  private static var glibcAlone: Regex<Substring> {
    /\b(?:gnu_get_libc_version|malloc_trim|mallinfo2?|mallopt|secure_getenv|backtrace|__errno_location|__sched_cpucount|pthread_tryjoin_np|qsort_r|strerrorname_np|program_invocation_(?:short_)?name|(?:open|stat|fstat|lstat|lseek|mmap|ftruncate|pread|pwrite|readdir)64)\b/
  }
}
