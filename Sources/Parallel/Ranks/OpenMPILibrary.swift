import Compute
import Foundation

/// The functions of Open MPI that are used here, looked up in the library that the machine has, so that a build
/// needs neither its headers nor the library, and one binary goes with every version from 4.0 to 5.
///
/// Versions 4 and 5 share one binary interface, `libmpi.so.40`: communicators, types and requests are pointers.
/// Other MPIs have other ones and are refused.
struct OpenMPILibrary: @unchecked Sendable {
  // Sendable: constant addresses of functions and of what they are given.
  typealias Handle = UnsafeMutableRawPointer
  typealias Status = Int32

  static let success: Status = 0
  /// Calls come from several threads, never two at a time.
  static let threadSerialized: Int32 = 2
  private static let names = ["libmpi.so.40", "libmpi.40.dylib"]

  let initialize:
    @convention(c) (
      UnsafeMutablePointer<Int32>?, UnsafeMutableRawPointer?, Int32, UnsafeMutablePointer<Int32>
    )
      -> Status
  let finalize: @convention(c) () -> Status
  let abort: @convention(c) (Handle, Int32) -> Status
  let rank: @convention(c) (Handle, UnsafeMutablePointer<Int32>) -> Status
  let size: @convention(c) (Handle, UnsafeMutablePointer<Int32>) -> Status
  let send:
    @convention(c) (
      UnsafeRawPointer?, Int32, Handle, Int32, Int32, Handle, UnsafeMutablePointer<Handle?>
    ) -> Status
  let receive:
    @convention(c) (
      UnsafeMutableRawPointer?, Int32, Handle, Int32, Int32, Handle, UnsafeMutablePointer<Handle?>
    ) -> Status
  /// Statuses are not asked for.
  let testAll:
    @convention(c) (
      Int32, UnsafeMutablePointer<Handle?>, UnsafeMutablePointer<Int32>, UnsafeMutableRawPointer?
    ) -> Status
  /// `MPI_COMM_WORLD` and `MPI_BYTE`.
  let world: Handle
  let byte: Handle

  /// Throws a `UserError` if there is none.
  init() throws {
    var library: Handle?
    var reasons: [String] = []
    for name in Self.names where library == nil {
      // Its plug-ins look for its symbols in the process.
      library = dlopen(name, RTLD_NOW | RTLD_GLOBAL)
      if library == nil, let reason = dlerror() { reasons.append(String(cString: reason)) }
    }
    guard let library else {
      throw UserError(
        "mpirun has started this process, but Open MPI's library cannot be opened: \(reasons[0])",
        hint:
          "install it on every host (Debian, Ubuntu: apt-get install openmpi-bin; in a checkout: "
          + "make mpi), or name its folder in LD_LIBRARY_PATH")
    }
    func address(_ symbol: String) throws -> Handle {
      guard let address = dlsym(library, symbol) else {
        throw UserError(
          "libmpi is not Open MPI's: it has no '\(symbol)'",
          hint: "put the folder of Open MPI 4 or 5 first in LD_LIBRARY_PATH, and use its mpirun")
      }
      return address
    }
    func function<Function>(_ symbol: String, as type: Function.Type = Function.self) throws
      -> Function
    {
      unsafeBitCast(try address(symbol), to: type)
    }
    world = try address("ompi_mpi_comm_world")
    byte = try address("ompi_mpi_byte")
    initialize = try function("MPI_Init_thread")
    finalize = try function("MPI_Finalize")
    abort = try function("MPI_Abort")
    rank = try function("MPI_Comm_rank")
    size = try function("MPI_Comm_size")
    send = try function("MPI_Isend")
    receive = try function("MPI_Irecv")
    testAll = try function("MPI_Testall")
  }
}
