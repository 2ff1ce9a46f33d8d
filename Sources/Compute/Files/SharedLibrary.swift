import Foundation

/// A C library that is opened when it is first needed: start-up does not pay for it, and a machine
/// without it can do all else.
///
/// Sendable is unchecked because of the handle: it is never closed, and looking up names in it is safe
/// from any thread.
package struct SharedLibrary: @unchecked Sendable {
  private let handle: UnsafeMutableRawPointer
  private let name: String

  /// - Parameters:
  ///   - name: with the number of its interface, as `sndfile.1`.
  ///   - package: what Debian calls the package that holds it.
  ///   - purpose: what it is needed for, as the begin of a sentence: `'a.flac': FLAC`.
  /// - Throws: a `UserError` that names the package, if the library is not there.
  package init(_ name: String, package: String, for purpose: String) throws {
    let parts = name.split(separator: ".", maxSplits: 1)
    #if canImport(Darwin)
      let file = "lib\(name).dylib"
    #else
      let file = "lib\(parts[0]).so" + parts.dropFirst().map { ".\($0)" }.joined()
    #endif
    guard let handle = dlopen(file, RTLD_NOW | RTLD_LOCAL) else {
      throw UserError(
        "\(purpose) is read with lib\(parts[0]), which is not there ('\(file)')",
        hint: "install it, as with: apt-get install \(package)")
    }
    self.handle = handle
    self.name = file
  }

  /// The function `name`, whose type the caller has to know. Throws a `UserError` if there is none.
  package func function<Function>(_ name: String, as type: Function.Type) throws -> Function {
    guard let found = dlsym(handle, name) else {
      throw UserError("'\(self.name)' has no function '\(name)'", hint: "install a newer version")
    }
    return unsafeBitCast(found, to: type)
  }
}
