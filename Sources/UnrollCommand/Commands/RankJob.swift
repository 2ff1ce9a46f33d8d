import Foundation
import Unroll

/// This program as a job of `mpirun`: each process gets its arguments again, and measures.
struct RankJob {
  let hosts: String?
  /// Behind the name of the program.
  let arguments: [String]

  /// What the first of `count` processes prints: a measurement for each shape.
  ///
  /// Throws a `UserError` if there is no mpirun, or the job fails, which then has said why.
  func measure(_ count: Int) throws -> [RankMeasurement] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    let program = Bundle.main.executableURL?.path ?? CommandLine.arguments[0]
    process.arguments =
      ["mpirun", "-n", "\(count)"]
      + (hosts.map { ["--hostfile", $0] } ?? ["--oversubscribe"])
      + ["--bind-to", "none", program] + arguments
    // Containers run as root; that it is meant to is clear where the program starts itself.
    process.environment = ProcessInfo.processInfo.environment.merging([
      "OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
    ]) { $1 }
    let output = Pipe()
    process.standardOutput = output
    process.standardInput = FileHandle.nullDevice
    do { try process.run() } catch { throw UserError("cannot start mpirun: \(error)") }
    let printed = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      let status = process.terminationStatus
      throw UserError(
        status == 127
          ? "there is no mpirun on the PATH"
          : "the job of \(count) processes ended with exit status \(status)",
        hint: status == 127
          ? "install Open MPI (Debian, Ubuntu: apt-get install openmpi-bin; in a checkout: make mpi)"
          : "what it said stands above")
    }
    return try printed.split(separator: UInt8(ascii: "\n")).map { line in
      do { return try JSONDecoder().decode(RankMeasurement.self, from: line) } catch {
        throw UserError(
          "a job of mpirun has printed '\(String(decoding: line.prefix(80), as: UTF8.self))' in place of a measurement"
        )
      }
    }
  }
}
