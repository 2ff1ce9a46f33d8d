import Compute
import Foundation
import Synchronization

/// What a disk holds after the power went: takes note of every call that a piece of work makes below a
/// folder, and gives each state that the folder may be found in if the work was cut off after any of them.
///
/// What a file was written and what a folder was told is sure to be there once it was synchronized. All
/// else may be there or not: nothing of it, all, all but the last, the last alone; of a file's content half
/// of the last write too, or its length with zeros.
package final class SimulatedDisk: Sendable {
  private enum Step: Sendable {
    case create(String)
    case write(String, at: Int?, [UInt8])
    case truncate(String, Int)
    case synchronize(String)
    case rename(String, String)
    case link(String, String)
    case remove(String)
    case makeFolder(String)
  }

  /// A state of the folder: contents by relative path; nil is a folder.
  package typealias Contents = [String: [UInt8]?]

  private let root: String
  private let start: Contents
  private let steps = Mutex<[Step]>([])

  /// - Parameter folder: as it is now; all of it is on the disk.
  package init(_ folder: URL) throws {
    root = folder.path + "/"
    start = try Self.contents(of: folder)
  }

  /// Takes note of what `body` does.
  package func record<Result>(_ body: () throws -> Result) rethrows -> Result {
    try FileSystem.withFaults({ [self] call in
      if let step = step(of: call) { steps.withLock { $0.append(step) } }
      return nil
    }) { try body() }
  }

  package var stepCount: Int { steps.withLock { $0.count } }

  private func step(of call: FileCall) -> Step? {
    func inside(_ path: String) -> String? {
      path.hasPrefix(root) ? String(path.dropFirst(root.count)) : path + "/" == root ? "" : nil
    }
    guard let path = inside(call.path) else { return nil }
    switch call.kind {
    case .open: return call.flags & O_CREAT != 0 ? .create(path) : nil
    case .write:
      return .write(path, at: call.offset, Array(call.bytes ?? .init(start: nil, count: 0)))
    case .truncate: return .truncate(path, call.offset ?? 0)
    case .synchronize: return .synchronize(path)
    case .rename: return call.destination.flatMap(inside).map { .rename(path, $0) }
    case .link: return call.destination.flatMap(inside).map { .link(path, $0) }
    case .remove: return .remove(path)
    case .makeFolder: return .makeFolder(path)
    case .close, .read, .map, .status, .list: return nil
    }
  }

  /// Every state, each once. What partial files hold does not tell two states apart.
  package func states() -> [Contents] {
    var (disk, seen, states) = (Disk(start), Set<UInt64>(), [Contents]())
    func take() {
      for names in Chosen.allCases {
        for data in Chosen.allCases {
          let state = disk.contents(names, data)
          if seen.insert(Self.digest(of: state)).inserted { states.append(state) }
        }
      }
    }
    take()
    for step in steps.withLock({ $0 }) {
      disk.take(step)
      take()
    }
    return states
  }

  private static func digest(of state: Contents) -> UInt64 {
    var digest = ContentDigest()
    for (path, bytes) in state.sorted(by: { $0.key < $1.key }) {
      digest.update(path.hasSuffix(".partial") ? "partial" : path)
      guard let bytes, !path.hasSuffix(".partial"), path != "run/lock" else { continue }
      bytes.withUnsafeBytes {
        digest.update(UInt64($0.count)); digest.update($0)
      }
    }
    return digest.value
  }

  // MARK: Folders

  private static func contents(of folder: URL) throws -> Contents {
    var contents: Contents = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder.path) {
      let url = folder.appendingPathComponent(name)
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder)
      contents[name] = .some(isFolder.boolValue ? nil : Array(try Data(contentsOf: url)))
    }
    return contents
  }

  /// Makes `folder` hold a state, and nothing else.
  package static func write(_ state: Contents, to folder: URL) throws {
    try? FileManager.default.removeItem(at: folder)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (name, bytes) in state.sorted(by: { $0.key < $1.key }) {
      let url = folder.appendingPathComponent(name)
      if let bytes {
        try Data(bytes).write(to: url)
      } else {
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
      }
    }
  }

  // MARK: The disk

  /// Which of the things that were not synchronized are there all the same.
  private enum Chosen: CaseIterable {
    case none, all, allButLast, lastAlone, half
  }

  private struct Disk {
    /// A file or a folder; never the same one twice.
    private struct Node {
      var isFolder: Bool
      /// What is on the disk.
      var bytes: [UInt8] = []
      /// What is not yet.
      var pending: [Change] = []
      var current: [UInt8] { pending.reduce(into: bytes) { $1.apply(to: &$0) } }
      /// Names, as running programs see them and as the disk has them.
      var names: [String: Int] = [:]
      var durableNames: [String: Int] = [:]
    }

    /// A change of a file's content.
    private enum Change {
      case write(Int, [UInt8])
      case truncate(Int)

      func apply(to bytes: inout [UInt8]) {
        switch self {
        case .truncate(let length):
          bytes =
            Array(bytes.prefix(length)) + [UInt8](repeating: 0, count: max(0, length - bytes.count))
        case .write(let offset, let new):
          if bytes.count < offset + new.count {
            bytes += [UInt8](repeating: 0, count: offset + new.count - bytes.count)
          }
          bytes.replaceSubrange(offset..<offset + new.count, with: new)
        }
      }

      var half: Change {
        switch self {
        case .truncate: self
        case .write(let offset, let new): .write(offset, Array(new.prefix(new.count / 2)))
        }
      }
    }

    /// A change of names, which happens as a whole: sets each to a node, or to nothing.
    private struct Naming {
      /// The folder whose synchronization makes it durable.
      let home: Int
      let parts: [(folder: Int, name: String, node: Int?)]
    }

    private var nodes = [Node(isFolder: true)]
    private var namings: [Naming] = []

    init(_ start: Contents) {
      for (path, bytes) in start.sorted(by: { $0.key < $1.key }) {
        add(path, Node(isFolder: bytes == nil, bytes: (bytes ?? nil) ?? []))
      }
      for index in nodes.indices { nodes[index].durableNames = nodes[index].names }
      namings = []
    }

    mutating func take(_ step: Step) {
      switch step {
      case .create(let path): if find(path) == nil { add(path, Node(isFolder: false)) }
      case .makeFolder(let path): if find(path) == nil { add(path, Node(isFolder: true)) }
      case .write(let path, let offset, let bytes):
        guard let node = find(path) else { return }
        nodes[node].pending.append(.write(offset ?? nodes[node].current.count, bytes))
      case .truncate(let path, let length):
        guard let node = find(path) else { return }
        nodes[node].pending.append(.truncate(length))
      case .synchronize(let path):
        guard let node = find(path) else { return }
        nodes[node].bytes = nodes[node].current
        nodes[node].pending = []
        for naming in namings where naming.home == node { apply(naming, to: \.durableNames) }
        namings.removeAll { $0.home == node }
      case .rename(let from, let to):
        guard let node = find(from), let (old, oldName) = place(from),
          let (new, newName) = place(to)
        else { return }
        name(Naming(home: new, parts: [(old, oldName, nil), (new, newName, node)]))
      case .link(let from, let to):
        guard let node = find(from), let (folder, name) = place(to) else { return }
        self.name(Naming(home: folder, parts: [(folder, name, node)]))
      case .remove(let path):
        guard find(path) != nil, let (folder, last) = place(path) else { return }
        name(Naming(home: folder, parts: [(folder, last, nil)]))
      }
    }

    private mutating func add(_ path: String, _ node: Node) {
      guard let (folder, last) = place(path) else { return }
      nodes.append(node)
      name(Naming(home: folder, parts: [(folder, last, nodes.count - 1)]))
    }

    private mutating func name(_ naming: Naming) {
      apply(naming, to: \.names)
      namings.append(naming)
    }

    private mutating func apply(_ naming: Naming, to names: WritableKeyPath<Node, [String: Int]>) {
      for part in naming.parts { nodes[part.folder][keyPath: names][part.name] = part.node }
    }

    private func find(_ path: String) -> Int? {
      path.split(separator: "/").reduce(0) { folder, name in
        folder.flatMap { nodes[$0].names[String(name)] }
      }
    }

    private func place(_ path: String) -> (folder: Int, name: String)? {
      let names = path.split(separator: "/").map(String.init)
      guard let last = names.last, let folder = find(names.dropLast().joined(separator: "/"))
      else { return nil }
      return (folder, last)
    }

    func contents(_ chosenNames: Chosen, _ chosenData: Chosen) -> Contents {
      var disk = self
      let there: [Naming] =
        switch chosenNames {
        case .none: []
        case .all: namings
        case .allButLast: namings.dropLast()
        case .lastAlone: namings.suffix(1)
        case .half: namings.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        }
      for naming in there { disk.apply(naming, to: \.durableNames) }
      var contents: Contents = [:]
      disk.collect(0, "", chosenData, into: &contents)
      return contents
    }

    private func collect(
      _ folder: Int, _ path: String, _ data: Chosen, into contents: inout Contents
    ) {
      for (name, index) in nodes[folder].durableNames {
        let node = nodes[index]
        contents[path + name] = .some(node.isFolder ? nil : bytes(of: node, data))
        if node.isFolder { collect(index, path + name + "/", data, into: &contents) }
      }
    }

    private func bytes(of node: Node, _ data: Chosen) -> [UInt8] {
      let there: [Change] =
        switch data {
        case .none: []
        case .all: node.pending
        case .allButLast: node.pending.dropLast() + node.pending.suffix(1).map(\.half)
        case .lastAlone: node.pending.suffix(1)
        // The length is there, the content is not.
        case .half: [.truncate(node.current.count)]
        }
      return there.reduce(into: node.bytes) { $1.apply(to: &$0) }
    }
  }
}
