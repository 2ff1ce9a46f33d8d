import Compute
import Foundation
import Synchronization
import Tasks

/// Where an answer or a reason goes: the caller's `char **`.
public typealias TextPlace = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>

/// What every function of the library does around its work.
enum Call {
  /// Writes what `body` answers, or why it cannot; returns what the command would exit with.
  static func answer(_ text: TextPlace?, _ body: () throws -> String) -> Int32 {
    text?.pointee = nil
    do {
      try begin()
      let answer = try body()
      text?.pointee = strdup(answer)
      return 0
    } catch let error as UserError {
      text?.pointee = strdup(error.hint.map { "\(error.message)\n  hint: \($0)" } ?? error.message)
      return error.kind.rawValue
    } catch {
      text?.pointee = strdup("\(error)")
      return UserError.Kind.failure.rawValue
    }
  }

  /// A caller's string. Throws a usage `UserError` for none and for bytes that are no UTF-8.
  static func string(_ bytes: UnsafePointer<CChar>?, _ what: String) throws -> String {
    guard let bytes else { throw UserError.usage("\(what) is missing: found NULL") }
    guard let string = String(validatingCString: bytes) else {
      throw UserError.usage("\(what) is not UTF-8")
    }
    return string
  }

  static func folder(_ bytes: UnsafePointer<CChar>?) throws -> URL {
    let path = try string(bytes, "the folder of the run")
    guard !path.isEmpty else { throw UserError.usage("the folder of the run has no name") }
    return URL(fileURLWithPath: path)
  }

  /// The process that first used the library; 0: none yet.
  private static let process = Atomic<Int32>(0)

  /// What the environment asks of the kernels is told once it is needed.
  private static let instructions = Result {
    try InstructionSet.resolve(environment: ProcessInfo.processInfo.environment)
  }

  private static let registration: Void = StandardTasks.register()

  /// Throws a `UserError` where nothing can work: in a child that has none of its parent's threads.
  private static func begin() throws {
    let own = getpid()
    let first = process.compareExchange(expected: 0, desired: own, ordering: .relaxed).original
    guard first == 0 || first == own else {
      throw UserError(
        "this process was forked from one that had used Unroll, whose threads it does not have",
        hint: "start it anew, as Python's multiprocessing does with 'spawn'")
    }
    _ = try instructions.get()
    registration
  }
}

@_cdecl("unroll_free")
public func unrollFree(_ text: UnsafeMutablePointer<CChar>?) { free(text) }
