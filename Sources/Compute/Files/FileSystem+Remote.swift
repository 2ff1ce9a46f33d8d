import Foundation

extension FileSystem {
  /// Whether the file lies on another machine's disk: others can change it unseen there, and a lost
  /// connection ends whoever touches memory that it is mapped to.
  package static func isRemote(_ file: OpenFile) -> Bool {
    #if canImport(Darwin)
      var status = statfs()
      return fstatfs(file.descriptor, &status) == 0 && status.f_flags & UInt32(MNT_LOCAL) == 0
    #else
      guard let device = try? status(file).st_dev,
        let mounts = KernelFile.text("/proc/self/mountinfo")
      else { return false }
      return remoteKind(of: UInt64(device), mounts: mounts) != nil
    #endif
  }

  /// The kind of the file system with that device number, if it is another machine's.
  ///
  /// - Parameter mounts: `/proc/self/mountinfo`: `36 35 0:52 / /data rw shared:1 - nfs4 host:/data rw`.
  package static func remoteKind(of device: UInt64, mounts: String) -> String? {
    let major = (device >> 8) & 0xFFF | (device >> 32) & ~0xFFF
    let minor = device & 0xFF | (device >> 12) & ~0xFF
    for line in mounts.split(separator: "\n") {
      let words = line.split(separator: " ")
      guard words.count > 2, words[2] == "\(major):\(minor)",
        let dash = words.firstIndex(of: "-"), dash + 1 < words.count
      else { continue }
      let kind = String(words[dash + 1])
      return remoteKinds.contains(String(kind.prefix { $0 != "." })) ? kind : nil
    }
    return nil
  }

  private static let remoteKinds: Set<String> = [
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse", "9p", "ceph", "lustre", "afs", "gpfs", "beegfs",
  ]
}
